import type { Endpoint } from "../endpoints.ts";
import type { DailyLimits } from "../deployment.ts";
import type { Eligibility } from "../deployment-status.ts";
import { type LeaseRows, pots } from "../state/lease-rows.ts";
import type { Ledger } from "../state/ledger.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import type { Demand, LimitDemand } from "./demand.ts";

/** How much a row of a ledger may use per minute: a deployment's or a caller's key's. Infinity without a limit. */
export interface Limits {
  readonly row: number;
  /** The row of what a provider says of its own limits. Omit it for the same. */
  readonly quotaRow?: number;
  readonly rpmLimit: number;
  readonly tpmLimit: number;
  readonly itpmLimit: number;
  readonly otpmLimit: number;
  /** Whether any limit of a minute counts tokens. */
  readonly limitsTokens: boolean;
  /** What may be used in a day. Omit it for no such limits. */
  readonly daily?: DailyLimits | undefined;
  /** As `RoutedDeployment.healthRow`. A caller's key has no health. */
  healthRow?(endpoint: Endpoint | undefined): number;
}

/** The limits that time lifts. */
export type RateLimit = Extract<Eligibility, "rpm_limit" | "tpm_limit" | "itpm_limit" | "otpm_limit" | "rpd_limit" | "tpd_limit">;

/** After a cooldown, a deployment takes 1, 2, 4, … calls at a time with each second that passes; from here on, all. */
const warmUpMs = 10_000;

/** A probe that has shown nothing for so long is followed by another. */
const probePatienceMs = 30_000;

/** Whether this deployment may take the request now and, if not, the first reason why. Knows nothing of its siblings. */
export function eligibility(entry: RoutedDeployment, demand: Demand, ledger: Ledger): Eligibility {
  const { row, deployment } = entry;
  if (demand.tried.length > 0 && demand.tried.includes(row)) return "already_tried";
  if (deployment.blocked) return "blocked";
  const watched = ledger.isWatched(row);
  if (watched) {
    const state = ledger.state(row);
    if (state !== "active" && !(state === "draining" && demand.byId)) return state;
  }
  if (demand.refusals?.has(row) === true) return "cannot_serve_this";
  const health = entry.healthRow(demand.endpoint);
  if (!demand.byId && (health === row ? watched : ledger.isWatched(health))) {
    if (cooldownHolds(health, demand.now, ledger)) return "cooling_down";
    if (!demand.acceptWarming && isWarmingUp(row, health, demand.now, ledger)) return "warming_up";
  }
  if (demand.preCallChecks) {
    const unfit = preCallCheck(entry, demand, ledger);
    if (unfit !== "eligible") return unfit;
  }
  if (demand.tagFilter !== undefined && !demand.tagFilter(entry)) return "tags";
  if (ledger.inFlight(row) >= entry.parallelLimit) return "max_parallel_requests";
  if (ledger.leases?.lacks(row, pots.slots, 1, demand.now, ledger.inFlight(row)) === true) return "max_parallel_requests";
  if (demand.enforceRateLimits) {
    if (!demand.acceptWarming && isOversized(entry, demand, ledger)) return "tpm_limit";
    const limited = rateLimit(entry, demand, ledger, watched);
    if (limited !== "eligible") return limited;
  }
  return deployment.order >= demand.leastOrder && deployment.order <= demand.highestOrder ? "eligible" : "other_order";
}

/** Whether the prompt alone is likely to be more than a whole minute's tokens: it is served there only where nothing else is left. */
function isOversized(entry: RoutedDeployment, demand: Demand, ledger: Ledger): boolean {
  if (!entry.limitsTokens) return false;
  return ledger.estimatePromptTokens(entry.row, demand.requestBytes) > Math.min(entry.tpmLimit, entry.itpmLimit);
}

/** Whether the deployment can do what this request asks at all. */
function preCallCheck({ row, deployment }: RoutedDeployment, demand: Demand, ledger: Ledger): Eligibility {
  const { maxInputTokens, region, supportsResponseSchema } = deployment;
  if (maxInputTokens !== undefined && ledger.estimatePromptTokens(row, demand.requestBytes) > maxInputTokens) return "context_window";
  // Where a deployment computes must be known to be right: `eu` is kept by `eu-west-1` and by `europe-west4`.
  if (demand.allowedRegion !== undefined && !(region ?? "").toLowerCase().startsWith(demand.allowedRegion)) return "region";
  return demand.wantsResponseSchema && supportsResponseSchema === false ? "response_format" : "eligible";
}

/**
 * Whether the request fits the rate limits and, if not, the first limit that it would exceed.
 * @param watched Whether the provider has reported limits of its own.
 */
export function rateLimit(entry: Limits, demand: LimitDemand, ledger: Ledger, watched: boolean): RateLimit | "eligible" {
  const { row, quotaRow = row, daily } = entry;
  if (daily !== undefined) {
    const limited = dailyLimit(entry, daily, demand, ledger);
    if (limited !== "eligible") return limited;
  }
  if (entry.rpmLimit !== Number.POSITIVE_INFINITY && ledger.usedRequests(row, demand.now) + 1 > entry.rpmLimit) return "rpm_limit";
  if (quotaRow === row ? watched : ledger.isWatched(quotaRow)) {
    if (ledger.requestsSpentUntil(quotaRow, demand.now) > 0) return "rpm_limit";
    if (ledger.tokensSpentUntil(quotaRow, demand.now, tokensAtMost(entry, demand, ledger)) > 0) return "tpm_limit";
  }
  if (entry.limitsTokens) {
    const { prompt, output } = tokensToReserve(entry, demand, ledger);
    if (ledger.usedTokens(row, demand.now) + prompt + output > entry.tpmLimit) return "tpm_limit";
    if (ledger.usedPromptTokens(row, demand.now) + prompt > entry.itpmLimit) return "itpm_limit";
    if (ledger.usedOutputTokens(row, demand.now) + output > entry.otpmLimit) return "otpm_limit";
  }
  return ledger.leases === undefined ? "eligible" : leasedLimit(entry, demand, ledger, ledger.leases);
}

/** The same for what this node holds of limits that it shares with others. */
function leasedLimit(entry: Limits, demand: LimitDemand, ledger: Ledger, leases: LeaseRows): RateLimit | "eligible" {
  const { row } = entry;
  const { now } = demand;
  if (leases.lacks(row, pots.requests, 1, now)) return "rpm_limit";
  if (leases.lacks(row, pots.dayRequests, 1, now)) return "rpd_limit";
  if (!entry.limitsTokens && entry.daily === undefined) return "eligible";
  const { prompt, output } = tokensToReserve(entry, demand, ledger);
  if (leases.lacks(row, pots.tokens, prompt + output, now)) return "tpm_limit";
  if (leases.lacks(row, pots.promptTokens, prompt, now)) return "itpm_limit";
  if (leases.lacks(row, pots.outputTokens, output, now)) return "otpm_limit";
  const ofDay = Math.min(prompt + output, entry.daily?.tokens ?? 0);
  return leases.lacks(row, pots.dayTokens, ofDay, now) ? "tpd_limit" : "eligible";
}

/** Milliseconds until the other nodes are likely to leave this one so much of a limit. */
function msUntilLeased(row: number, pot: number, now: number, ledger: Ledger): number {
  return ledger.leases?.msUntilFree(row, pot, now) ?? 0;
}

/** A request that is larger than a whole day's limit is served as the first of a day. */
function dailyLimit(entry: Limits, { requests, tokens, resets }: DailyLimits, demand: LimitDemand, ledger: Ledger): RateLimit | "eligible" {
  const { row } = entry;
  ledger.turnDay(row, demand.now, resets);
  if (ledger.requestsOfDay(row) + 1 > requests) return "rpd_limit";
  if (tokens === Number.POSITIVE_INFINITY) return "eligible";
  const { prompt, output } = tokensToReserve(entry, demand, ledger);
  return ledger.tokensOfDay(row) + Math.min(prompt + output, tokens) > tokens ? "tpd_limit" : "eligible";
}

/** Whether the reason is that a deployment has as much to do as it may. */
export function isLimit(reason: Eligibility): boolean {
  return (
    reason === "max_parallel_requests" ||
    reason === "rpm_limit" ||
    reason === "tpm_limit" ||
    reason === "itpm_limit" ||
    reason === "otpm_limit" ||
    reason === "rpd_limit" ||
    reason === "tpd_limit"
  );
}

/** Whether a deployment cools down, or waits after that for the one probe in flight that shows whether it is well. */
function cooldownHolds(row: number, now: number, ledger: Ledger): boolean {
  return ledger.isCoolingDown(row) && now < heldUntil(row, ledger);
}

/** The end of the cooldown, or of the patience with a probe that shows nothing. */
function heldUntil(row: number, ledger: Ledger): number {
  return ledger.isProbing(row) ? Math.max(ledger.cooldownUntil(row), ledger.probedAt(row) + probePatienceMs) : ledger.cooldownUntil(row);
}

/** Whether a cooldown is over but for the probe in flight that shows whether the deployment is well. */
export function isProbing(row: number, now: number, ledger: Ledger): boolean {
  return ledger.isProbing(row) && now >= ledger.cooldownUntil(row);
}

function isWarmingUp(row: number, health: number, now: number, ledger: Ledger): boolean {
  return now - ledger.recoveredAt(health) < warmUpMs && ledger.inFlight(row) >= warmUpCalls(health, now, ledger);
}

/** How many calls a deployment that is back from a cooldown takes at a time. */
export function warmUpCalls(row: number, now: number, ledger: Ledger): number {
  return 2 ** Math.floor((now - ledger.recoveredAt(row)) / 1_000);
}

/** Tokens that a request is likely to use. */
export interface TokenEstimate {
  readonly prompt: number;
  readonly output: number;
}

/**
 * The tokens to set aside for a request: what its prompt and its answer are likely to have. A request that is larger than a whole
 * limit takes all of it, so that it is served once the window is empty instead of never.
 */
export function tokensToReserve(entry: Limits, demand: LimitDemand, ledger: Ledger): TokenEstimate {
  const prompt = Math.min(ledger.estimatePromptTokens(entry.row, demand.requestBytes), entry.itpmLimit, entry.tpmLimit);
  const output = Math.min(
    ledger.estimateOutputTokens(entry.row, demand.maxOutputTokens, demand.answers),
    entry.otpmLimit,
    entry.tpmLimit - prompt,
  );
  return { prompt, output };
}

/** The tokens that a request hardly ever exceeds: what a provider must have left that refuses all of a call which does. */
export function tokensAtMost(entry: Limits, demand: LimitDemand, ledger: Ledger): number {
  const { prompt, output } = tokensToReserve(entry, demand, ledger);
  return prompt + Math.min(output * longestAnswer, (demand.maxOutputTokens ?? Number.POSITIVE_INFINITY) * demand.answers);
}

/** Few answers are so many times as long as the usual one. */
const longestAnswer = 8;

/** Milliseconds until a deployment that may not take the request now can. Undefined when no clock tells. */
export function msUntilEligible(entry: Limits, reason: Eligibility, demand: LimitDemand, ledger: Ledger): number | undefined {
  const { row, quotaRow = row } = entry;
  const { now } = demand;
  const { prompt, output } = tokensToReserve(entry, demand, ledger);
  switch (reason) {
    case "rpm_limit":
      return Math.max(
        ledger.msUntilRequests(row, now, entry.rpmLimit - 1),
        ledger.requestsSpentUntil(quotaRow, now) - now,
        msUntilLeased(row, pots.requests, now, ledger),
      );
    case "tpm_limit":
      return Math.max(
        ledger.msUntilTokens(row, now, entry.tpmLimit - prompt - output),
        ledger.tokensSpentUntil(quotaRow, now, tokensAtMost(entry, demand, ledger)) - now,
        msUntilLeased(row, pots.tokens, now, ledger),
      );
    case "itpm_limit":
      return Math.max(ledger.msUntilPromptTokens(row, now, entry.itpmLimit - prompt), msUntilLeased(row, pots.promptTokens, now, ledger));
    case "otpm_limit":
      return Math.max(ledger.msUntilOutputTokens(row, now, entry.otpmLimit - output), msUntilLeased(row, pots.outputTokens, now, ledger));
    case "rpd_limit":
    case "tpd_limit":
      return ledger.dayUntil(row) - now;
    case "cooling_down":
      return heldUntil(entry.healthRow?.(demand.endpoint) ?? row, ledger) - now;
    default:
      return undefined;
  }
}
