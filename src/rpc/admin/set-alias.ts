import type { AdminMethod } from "./admin-method.ts";
import { actOf, required, valueOf } from "./messages/request-fields.ts";

/** Sets another name for one or several groups; without targets, removes it. */
export const setAliasMethod: AdminMethod<"setAlias"> =
  ({ operator }) =>
  async ({ alias, targets, hidden, etag }, context) => {
    const { before, after } = valueOf(await operator.setAlias(required(alias, "alias"), targets, hidden, actOf(context, etag)));
    return { before: [...before], after: [...after], etag: operator.etag };
  };
