import type { Call } from "../../../core/call.ts";
import type { ErrorCode } from "../../../core/errors.ts";
import type { JsonText } from "../../../lib/json/json-text.ts";
import { findWait } from "../retry-after.ts";
import { codeOfPage, codeOfStatus, type ErrorRow, errorTable, rateLimitWords } from "./error-table.ts";

/** A provider's failure, in one shape for all formats. */
export interface ProviderFailure {
  /** Undefined for an error inside a 200 that names no status. */
  readonly status: number | undefined;
  /** `code`, `type` and further machine-readable reasons. */
  readonly reasons: readonly (string | undefined)[];
  readonly message: string | undefined;
  /** Whether a web page came in place of an error. */
  readonly isPage: boolean;
  /** When to try again by headers or fields, in milliseconds from now. */
  readonly retryAfterMs: number | undefined;
  /** Whose words in the message are the caller's own. */
  readonly call: Pick<Call, "body"> | undefined;
}

/** Whose fault a failure is, and when to try again. */
export interface Judgement {
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  /** Whether only a message's words name {@link retryAfterMs}. */
  readonly isSaidWait: boolean;
  /** Whether all accounts at this provider fare the same. */
  readonly isOfProvider: boolean;
}

/** Codes after which a wait that a message names is meant for the deployment. */
const waitingCodes: ReadonlySet<ErrorCode> = new Set(["upstream_rate_limited", "upstream_overloaded", "quota_exhausted"]);

/** Judges a provider's failure by the table. */
export function judgeFailure(failure: ProviderFailure): Judgement {
  const said = saidWait(failure);
  const { code, ofProvider } = kindOf(failure, failure.retryAfterMs ?? said);
  const isOfProvider = ofProvider === true;
  if (failure.retryAfterMs !== undefined || said === undefined || !waitingCodes.has(code)) {
    return { code, retryAfterMs: failure.retryAfterMs, isSaidWait: false, isOfProvider };
  }
  return { code, retryAfterMs: said, isSaidWait: true, isOfProvider };
}

function kindOf(failure: ProviderFailure, waitMs: number | undefined): Pick<ErrorRow, "code" | "ofProvider"> {
  const { status, isPage } = failure;
  // The request did not reach the configured address, whatever the body says.
  if (status !== undefined && status >= 300 && status < 400) return { code: "upstream_error" };
  if (isPage) return { code: codeOfPage(status ?? 500) };
  // A sentence in a code's place is a message, and a message of one word is a code.
  const words: string[] = [];
  let text = failure.message ?? "";
  for (const reason of failure.reasons) {
    if (reason === undefined) continue;
    if (reason.includes(" ")) text += `\n${reason}`;
    else words.push(reason);
  }
  if (!text.includes(" ")) words.push(text);
  const plain = words.map((word) => word.toLowerCase().replaceAll(/[^a-z0-9]+/g, ""));
  const isRateLimit = plain.some((word) => rateLimitWords.test(word));
  const found = errorTable.find((row) => holds(row, failure, { words: plain, text, isRateLimit, waitMs }));
  return found ?? { code: codeOfStatus(status ?? 500) };
}

interface Reading {
  readonly words: readonly string[];
  readonly text: string;
  readonly isRateLimit: boolean;
  readonly waitMs: number | undefined;
}

function holds(row: ErrorRow, { status, call }: ProviderFailure, { words, text, isRateLimit, waitMs }: Reading): boolean {
  if (row.at?.(status) === false || (row.ofRateLimit === true && !isRateLimit)) return false;
  if (row.words !== undefined && words.some((word) => row.words?.test(word) === true))
    return row.notWithWait !== true || waitMs === undefined;
  if (row.phrases === undefined) return row.words === undefined;
  if (row.phrasesAt?.(status) === false || (row.notWithWait === true && waitMs !== undefined)) return false;
  const match = row.phrases.exec(text);
  return match !== null && (call === undefined || !isEcho(match[0], call.body));
}

function saidWait({ message, call }: ProviderFailure): number | undefined {
  const said = message === undefined ? undefined : findWait(message);
  return said === undefined || (call !== undefined && isEcho(said.words, call.body)) ? undefined : said.waitMs;
}

/** A letter or a space that is written as an escape. No writer of JSON does that by itself; who does it hides words. */
const hiddenLetter = /\\u00(?:[46][1-9a-f]|[57][0-9a]|20)/i;

/**
 * Whether words of a provider's message stand in the request too: then they may be an echo of what the caller wrote, and say nothing of the
 * deployment. Searches the bytes, so that a large prompt costs little.
 */
function isEcho(words: string, { bytes }: Pick<JsonText, "bytes">): boolean {
  if (bytes.includes(words) || bytes.includes(JSON.stringify(words).slice(1, -1))) return true;
  return bytes.includes("\\u00") && hiddenLetter.test(bytes.toString("latin1"));
}
