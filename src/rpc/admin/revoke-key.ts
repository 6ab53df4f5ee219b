import type { AdminMethod } from "./admin-method.ts";
import { toKey } from "./messages/key-message.ts";
import { actOf, required, valueOf } from "./messages/request-fields.ts";

/** Makes a caller's key invalid from the next request on. */
export const revokeKeyMethod: AdminMethod<"revokeKey"> =
  ({ operator }) =>
  async ({ name, etag }, context) => {
    const revoked = valueOf(await operator.revokeKey(required(name, "name"), actOf(context, etag)));
    return { key: toKey(revoked), etag: operator.etag };
  };
