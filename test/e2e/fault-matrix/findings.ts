import { createHash } from "node:crypto";
import type { DeploymentStatus } from "../../../src/core/deployment-status.ts";
import type { FaultyHost } from "../../support/faulty-host.ts";
import type { RunningTestService } from "../../support/start-service.ts";
import type { Answer } from "./answer.ts";
import type { Cell } from "./cells.ts";
import type { Door } from "./dimensions.ts";
import type { Fault } from "./faults.ts";
import { fallbackGroupOf, firstOf, spareOf } from "./matrix-config.ts";
import { firstWords, longText, spareWords, usedTokens } from "./replies.ts";

type Told = Fault["told"];

/** All that a cell is judged by: what the caller got, what the hosts saw, and what the ledger says when it is over. */
export interface Findings {
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly text: string;
  readonly model: string | undefined;
  readonly ends: number;
  readonly deployment: string | undefined;
  readonly retries: string | undefined;
  readonly fallbacks: string | undefined;
  /** undefined: there is none. */
  readonly first: Books | undefined;
  readonly spare: Books | undefined;
}

/** One deployment after the call. */
interface Books {
  /** Requests that reached its host. */
  readonly hits: number;
  readonly successes: number;
  readonly failures: number;
  readonly inFlight: number;
  /** What its window holds: as the host reported, as estimated (of a cut answer nobody says more), or nothing. */
  readonly tokens: "reported" | "estimated" | "none";
  readonly benched: boolean;
}

/** What the tables say must be found. */
export function expectedFindings(cell: Cell): Findings {
  const { fault, surroundings, rule } = cell;
  const told = rule.ends === "whole" ? undefined : fault.told;
  const byFirst = rule.by === "first";
  const group = !byFirst && surroundings === "fallback group" ? fallbackGroupOf(cell) : cell.id;
  const heldAgainst = fault.class !== "harmless" && fault.class !== "caller";
  const whole = rule.ends === "whole";
  const full = byFirst ? (fault.text ?? firstWords.join("")) : spareWords.join("");
  const first: Books = {
    hits: cell.behaviour === undefined ? 0 : rule.first,
    successes: Number(whole && byFirst),
    failures: heldAgainst ? rule.first : 0,
    inFlight: 0,
    // What failed gives back all that was set aside for it, unless the caller has had some of it.
    tokens: rule.ends === "broken" ? "estimated" : whole && byFirst ? "reported" : "none",
    benched: rule.benched,
  };
  const spare: Books = {
    hits: rule.spare,
    successes: rule.spare,
    failures: 0,
    inFlight: 0,
    tokens: rule.spare > 0 ? "reported" : "none",
    benched: false,
  };
  return {
    status: statusOf(cell.door, told),
    code: codeOf(cell.door, told),
    retryAfterSeconds: told?.retryAfterSeconds,
    text: rule.ends === "error" ? "" : brief(full),
    model: rule.ends === "error" ? undefined : group,
    ends: Number(whole),
    deployment: byFirst ? firstOf(cell) : spareOf(cell),
    retries: String(rule.retries),
    fallbacks: String(rule.fallbacks),
    first,
    spare: surroundings === "nothing left" ? undefined : spare,
  };
}

function statusOf(door: Door, told: Told): number {
  if (door === "gRPC") return told?.grpc ?? 0;
  // By this status Anthropic's clients know who has too much to do.
  if (door === "Messages" && told?.code === "upstream_overloaded" && told.http !== 200) return 529;
  return told?.http ?? 200;
}

function codeOf(door: Door, told: Told): string | undefined {
  if (told === undefined) return undefined;
  if (door === "Messages") return messagesTypes[told.code] ?? (told.http === 404 ? "not_found_error" : "api_error");
  return (door === "gRPC" ? undefined : told.restCode) ?? told.code;
}

/** What Anthropic calls an error. */
const messagesTypes: Readonly<Record<string, string>> = {
  invalid_request: "invalid_request_error",
  upstream_rate_limited: "rate_limit_error",
  upstream_overloaded: "overloaded_error",
  upstream_timeout: "timeout_error",
};

/** What was found. */
export function findings(cell: Cell, answer: Answer, host: FaultyHost, service: RunningTestService): Findings {
  const statuses = [...service.router.deployments(cell.id), ...service.router.deployments(fallbackGroupOf(cell))];
  const books = (id: string): Books | undefined => {
    const status = statuses.find((candidate) => candidate.id === id);
    return status === undefined ? undefined : booksOf(status, hitsOf(cell, host.hits(id).length, status));
  };
  const { status, code, retryAfterSeconds, text, model, ends, route } = answer;
  const caller = { status, code, retryAfterSeconds, text: brief(text), model, ends, ...route };
  return { ...caller, first: books(firstOf(cell)), spare: books(spareOf(cell)) };
}

/** A request that met a closing connection, used before, was sent again on a new one: once for each attempt, and no attempt of its own. */
function hitsOf({ fault }: Cell, seen: number, { successes, failures }: DeploymentStatus): number {
  const attempts = successes + failures;
  return fault.name === "reset" && seen > attempts && seen <= 2 * attempts ? attempts : seen;
}

function booksOf({ successes, failures, inFlight, usedTpm, eligibility }: DeploymentStatus, hits: number): Books {
  const tokens = usedTpm === 0 ? "none" : usedTpm === successes * usedTokens ? "reported" : "estimated";
  return { hits, successes, failures, inFlight, tokens, benched: eligibility === "cooling_down" };
}

/** A text that fits into a message, and that is equal where the text is. */
function brief(text: string): string {
  if (text === longText) return "the long text";
  return text.length < 200 ? text : `${text.length} characters, SHA-256 ${createHash("sha256").update(text).digest("hex")}`;
}
