import type { WeightMove } from "./control-state.ts";

/** Where a weight is at a moment, in milliseconds since the Unix epoch. The ends are exact. */
export function weightAt({ from, to, startedAt, overMs }: WeightMove, now: number): number {
  const passed = now - startedAt;
  if (passed >= overMs) return to;
  return passed <= 0 ? from : from + ((to - from) * passed) / overMs;
}

/** When a move ends, in milliseconds since the Unix epoch. */
export function arrivesAt({ startedAt, overMs }: WeightMove): number {
  return startedAt + overMs;
}
