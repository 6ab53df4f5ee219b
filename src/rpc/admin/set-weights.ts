import { RouterError } from "../../core/errors.ts";
import type { AdminMethod } from "./admin-method.ts";
import { actOf, valueOf } from "./messages/request-fields.ts";
import { durationMs } from "./messages/time-fields.ts";

/** A move that takes longer is better planned as several. */
const longestMoveDays = 7;

/** Sets weights, all in one step or along a straight line over a time. */
export const setWeightsMethod: AdminMethod<"setWeights"> =
  ({ operator }) =>
  async ({ weights, over, etag }, context) => {
    const wanted = new Map(Object.entries(weights));
    if (wanted.size === 0) throw new RouterError("invalid_request", "There are no weights to set.", { param: "weights" });
    const overMs = durationMs(over, "over", longestMoveDays);
    const changes = valueOf(await operator.setWeights(wanted, overMs, actOf(context, etag)));
    return { changes: [...changes], etag: operator.etag };
  };
