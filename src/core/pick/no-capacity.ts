import type { Eligibility } from "../deployment-status.ts";
import type { Demand } from "./demand.ts";
import { eligibility, msUntilEligible } from "./eligibility.ts";
import { codeClasses, type ErrorCode, RouterError } from "../errors.ts";
import type { Group } from "../table/group.ts";
import type { Ledger } from "../state/ledger.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";

/** Milliseconds until one of the group's deployments may take this request. Undefined when no clock tells. */
export function msUntilCapacity(group: Group, demand: Demand, ledger: Ledger): number | undefined {
  let soonestMs: number | undefined;
  for (const entry of group.entries) {
    soonestMs = sooner(soonestMs, msUntilEligible(entry, eligibility(entry, demand, ledger), demand, ledger));
  }
  return soonestMs;
}

/**
 * Milliseconds until the first of the group's deployments is known to be usable for this request. Undefined when one may be at any time:
 * it is now, or no clock tells.
 */
export function msUntilUsable(group: Group, demand: Demand, ledger: Ledger): number | undefined {
  let soonestMs: number | undefined;
  for (const entry of group.entries) {
    const reason = eligibility(entry, demand, ledger);
    if (lasting.has(reason)) continue;
    const untilMs = msUntilEligible(entry, reason, demand, ledger);
    if (untilMs === undefined) return undefined;
    soonestMs = sooner(soonestMs, untilMs);
  }
  return soonestMs;
}

/** Whether none of the group's deployments can be usable for this request within so long, whatever ends until then. */
export function comesTooLate(group: Group, demand: Demand, ledger: Ledger, withinMs: number): boolean {
  return group.entries.every((entry) => {
    const reason = eligibility(entry, demand, ledger);
    if (lasting.has(reason)) return true;
    const untilMs = msUntilEligible(entry, reason, demand, ledger);
    // An attempt that uses fewer tokens than were set aside for it gives the rest back when it ends.
    return untilMs !== undefined && untilMs >= withinMs && !(isTokenLimit(reason) && ledger.inFlight(entry.row) > 0);
  });
}

function isTokenLimit(reason: Eligibility): boolean {
  return reason === "tpm_limit" || reason === "itpm_limit" || reason === "otpm_limit" || reason === "tpd_limit";
}

/**
 * What a caller is told of a wait. A rolling minute gives way after 60 to 61 s; callers hear of 60, since the official clients ignore longer
 * waits and retry at once instead.
 */
export function toldWaitMs(untilMs: number): number {
  return untilMs > 60_000 && untilMs <= 61_000 ? 60_000 : untilMs;
}

/**
 * The error for a group without an eligible deployment: why, and when that changes. "Not allowed" and "does not fit" are other errors than
 * "not now", because waiting would not help.
 */
export function noCapacity(model: string, group: Group, demand: Demand, ledger: Ledger): RouterError {
  if (group.entries.length === 0) return allLeftOut(model);
  const counts = new Map<Eligibility, number>();
  const cooling: Cooling[] = [];
  let soonestMs: number | undefined;
  for (const entry of group.entries) {
    const reason = eligibility(entry, demand, ledger);
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
    if (reason === "cooling_down") cooling.push({ id: entry.id, row: entry.healthRow(demand.endpoint) });
    soonestMs = sooner(soonestMs, msUntilEligible(entry, reason, demand, ledger));
  }
  const refused = credentialsRefused(model, { cooling, counts, soonestMs }, ledger);
  if (refused !== undefined) return refused;
  const why = causesOf(cooling, ledger);
  const reasons = [...counts].map(([reason, count]) => `${count} ${phrases[reason]}${reason === "cooling_down" ? why : ""}`).join(", ");
  const passing = [...counts.keys()].filter((reason) => !lasting.has(reason));
  if (passing.length === 0 && counts.has("context_window")) {
    return new RouterError("context_length_exceeded", `The prompt is too long for every deployment of "${model}": ${reasons}.`, {
      param: "messages",
    });
  }
  const refusal = refusalOf(group, demand);
  if (refusal !== undefined && passing.every((reason) => unusable.has(reason))) return unfit(model, refusal, reasons);
  if (passing.length === 0) return new RouterError("not_allowed", `No deployment of "${model}" may serve this call: ${reasons}.`);
  const advice = soonestMs === undefined ? "Try again shortly." : `Try again in ${Math.ceil(toldWaitMs(soonestMs) / 1_000)} s.`;
  return new RouterError("no_capacity", `No deployments available for "${model}" now: ${reasons}. ${advice}`, { retryAfterMs: soonestMs });
}

/** What the first deployment of a group said that cannot be sent this call: one that another might take rather than what none would. */
function refusalOf({ entries }: Group, { refusals }: Demand): RouterError | undefined {
  if (refusals === undefined) return undefined;
  const all = entries.map(({ row }) => refusals.get(row)).filter((refusal) => refusal !== undefined);
  return all.find(({ code }) => codeClasses[code].failure !== "caller") ?? all[0];
}

/** The error of a call that asks of each deployment what it lacks. */
function unfit(model: string, refusal: RouterError, reasons: string): RouterError {
  const { code, message, param, deploymentId } = refusal;
  if (code !== "cannot_serve_this") return refusal;
  return new RouterError(code, `No deployment of "${model}" may serve this call: ${reasons}. ${message}`, { param, deploymentId });
}

/** The error for a name whose deployments all have something wrong in them. What it is, is the operator's business. */
function allLeftOut(model: string): RouterError {
  const message = `All deployments of "${model}" were left out of this server's configuration, because something is wrong in them. Its log and its list of deployments say what.`;
  return new RouterError("upstream_not_found", message, { param: "model" });
}

/** A deployment that cools down, with the row of its health. */
type Cooling = Pick<RoutedDeployment, "id" | "row">;

/** How the deployments of a group without an eligible one stand. */
interface GroupState {
  readonly cooling: readonly Cooling[];
  readonly counts: ReadonlyMap<Eligibility, number>;
  readonly soonestMs: number | undefined;
}

/**
 * The error where each deployment that could be used cools down because its provider refused its credentials. To ask again does not help, so
 * for as long as that lasts callers hear what the first one heard.
 */
function credentialsRefused(model: string, { cooling, counts, soonestMs }: GroupState, ledger: Ledger): RouterError | undefined {
  const isAll = [...counts.keys()].every((reason) => reason === "cooling_down" || unusable.has(reason));
  if (!isAll || cooling.length === 0 || cooling.some(({ row }) => ledger.cooldownCause(row) !== "upstream_auth")) return undefined;
  const said = cooling.map(({ row }) => ledger.cooldownText(row)).find((text) => text !== undefined);
  const message = `The providers of all deployments of "${model}" refused their credentials.`;
  return new RouterError("upstream_auth", said === undefined ? message : `${message} ${said}`, {
    deploymentId: cooling[0]?.id,
    retryAfterMs: soonestMs,
  });
}

/** Deployments that serve nobody. */
const unusable: ReadonlySet<Eligibility> = new Set(["invalid", "blocked", "draining"]);

/** Why deployments cool down, by their latest failures: ` (rate-limited; overloaded)`. */
function causesOf(cooling: readonly Cooling[], ledger: Ledger): string {
  const causes = new Set<string>();
  for (const { row } of cooling) {
    const code = ledger.cooldownCause(row);
    if (code !== undefined) causes.add(causeOf(code));
  }
  return causes.size === 0 ? "" : ` (${[...causes].join("; ")})`;
}

/** What a cooldown began with, in a few words for people. */
export function causeOf(code: ErrorCode): string {
  switch (code) {
    case "upstream_auth":
      return "credentials refused";
    case "upstream_not_found":
      return "model or path not found";
    case "quota_exhausted":
      return "quota or credit used up";
    case "upstream_rate_limited":
      return "rate-limited";
    case "upstream_overloaded":
      return "overloaded";
    case "upstream_timeout":
      return "too slow";
    case "upstream_unreachable":
      return "not reachable";
    case "upstream_malformed":
      return "malformed replies";
    case "stream_interrupted":
      return "cut streams";
    default:
      return "failures";
  }
}

function sooner(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}

/** Reasons that waiting does not change. */
const lasting: ReadonlySet<Eligibility> = new Set(["cannot_serve_this", "tags", "context_window", "region", "response_format"]);

const phrases: Readonly<Record<Eligibility, string>> = {
  eligible: "eligible",
  invalid: "left out as invalid",
  blocked: "blocked",
  draining: "being drained",
  cooling_down: "cooling down",
  warming_up: "warming up",
  context_window: "with too short a context window",
  region: "outside of the allowed region",
  response_format: "without support for the response_format",
  cannot_serve_this: "without what the call asks for",
  tags: "not allowed by tags",
  rpm_limit: "at the requests-per-minute limit",
  tpm_limit: "at the tokens-per-minute limit",
  itpm_limit: "at the input-tokens-per-minute limit",
  otpm_limit: "at the output-tokens-per-minute limit",
  rpd_limit: "with no requests of the day left",
  tpd_limit: "with too few tokens of the day left",
  max_parallel_requests: "at the limit of parallel requests",
  already_tried: "already tried",
  other_order: "of another order",
  lower_order_preferred: "behind a lower order",
  backup: "kept as backup",
};
