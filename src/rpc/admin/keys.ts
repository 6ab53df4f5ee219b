import type { AdminMethods, AdminServiceOptions } from "./admin-methods.ts";
import { actOf, required, valueOf } from "./change.ts";
import { readKeySpec, toKey } from "./key-message.ts";
import { durationMs } from "./time-fields.ts";

/** An old secret that is valid for longer is better left alone. */
const longestOverlapDays = 90;

/** Callers' keys. A secret is in the answer of whoever made it, once. */
export function keyMethods({ operator }: AdminServiceOptions): AdminMethods<"createKey" | "listKeys" | "revokeKey" | "rotateKey"> {
  return {
    async createKey({ spec, etag }, context) {
      const created = valueOf(await operator.createKey(readKeySpec(spec), actOf(context, etag)));
      return { secret: created.secret, key: toKey(created), etag: operator.etag };
    },

    listKeys() {
      return { keys: operator.keys().map(toKey), etag: operator.etag };
    },

    async revokeKey({ name, etag }, context) {
      return { key: toKey(valueOf(await operator.revokeKey(required(name, "name"), actOf(context, etag)))), etag: operator.etag };
    },

    async rotateKey({ name, overlap, etag }, context) {
      const overlapMs = durationMs(overlap, "overlap", longestOverlapDays);
      const rotated = valueOf(await operator.rotateKey(required(name, "name"), overlapMs, actOf(context, etag)));
      return { secret: rotated.secret, key: toKey(rotated), etag: operator.etag };
    },
  };
}
