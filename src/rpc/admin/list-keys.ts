import type { AdminMethod } from "./admin-method.ts";
import { toKey } from "./messages/key-message.ts";

/** Every caller's key with its limits and its use, without a secret. */
export const listKeysMethod: AdminMethod<"listKeys"> =
  ({ operator }) =>
  () => ({ keys: operator.keys().map(toKey), etag: operator.etag });
