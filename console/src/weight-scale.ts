import { roundUp } from "./round-up.ts";

/** How far a slider's whole way is divided. */
const steps = 100;

/** A slider's range for a group's weights. */
export interface WeightScale {
  readonly max: number;
  readonly step: number;
}

/**
 * A round number with room above the largest weight, so that each can be moved both ways.
 * @param least What the range must not fall below: one that shrinks under a slider in use would make its knob jump.
 */
export function weightScale(weights: readonly number[], least = 0): WeightScale {
  const max = Math.max(roundUp(2 * Math.max(0, ...weights)), least) || 1;
  return { max, step: max / steps };
}

/** What a person typed into a weight's field; undefined: no weight. */
export function parseWeight(text: string): number | undefined {
  const value = text.trim() === "" ? Number.NaN : Number(text.trim().replace(",", "."));
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}
