import type { Totals } from "../../../control/stats.ts";
import { toldUsd } from "../../../core/keys/told-usd.ts";

/** Counts as they are told: what was spent without the noise of its sums. */
export function toTotals(totals: Totals): Totals {
  return { ...totals, costUsd: toldUsd(totals.costUsd) };
}
