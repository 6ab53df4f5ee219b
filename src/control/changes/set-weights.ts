import { shownName } from "../../lib/long-name.ts";
import type { RouterError } from "../../core/errors.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { WeightChange } from "../operator.ts";
import type { ControlState } from "../state/control-state.ts";
import { arrivesAt } from "../state/weight-move.ts";
import { whyNotSteered } from "./named-deployment.ts";
import type { Planned, Present } from "./plan.ts";
import { refuseRequest } from "./refuse.ts";

/** Sums of weights stay exact below it. */
const heaviest = 1_000_000_000;
const longestMoveMs = 7 * 86_400_000;

interface WeightsRequest {
  /** By deployment id. */
  readonly weights: ReadonlyMap<string, number>;
  /** How long the weights take to get there. 0 sets them at once. */
  readonly overMs: number;
}

/** Sets weights, at once or in a straight line over some time. */
export function planSetWeights(present: Present, request: WeightsRequest): Planned<readonly WeightChange[]> {
  const { weights, overMs } = request;
  const inForce = new Map(present.deployments().map((status) => [status.id, status.weight]));
  const unknown = [...weights.keys()].map((id) => whyNotSteered(id, present.config)).find((error) => error !== undefined);
  if (unknown !== undefined) return err(unknown);
  const next = withWeights(present, request, inForce);
  if (!next.ok) return next;
  const before = new Map([...weights.keys()].map((id) => [id, inForce.get(id) ?? 0]));
  return ok({
    next: next.value,
    conclude: () => ({
      before: pairs(before),
      after: `${pairs(weights)}${overMs > 0 ? ` over ${overMs / 1_000} s` : ""}`,
      answer: [...weights].map(([deploymentId, after]) => ({ deploymentId, before: before.get(deploymentId) ?? 0, after })),
    }),
  });
}

/** @param inForce The weights of all deployments, those that are moving included. */
function withWeights(
  { state, steadyNow }: Present,
  { weights, overMs }: WeightsRequest,
  inForce: ReadonlyMap<string, number>,
): Result<ControlState, RouterError> {
  if (weights.size === 0) return refuseRequest("There is no weight to set", "weights");
  if (!(overMs >= 0 && overMs <= longestMoveMs)) return refuseRequest(`over is ${overMs / 1_000} s; it must be from 0 s to 7 days`, "over");
  const moves = new Map([...state.moves].filter(([, move]) => arrivesAt(move) > steadyNow));
  for (const [id, weight] of weights) {
    if (!(weight >= 0 && weight <= heaviest)) {
      return refuseRequest(`The weight of "${shownName(id)}" is ${weight}; it must be a number from 0 to ${heaviest}`, "weights");
    }
    const from = inForce.get(id) ?? 0;
    moves.delete(id);
    if (overMs > 0 && from !== weight) moves.set(id, { from, to: weight, startedAt: steadyNow, overMs });
  }
  return ok({ ...state, weights: new Map([...state.weights, ...weights]), moves });
}

function pairs(weights: ReadonlyMap<string, number>): string {
  return [...weights].map(([id, weight]) => `${id}=${weight}`).join(" ");
}
