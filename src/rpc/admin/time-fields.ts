import { timestampFromMs, type Duration, type Timestamp } from "@bufbuild/protobuf/wkt";
import { RouterError } from "../../core/errors.ts";

/** A second's nanoseconds. */
const secondNanos = 1_000_000_000;
/** 0001-01-01 and 9999-12-31, between which protobuf's timestamps lie, in seconds. */
const firstSecond = -62_135_596_800n;
const lastSecond = 253_402_300_799n;
const dayMs = 86_400_000;

/**
 * Milliseconds of a duration; 0 when it is unset.
 * @param field Its name in the request, for messages.
 * @param mostDays How long it may be.
 */
export function durationMs(duration: Duration | undefined, field: string, mostDays: number): number {
  if (duration === undefined) return 0;
  const { seconds, nanos } = duration;
  const ms = Number(seconds) * 1_000 + nanos / 1_000_000;
  // Protobuf wants both of one sign, and so a negative one is caught by either.
  const isWhole = Math.abs(nanos) < secondNanos;
  if (isWhole && seconds >= 0n && nanos >= 0 && ms <= mostDays * dayMs) return ms;
  const given = isWhole ? `is ${ms / 1_000} s` : `has ${nanos} nanoseconds`;
  throw new RouterError("invalid_request", `${field} ${given}; it must be from 0 to ${mostDays} days.`, { param: field });
}

/** Milliseconds since the Unix epoch; undefined when it is unset. */
export function timestampMs(timestamp: Timestamp | undefined, field: string): number | undefined {
  if (timestamp === undefined) return undefined;
  const { seconds, nanos } = timestamp;
  if (seconds >= firstSecond && seconds <= lastSecond && nanos >= 0 && nanos < secondNanos) {
    return Number(seconds) * 1_000 + Math.floor(nanos / 1_000_000);
  }
  const message = `${field} is no time: seconds ${seconds}, nanoseconds ${nanos}; years 1 to 9999 are allowed.`;
  throw new RouterError("invalid_request", message, { param: field });
}

/** @param ms Since the Unix epoch. */
export function toTimestamp(ms: number): Timestamp;
export function toTimestamp(ms: number | undefined): Timestamp | undefined;
export function toTimestamp(ms: number | undefined): Timestamp | undefined {
  return ms === undefined ? undefined : timestampFromMs(Math.round(ms));
}
