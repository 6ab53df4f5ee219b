import type { InboundProtocol } from "../core/call.ts";

/**
 * Why somebody was not let in. The caller is not told which: what it hears is the same for every key that is not valid.
 * - `missing`: no key at all.
 * - `malformed`: what stands there cannot be a key.
 * - `rotated_out`: the secret before a rotation, after its overlap.
 * - `bad_token`: a JWT that does not hold; the detail says why.
 * - `unmapped_token`: a JWT that holds, and that no key belongs to.
 * - `keys_unavailable`: the issuer's public keys could not be had, so nobody can tell.
 */
export type RefusalReason =
  | "missing"
  | "malformed"
  | "unknown"
  | "revoked"
  | "expired"
  | "rotated_out"
  | "bad_token"
  | "unmapped_token"
  | "keys_unavailable"
  | "too_many_attempts";

/** For the log and the metrics; holds nothing of what was shown. */
export interface KeyRefusal {
  readonly inboundProtocol: InboundProtocol;
  readonly address: string;
  readonly reason: RefusalReason;
  /** Whose key it is or was, where that is known. */
  readonly keyName: string | undefined;
  /** More on the reason, such as `ERR_JWT_EXPIRED`. */
  readonly detail: string | undefined;
}
