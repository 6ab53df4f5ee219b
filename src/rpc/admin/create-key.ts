import type { AdminMethod } from "./admin-method.ts";
import { readKeySpec, toKey } from "./messages/key-message.ts";
import { actOf, valueOf } from "./messages/request-fields.ts";

/** Makes a caller's key. Its secret is in this answer and nowhere else. */
export const createKeyMethod: AdminMethod<"createKey"> =
  ({ operator }) =>
  async ({ spec, etag }, context) => {
    const created = valueOf(await operator.createKey(readKeySpec(spec), actOf(context, etag)));
    return { secret: created.secret, key: toKey(created), etag: operator.etag };
  };
