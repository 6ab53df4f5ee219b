import type { InboundProtocol } from "../core/call.ts";

/**
 * Why a caller was not let in. It is not told which: the answer is the same for every key that is not valid.
 * - `missing`: no key at all.
 * - `malformed`: what was sent cannot be a key.
 * - `unknown`, `revoked`, `expired`: the key itself is not valid.
 * - `rotated_out`: the secret before a rotation, after its overlap.
 * - `bad_token`: a JWT that is not valid; the detail says why.
 * - `unmapped_token`: a valid JWT that no key belongs to.
 * - `unmapped_certificate`: no key, and a valid client's certificate that no key belongs to.
 * - `keys_unavailable`: the issuer's public keys could not be fetched, so the token could not be checked.
 * - `too_many_attempts`: the address has shown too many keys that are not valid, so this one was not checked.
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
  | "unmapped_certificate"
  | "keys_unavailable"
  | "too_many_attempts";

/** A caller that was not let in, for the log and the metrics. It holds nothing of what the caller sent. */
export interface KeyRefusal {
  readonly inboundProtocol: InboundProtocol;
  readonly address: string;
  readonly reason: RefusalReason;
  /** The name of the key, where it is known. */
  readonly keyName: string | undefined;
  /** More on the reason, such as `ERR_JWT_EXPIRED`. */
  readonly detail: string | undefined;
}
