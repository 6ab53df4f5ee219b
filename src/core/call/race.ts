import type { Clock, Timer } from "../../lib/clock.ts";
import { eligibility, isLimit } from "../pick/eligibility.ts";
import type { Picker } from "../pick/picker.ts";
import type { HedgeSettings } from "../router-settings.ts";
import type { HedgeBudget } from "../state/attempt-budgets.ts";
import type { Ledger } from "../state/ledger.ts";
import type { AttemptPlan } from "./attempt-plan.ts";
import type { GroupAttempts } from "./group-attempts.ts";
import { canReserve, reserveAttempt, type ReservedAttempt } from "./reserve.ts";

/**
 * A call whose first content is late may have a second attempt, a hedge, beside the first: the one that has content first goes on, the
 * other is cancelled. Hedges are a share of a group's calls, and only made where the group has room to spare.
 */

interface HedgeDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly picker: Picker;
  readonly hedges: HedgeBudget;
}

/**
 * Has a second attempt started when the first is late.
 * @param isFirst Whether it is the call's first attempt: by that the call earns its share of a hedge.
 * @returns undefined when its samples are too few to tell when it is late.
 */
export function scheduleHedge(
  { call, entry, groupAttempts }: AttemptPlan,
  isFirst: boolean,
  { afterMs, maxRatio }: HedgeSettings,
  { clock, hedges, ledger }: HedgeDeps,
  start: () => void,
): Timer | undefined {
  if (isFirst) hedges.earn(groupAttempts.group.name, maxRatio);
  const delayMs = afterMs === "p95" ? ledger.lateMs(entry.row) : afterMs;
  // What a caller says goes to one deployment.
  return delayMs === undefined || call.messages !== undefined ? undefined : clock.schedule(delayMs, start);
}

/**
 * Picks a deployment for a second attempt and reserves it there.
 * @returns undefined when the group has a deployment at its limit, none to pick, or no hedge to spend.
 */
export function reserveHedge(groupAttempts: GroupAttempts, deps: HedgeDeps): ReservedAttempt | undefined {
  const { group } = groupAttempts;
  const { clock, hedges, ledger, picker } = deps;
  const demand = groupAttempts.demand(clock.now());
  const saturated = group.entries.some((entry) => isLimit(eligibility(entry, demand, ledger)));
  if (saturated || !canReserve(groupAttempts, demand.now, picker) || !hedges.spend(group.name)) return undefined;
  return reserveAttempt(groupAttempts, demand, deps);
}
