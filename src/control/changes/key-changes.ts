import { RouterError } from "../../core/errors.ts";
import type { KeyRecord } from "../../core/key-record.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { newSecret, sha256 } from "../../lib/secret.ts";
import { checkKeySpec } from "./check-key-spec.ts";
import type { KeySpec } from "../operator.ts";
import { refuse, unchanged } from "./refuse.ts";

/** A key to be, and its secret where it gets one: that is shown once, and kept nowhere. */
export interface KeyWithSecret {
  readonly record: KeyRecord;
  readonly secret: string;
}

const longestOverlapMs = 90 * 86_400_000;

/**
 * @param present The key that has this name, if any.
 * @param now Milliseconds since the Unix epoch.
 */
export function createdKey(spec: KeySpec, present: KeyRecord | undefined, now: number): Result<KeyWithSecret, RouterError> {
  const problems = checkKeySpec(spec, now);
  if (problems.length > 0) return refuse(problems.join("; "), undefined);
  if (present !== undefined) return err(new RouterError("already_exists", `There is a key "${spec.name}" already. ${unchanged}`));
  const secret = newSecret();
  return ok({ record: { ...spec, sha256: sha256(secret), previous: undefined, revoked: false, origin: "admin", createdAt: now }, secret });
}

/** The same key without any valid secret. */
export function revokedKey(record: KeyRecord): KeyRecord {
  return { ...record, revoked: true, previous: undefined };
}

/** The same key with another secret; the one before is valid for `overlapMs` more. */
export function rotatedKey(record: KeyRecord, overlapMs: number, now: number): Result<KeyWithSecret, RouterError> {
  const { name, sha256: digest } = record;
  if (record.revoked) return refuse(`The key "${name}" is revoked: make another one`, "name");
  if (digest === undefined) return refuse(`The key "${name}" has no secret of its own: JWTs stand for it`, "name");
  if (!(overlapMs >= 0 && overlapMs <= longestOverlapMs)) {
    return refuse(`overlap is ${overlapMs / 1_000} s; it must be from 0 s to 90 days`, "overlap");
  }
  const secret = newSecret();
  const previous = overlapMs === 0 ? undefined : { sha256: digest, validUntil: now + overlapMs };
  return ok({ record: { ...record, sha256: sha256(secret), previous }, secret });
}
