import { codeClasses, isDeploymentFault, type RouterError } from "../errors.ts";
import type { Group } from "../table/group.ts";
import type { Ledger } from "../state/ledger.ts";
import type { CooldownSettings } from "../router-settings.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";

/**
 * When a deployment is benched. Half-open by the ledger's books: when the time is over, one call goes there as a probe; its success
 * lifts the bench, its failure renews it.
 */

/** More failures than this share of the last minute's answers … */
const failureShare = 0.5;
/** … of at least so many bench a deployment by default. */
const fewestOutcomes = 5;

/**
 * Takes note of a failed attempt, after the ledger has.
 * @returns Until when the deployment is benched for it; undefined: it is not.
 */
export function noteFailure(
  entry: RoutedDeployment,
  error: RouterError,
  wasProbe: boolean,
  group: Group,
  now: number,
  ledger: Ledger,
  settings: CooldownSettings,
): number | undefined {
  if (settings.disabled || !isDeploymentFault(error.code)) return undefined;
  // 0 means never, whatever the provider asks for.
  if ((entry.deployment.cooldownMs ?? settings.timeMs) === 0) return undefined;
  const cooldownMs = entry.deployment.cooldownMs ?? error.retryAfterMs ?? settings.timeMs;
  if (cooldownMs <= 0) return undefined;
  if (!wasProbe && !mustCoolDown(entry, error, group, now, ledger, settings, cooldownMs)) return undefined;
  ledger.startCooldown(entry.row, now + cooldownMs);
  return ledger.cooldownUntil(entry.row);
}

function mustCoolDown(
  entry: RoutedDeployment,
  error: RouterError,
  group: Group,
  now: number,
  ledger: Ledger,
  settings: CooldownSettings,
  cooldownMs: number,
): boolean {
  const { row, deployment } = entry;
  const policyClass = codeClasses[error.code].policy;
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
