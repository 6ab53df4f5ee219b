import { err, ok } from "../../lib/result.ts";
import { newSecret, sha256 } from "../../lib/secret.ts";
import type { OperatedKey } from "../operator.ts";
import { withKey } from "../state/control-state.ts";
import { namedKey, noKey } from "./named-key.ts";
import type { Planned, Present } from "./plan.ts";
import { refuseRequest } from "./refuse.ts";

const longestOverlapMs = 90 * 86_400_000;

interface RotationRequest {
  readonly name: string;
  /** How long the secret of before stays valid. */
  readonly overlapMs: number;
}

/** Gives a key another secret, which is in the answer and kept nowhere. */
export function planRotateKey(present: Present, { name, overlapMs }: RotationRequest): Planned<OperatedKey & { readonly secret: string }> {
  const { state, now } = present;
  const record = namedKey(name, present);
  if (record === undefined) return err(noKey());
  const { sha256: digest } = record;
  if (record.revoked) return refuseRequest(`The key "${name}" is revoked: make another one`, "name");
  if (digest === undefined) return refuseRequest(`The key "${name}" has no secret of its own: tokens or certificates stand for it`, "name");
  if (!(overlapMs >= 0 && overlapMs <= longestOverlapMs)) {
    return refuseRequest(`overlap is ${overlapMs / 1_000} s; it must be from 0 s to 90 days`, "overlap");
  }
  const secret = newSecret();
  const previous = overlapMs === 0 ? undefined : { sha256: digest, validUntil: now + overlapMs };
  const rotated = { ...record, sha256: sha256(secret), previous };
  return ok({
    next: { ...state, keys: withKey(state.keys, name, rotated) },
    conclude: (done) => ({
      before: `key ${name}`,
      after: `key ${name} with another secret${overlapMs === 0 ? "" : `, the one before valid for ${overlapMs / 1_000} s more`}`,
      answer: { ...done.operatedKey(rotated), secret },
    }),
  });
}
