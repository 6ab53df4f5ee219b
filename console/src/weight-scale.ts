import { roundUp } from "./round-up.ts";

/** Into how many steps a slider's range is divided. */
const steps = 100;

/** The range of a slider for a group's weights. */
export interface WeightScale {
  readonly max: number;
  readonly step: number;
}

/**
 * Chooses a round number with room above the largest weight, so that each can be moved both ways.
 * @param least The smallest range that is allowed: a range that shrinks under a slider in use would make its knob jump.
 */
export function weightScale(weights: readonly number[], least = 0): WeightScale {
  const max = Math.max(roundUp(2 * Math.max(0, ...weights)), least) || 1;
  return { max, step: max / steps };
}

/** Reads a weight that was typed. Undefined when it is none. */
export function parseWeight(text: string): number | undefined {
  const value = text.trim() === "" ? Number.NaN : Number(text.trim().replace(",", "."));
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}
