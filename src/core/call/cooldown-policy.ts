import type { Endpoint } from "../endpoints.ts";
import { codeClasses, isDeploymentFault, RouterError } from "../errors.ts";
import type { Outcome } from "../outcome.ts";
import type { CooldownSettings } from "../router-settings.ts";
import type { Ledger } from "../state/ledger.ts";
import type { Group } from "../table/group.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import { isWildcard } from "../table/wildcard.ts";

/**
 * When a deployment cools down, and for how long: decided here alone. A cooldown ends half-open, by the ledger: when its time is over, one
 * call goes there as a probe; its success ends the cooldown, its failure renews it.
 */

/** More failures than this share of the last minute's answers … */
const failureShare = 0.5;
/** … of at least so many start a cooldown by default. */
const fewestOutcomes = 5;

/** An attempt that ended, after the ledger has taken note of it. */
interface EndedAttempt {
  readonly entry: RoutedDeployment;
  /** What was asked for: health is kept by endpoint. */
  readonly endpoint: Endpoint;
  /** The group that the deployment was picked from. */
  readonly group: Group;
  /** Whether the attempt was to show that the deployment is well again. */
  readonly wasProbe: boolean;
  /** The moment of the end, on the router's clock. */
  readonly now: number;
}

interface FailedAttempt extends EndedAttempt {
  readonly error: RouterError;
}

/** A wait that only words name counts at once up to here: one who writes such words would else take a deployment away for a day. */
const longestSaidMs = 3_600_000;
/** The first cooldown of a quota that is used up for nobody knows how long; each refusal after it doubles the time. */
const quotaCooldownMs = 3_600_000;

/** Callers in a row who got nothing, each having waited for so many times what 95 of 100 calls take: then a deployment hangs. */
const abandonedInARow = 3;
const lateTimes = 2;

/**
 * Whether a failure says nothing of the deployment, although its code does: under a wildcard, the model is the caller's word. A model that
 * the provider does not know is then the caller's mistake.
 */
export function isBlameless({ deployment }: RoutedDeployment, error: RouterError): boolean {
  return error.code === "upstream_not_found" && isWildcard(deployment.group);
}

/** A cooldown that begins. */
interface BegunCooldown {
  /** Why. */
  readonly error: RouterError;
  /** Until when, on the router's clock. */
  readonly until: number;
}

/**
 * Starts a cooldown of the deployment where an attempt's end calls for one.
 * @param hasContent Whether a part of the answer had come.
 * @returns undefined when it does not.
 */
export function noteEnd(
  ended: EndedAttempt,
  outcome: Outcome,
  hasContent: boolean,
  ledger: Ledger,
  settings: CooldownSettings,
): BegunCooldown | undefined {
  if (outcome.kind === "success" || settings.disabled) return undefined;
  if (outcome.kind === "cancelled") return hasContent ? undefined : noteAbandoned(ended, outcome.totalMs, ledger, settings);
  const { error } = outcome;
  const until = noteFailure({ ...ended, error }, ledger, settings);
  return until === undefined ? undefined : { error, until };
}

function noteFailure(failed: FailedAttempt, ledger: Ledger, settings: CooldownSettings): number | undefined {
  const { entry, error, wasProbe, now } = failed;
  const row = entry.healthRow(failed.endpoint);
  if (!isDeploymentFault(error.code) || isBlameless(entry, error)) return undefined;
  // 0 means never, even where the provider asks for a wait.
  if ((entry.deployment.cooldownMs ?? settings.timeMs) === 0) return undefined;
  if (entry.sharesQuota) tellTwins(failed, ledger, settings);
  const cooldownMs = entry.deployment.cooldownMs ?? Math.min(askedMs(row, error, ledger) ?? settings.timeMs, settings.maxMs);
  if (cooldownMs <= 0) return undefined;
  if (!wasProbe && !mustCoolDown(failed, cooldownMs, ledger, settings)) return undefined;
  ledger.startCooldown(row, now + cooldownMs, error);
  return ledger.cooldownUntil(row);
}

/** What a provider refuses an account for some time, it refuses all deployments of it. */
function tellTwins({ entry, error, now }: FailedAttempt, ledger: Ledger, { maxMs }: CooldownSettings): void {
  const { code, retryAfterMs, isSaidWait } = error;
  const isLimit = code === "upstream_rate_limited" || code === "quota_exhausted";
  if (!isLimit || isSaidWait || retryAfterMs === undefined) return;
  ledger.noteQuota(entry.quotaRow, now, { requests: { left: 0, resetMs: retryAfterMs }, tokens: undefined }, maxMs);
}

/**
 * Starts a cooldown of a deployment that hangs, though no timeout of its operator's has run out. One caller's patience says nothing of it. But
 * callers in a row who waited far longer than nearly all calls take there, while nobody else was answered, do.
 */
function noteAbandoned(
  { entry, endpoint, group, wasProbe, now }: EndedAttempt,
  waitedMs: number,
  ledger: Ledger,
  settings: CooldownSettings,
): BegunCooldown | undefined {
  const cooldownMs = entry.deployment.cooldownMs ?? settings.timeMs;
  const lateMs = ledger.lateMs(entry.row);
  if (cooldownMs === 0 || lateMs === undefined || waitedMs < lateTimes * lateMs) return undefined;
  const row = entry.healthRow(endpoint);
  const inARow = ledger.countAbandoned(row, now - waitedMs);
  if (inARow === 0 || (inARow < abandonedInARow && !wasProbe) || !hasUsableSibling(entry, endpoint, group, ledger)) return undefined;
  const usual = `95 of 100 calls are answered there in ${Math.ceil(lateMs)} ms`;
  const message = `Deployment ${entry.id} hangs: ${inARow} callers in a row gave up with nothing, and ${usual}.`;
  const error = new RouterError("upstream_timeout", message, { deploymentId: entry.id });
  ledger.startCooldown(row, now + cooldownMs, error);
  return { error, until: ledger.cooldownUntil(row) };
}

/**
 * How long the provider asks to be left alone. Hours that it names only in words, or does not name at all, begin with the second such
 * refusal.
 * @returns undefined when it asks for nothing that counts.
 */
function askedMs(row: number, error: RouterError, ledger: Ledger): number | undefined {
  const { code, retryAfterMs, isSaidWait } = error;
  const isSure = retryAfterMs !== undefined && (!isSaidWait || retryAfterMs <= longestSaidMs);
  if (isSure || (retryAfterMs === undefined && code !== "quota_exhausted")) return retryAfterMs;
  const refusals = ledger.countQuotaRefusal(row);
  if (refusals < 2) return undefined;
  return retryAfterMs ?? quotaCooldownMs * 2 ** (refusals - 2);
}

/** By the policies first, which count failures for as long as a cooldown takes; without any, by the kind of failure. */
function mustCoolDown(failed: FailedAttempt, cooldownMs: number, ledger: Ledger, settings: CooldownSettings): boolean {
  const { entry, endpoint, error, group, now } = failed;
  const { deployment } = entry;
  const row = entry.healthRow(endpoint);
  const { policy: policyClass } = codeClasses[error.code];
  const policy = deployment.allowedFailsPolicy ?? settings.allowedFailsPolicy;
  const ofClass = policyClass === undefined ? undefined : policy?.[policyClass];
  if (ofClass !== undefined) return ledger.countFailure(row, now, policyClass, cooldownMs) > ofClass;
  const hasSibling = group.entries.length > 1;
  if (error.code === "quota_exhausted") return hasSibling;
  const ofAll = deployment.allowedFails ?? settings.allowedFails;
  // A number for all failures is a measure of comparison: with nothing to compare, a bad deployment is better than none.
  if (ofAll !== undefined) return ledger.countFailure(row, now, undefined, cooldownMs) > ofAll && hasSibling;
  switch (error.code) {
    case "upstream_auth":
    case "upstream_not_found":
      return true;
    case "upstream_rate_limited":
      return hasSibling;
    default: {
      const isToldToWait = error.code === "upstream_overloaded" && error.retryAfterMs !== undefined && error.retryAfterMs > 0;
      return (isToldToWait && hasSibling) || (failsMostly(row, now, ledger) && hasUsableSibling(entry, endpoint, group, ledger));
    }
  }
}

function failsMostly(row: number, now: number, ledger: Ledger): boolean {
  const outcomes = ledger.recentOutcomes(row, now);
  return outcomes >= fewestOutcomes && ledger.recentFailures(row, now) > failureShare * outcomes;
}

/** A ratio never takes the last deployment out: a bad one is better than none. Nor does it in a group of one. */
function hasUsableSibling(entry: RoutedDeployment, endpoint: Endpoint, group: Group, ledger: Ledger): boolean {
  return group.entries.some(
    (other) =>
      other !== entry &&
      !other.deployment.blocked &&
      ledger.state(other.row) === "active" &&
      !ledger.isCoolingDown(other.healthRow(endpoint)),
  );
}
