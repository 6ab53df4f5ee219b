import type { AdminMethod } from "./admin-method.ts";
import { toKey } from "./messages/key-message.ts";
import { actOf, required, valueOf } from "./messages/request-fields.ts";
import { durationMs } from "./messages/time-fields.ts";

/** An old secret that is valid for longer is better left alone. */
const longestOverlapDays = 90;

/** Gives a caller's key a new secret, which is in this answer and nowhere else. */
export const rotateKeyMethod: AdminMethod<"rotateKey"> =
  ({ operator }) =>
  async ({ name, overlap, etag }, context) => {
    const overlapMs = durationMs(overlap, "overlap", longestOverlapDays);
    const rotated = valueOf(await operator.rotateKey(required(name, "name"), overlapMs, actOf(context, etag)));
    return { secret: rotated.secret, key: toKey(rotated), etag: operator.etag };
  };
