import type { AdminMethod } from "./admin-method.ts";
import { actOf, optional, required, valueOf } from "./messages/request-fields.ts";

/** Chooses a group's strategy; without one, the group follows the configuration again. */
export const setRoutingStrategyMethod: AdminMethod<"setRoutingStrategy"> =
  ({ operator }) =>
  async ({ group, strategy, args = {}, etag }, context) => {
    const act = actOf(context, etag);
    const replaced = await operator.setRoutingStrategy(required(group, "group"), optional(strategy), args, act);
    return { ...valueOf(replaced), etag: operator.etag };
  };
