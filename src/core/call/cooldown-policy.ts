import { codeClasses, isDeploymentFault, type RouterError } from "../errors.ts";
import type { CooldownSettings } from "../router-settings.ts";
import type { Ledger } from "../state/ledger.ts";
import type { Group } from "../table/group.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";

/**
 * When a deployment cools down, and for how long: decided here alone. A cooldown ends half-open, by the ledger: when its time is over, one
 * call goes there as a probe; its success ends the cooldown, its failure renews it.
 */

/** More failures than this share of the last minute's answers … */
const failureShare = 0.5;
/** … of at least so many start a cooldown by default. */
const fewestOutcomes = 5;

/** An attempt that failed, after the ledger has taken note of it. */
export interface FailedAttempt {
  readonly entry: RoutedDeployment;
  /** The group that the deployment was picked from. */
  readonly group: Group;
  readonly error: RouterError;
  /** Whether the attempt was to show that the deployment is well again. */
  readonly wasProbe: boolean;
  /** The moment of the failure, on the router's clock. */
  readonly now: number;
}

/**
 * Starts a cooldown of the deployment where the failure calls for one.
 * @returns Until when it cools down; undefined when it does not.
 */
export function noteFailure(failed: FailedAttempt, ledger: Ledger, settings: CooldownSettings): number | undefined {
  const { entry, error, wasProbe, now } = failed;
  if (settings.disabled || !isDeploymentFault(error.code)) return undefined;
  // 0 means never, even where the provider asks for a wait.
  if ((entry.deployment.cooldownMs ?? settings.timeMs) === 0) return undefined;
  const cooldownMs = entry.deployment.cooldownMs ?? error.retryAfterMs ?? settings.timeMs;
  if (cooldownMs <= 0) return undefined;
  if (!wasProbe && !mustCoolDown(failed, cooldownMs, ledger, settings)) return undefined;
  ledger.startCooldown(entry.row, now + cooldownMs);
  return ledger.cooldownUntil(entry.row);
}

/** By the policies first, which count failures for as long as a cooldown takes; without any, by the kind of failure. */
function mustCoolDown(failed: FailedAttempt, cooldownMs: number, ledger: Ledger, settings: CooldownSettings): boolean {
  const { entry, error, group, now } = failed;
  const { row, deployment } = entry;
  const { policy: policyClass } = codeClasses[error.code];
  const policy = deployment.allowedFailsPolicy ?? settings.allowedFailsPolicy;
  const ofClass = policyClass === undefined ? undefined : policy?.[policyClass];
  if (ofClass !== undefined) return ledger.countFailure(row, now, policyClass, cooldownMs) > ofClass;
  const ofAll = deployment.allowedFails ?? settings.allowedFails;
  if (ofAll !== undefined) return ledger.countFailure(row, now, undefined, cooldownMs) > ofAll;
  switch (error.code) {
    case "upstream_auth":
    case "upstream_not_found":
      return true;
    case "upstream_rate_limited":
      return group.entries.length > 1;
    default:
      return failsMostly(row, now, ledger) && hasUsableSibling(entry, group, ledger);
  }
}

function failsMostly(row: number, now: number, ledger: Ledger): boolean {
  const outcomes = ledger.recentOutcomes(row, now);
  return outcomes >= fewestOutcomes && ledger.recentFailures(row, now) > failureShare * outcomes;
}

/** A ratio never takes the last deployment out: a bad one is better than none. Nor does it in a group of one. */
function hasUsableSibling(entry: RoutedDeployment, group: Group, ledger: Ledger): boolean {
  return group.entries.some(
    (other) => other !== entry && !other.deployment.blocked && ledger.state(other.row) === "active" && !ledger.isCoolingDown(other.row),
  );
}
