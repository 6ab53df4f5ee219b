import type { RouterError } from "../../core/errors.ts";
import { ok, type Result } from "../../lib/result.ts";
import type { ControlState } from "../state/control-state.ts";
import { refuse } from "./refuse.ts";
import { arrivesAt } from "./weight-move.ts";

/** Sums of weights stay exact below it. */
const heaviest = 1_000_000_000;
const longestMoveMs = 7 * 86_400_000;

/**
 * The state with other weights.
 * @param present The weights that are in force, those that are moving included.
 * @param now Milliseconds since the Unix epoch.
 */
export function withWeights(
  state: ControlState,
  weights: ReadonlyMap<string, number>,
  overMs: number,
  present: ReadonlyMap<string, number>,
  now: number,
): Result<ControlState, RouterError> {
  if (weights.size === 0) return refuse("There is no weight to set", "weights");
  if (!(overMs >= 0 && overMs <= longestMoveMs)) return refuse(`over is ${overMs / 1_000} s; it must be from 0 s to 7 days`, "over");
  const moves = new Map([...state.moves].filter(([, move]) => arrivesAt(move) > now));
  for (const [id, weight] of weights) {
    if (!(weight >= 0 && weight <= heaviest)) {
      return refuse(`The weight of "${id}" is ${weight}; it must be a number from 0 to ${heaviest}`, "weights");
    }
    const from = present.get(id) ?? 0;
    moves.delete(id);
    if (overMs > 0 && from !== weight) moves.set(id, { from, to: weight, startedAt: now, overMs });
  }
  return ok({ ...state, weights: new Map([...state.weights, ...weights]), moves });
}
