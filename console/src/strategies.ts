import type { ChangeEstimate, GroupStrategies, ShadowStrategy } from "../../gen/huntgroup/v1/admin_pb.ts";

/** A shadow strategy beside the one in use, or a group that has none. */
export interface StrategyRow {
  readonly group: GroupStrategies;
  readonly shadow: ShadowStrategy | undefined;
}

/** A row for each shadow, and one for each group without. */
export function strategyRows(groups: readonly GroupStrategies[]): readonly StrategyRow[] {
  return groups.flatMap((group): readonly StrategyRow[] =>
    group.shadows.length === 0 ? [{ group, shadow: undefined }] : group.shadows.map((shadow) => ({ group, shadow })),
  );
}

/** The range in which a mean lies 19 times of 20, as far as chance goes. */
export function rangeOf({ mean, standardError }: ChangeEstimate): { readonly low: number; readonly high: number } {
  return { low: mean - 2 * standardError, high: mean + 2 * standardError };
}

/** Whether an estimate of time or money is a gain or a loss by more than chance. */
export function directionOf(estimate: ChangeEstimate): "gain" | "loss" | "unclear" {
  const { low, high } = rangeOf(estimate);
  return high < 0 ? "gain" : low > 0 ? "loss" : "unclear";
}

/** Writes an estimate: `−41 ms ± 6.2 ms`. @param format Writes an amount. */
export function writtenChange(estimate: ChangeEstimate, format: (value: number) => string): string {
  const { mean, standardError } = estimate;
  const sign = mean < 0 ? "−" : mean > 0 ? "+" : "";
  return `${sign}${format(Math.abs(mean))} ± ${format(2 * standardError)}`;
}

/** The furthest that any of these estimates reaches from nothing: what all are drawn by. */
export function reachOf(estimates: readonly (ChangeEstimate | undefined)[]): number {
  return Math.max(0, ...estimates.flatMap((one) => (one === undefined ? [] : [Math.abs(rangeOf(one).low), Math.abs(rangeOf(one).high)])));
}
