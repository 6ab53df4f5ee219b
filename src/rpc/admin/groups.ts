import type { AdminMethods, AdminServiceOptions } from "./admin-methods.ts";
import { actOf, required, valueOf } from "./change.ts";

/** The groups: their strategies and other names. */
export function groupMethods({ operator }: AdminServiceOptions): AdminMethods<"setRoutingStrategy" | "setAlias"> {
  return {
    async setRoutingStrategy({ group, strategy, args = {}, etag }, context) {
      const wanted = strategy === "" ? undefined : strategy;
      const replaced = await operator.setRoutingStrategy(required(group, "group"), wanted, args, actOf(context, etag));
      return { ...valueOf(replaced), etag: operator.etag };
    },

    async setAlias({ alias, targets, hidden, etag }, context) {
      const { before, after } = valueOf(await operator.setAlias(required(alias, "alias"), targets, hidden, actOf(context, etag)));
      return { before: [...before], after: [...after], etag: operator.etag };
    },
  };
}
