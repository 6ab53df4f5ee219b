import type { Quota, QuotaLeft } from "../../core/provider.ts";
import type { UpstreamHeaders } from "../../core/upstream.ts";
import { readUntil } from "./moments.ts";
import { replyTime } from "./retry-after.ts";

/**
 * What providers say is left of their limits. Header names differ only in the order and choice of their words
 * (`x-ratelimit-remaining-tokens-minute`, `anthropic-ratelimit-tokens-remaining`, `ratelimit-reset`), so a name is read as words.
 */

/** What a header's name says: of which limit, and what of it. */
interface HeaderMeaning {
  readonly unit: "requests" | "tokens";
  readonly what: "remaining" | "reset";
  /** Which of the provider's limits: those of a minute and of a day are told apart. */
  readonly limit: string;
}

/** One limit of a provider, as far as its headers were read. */
interface LimitState {
  readonly unit: "requests" | "tokens";
  readonly limit: string;
  left: number | undefined;
  resetMs: number | undefined;
}

/** Names seen so far, with what they mean; undefined for names that mean nothing here. A provider that invents names fills it and no more. */
const knownNames = new Map<string, HeaderMeaning | undefined>();
const mostKnownNames = 500;
const longestName = 100;

/** More limits than this are not told apart. */
const mostLimits = 16;

/**
 * Reads what a provider says is left of its limits and when more comes, the tightest where it has several.
 * @param wallTime Now, in milliseconds since the Unix epoch. Undefined when it is not known.
 * @returns undefined when it says nothing, which is the common case.
 */
export function readRateLimits(headers: UpstreamHeaders, wallTime?: number): Quota | undefined {
  let limits: LimitState[] | undefined;
  for (const name in headers) {
    if (!name.includes("rate")) continue;
    const value = headers[name];
    if (typeof value !== "string") continue;
    if (name === "ratelimit") {
      (limits ??= []).push(...readFields(value));
      continue;
    }
    const meaning = meaningOf(name);
    if (meaning === undefined) continue;
    const state = stateOf((limits ??= []), meaning);
    if (state === undefined) continue;
    if (meaning.what === "remaining") state.left = readLeft(value);
    else state.resetMs = readUntil(value.trim(), replyTime(headers, wallTime));
  }
  if (limits === undefined) return undefined;
  const [requests, tokens] = [tightest(limits, "requests"), tightest(limits, "tokens")];
  return requests === undefined && tokens === undefined ? undefined : { requests, tokens };
}

function meaningOf(name: string): HeaderMeaning | undefined {
  const known = knownNames.get(name);
  if (known !== undefined || knownNames.has(name) || name.length > longestName) return known;
  const meaning = parseName(name);
  if (knownNames.size < mostKnownNames) knownNames.set(name, meaning);
  return meaning;
}

const windows: ReadonlySet<string> = new Set([
  "second",
  "minute",
  "hour",
  "day",
  "week",
  "month",
  "1s",
  "1m",
  "1h",
  "1d",
  "x",
  "ms",
  "api",
]);
/** Tokens and requests of other kinds of work than text, and of a tier from which calls go on to the usual one. */
const otherWork: ReadonlySet<string> = new Set(["audio", "image", "images", "batch", "cached", "search", "embedding", "priority"]);

function parseName(name: string): HeaderMeaning | undefined {
  // `ratelimitbysize` counts the size of prompts; `rate-limit` is one word too.
  const plain = name.replace("rate-limit", "ratelimit").replace("ratelimitbysize", "ratelimit-tokens-bysize");
  if (!plain.includes("ratelimit")) return undefined;
  const words = plain.split(/[-_]/).filter((word) => word !== "ratelimit");
  const what = words.find((word) => word === "remaining" || word === "reset");
  if (what === undefined || words.some((word) => otherWork.has(word))) return undefined;
  const rest = words.filter((word) => word !== what && word !== "x");
  const limit = rest.join("-");
  if (rest.some((word) => word === "tokens" || word === "token" || word === "tpm")) return { unit: "tokens", what, limit };
  const isRequests = rest.some((word) => word === "requests" || word === "request" || word === "req" || word === "rpm");
  return isRequests || rest.every((word) => windows.has(word)) ? { unit: "requests", what, limit } : undefined;
}

function stateOf(limits: LimitState[], { unit, limit }: HeaderMeaning): LimitState | undefined {
  const known = limits.find((one) => one.unit === unit && one.limit === limit);
  if (known !== undefined || limits.length >= mostLimits) return known;
  const fresh: LimitState = { unit, limit, left: undefined, resetMs: undefined };
  limits.push(fresh);
  return fresh;
}

/** IETF's `RateLimit`: `"default";r=50;t=30`, several of them by commas, and its older form `limit=100, remaining=50, reset=30`. */
function readFields(value: string): LimitState[] {
  const older = /\bremaining=(\d+)/.exec(value);
  if (older !== null) {
    const reset = /\breset=(\d+)/.exec(value);
    return [{ unit: "requests", limit: "ietf", left: Number(older[1]), resetMs: reset === null ? undefined : Number(reset[1]) * 1_000 }];
  }
  return value.split(",", mostLimits).flatMap((policy): LimitState[] => {
    const [left, until] = [/;\s*r=(\d+)/.exec(policy), /;\s*t=(\d+)/.exec(policy)];
    const unit = /token/i.test(policy.split(";")[0] ?? "") ? "tokens" : "requests";
    const resetMs = until === null ? undefined : Number(until[1]) * 1_000;
    return left === null ? [] : [{ unit, limit: policy, left: Number(left[1]), resetMs }];
  });
}

/** @returns undefined for anything but a count: some say -1 where there is no limit. */
function readLeft(text: string): number | undefined {
  return /^\d{1,15}(?:\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
}

/** The limit with the least left; of those with nothing left, the one that holds the longest. */
function tightest(limits: readonly LimitState[], unit: LimitState["unit"]): QuotaLeft | undefined {
  let found: QuotaLeft | undefined;
  for (const { unit: of, left, resetMs } of limits) {
    if (of !== unit || left === undefined) continue;
    if (found === undefined || left < found.left || (left === found.left && (resetMs ?? 0) > (found.resetMs ?? 0)))
      found = { left, resetMs };
  }
  return found;
}
