import { timestampFromMs, type Duration, type Timestamp } from "@bufbuild/protobuf/wkt";
import { RouterError } from "../../../core/errors.ts";

/** A second's nanoseconds. */
const secondNanos = 1_000_000_000;
/** Protobuf's timestamps lie between 0001-01-01 and the end of 9999-12-31: both in seconds since the Unix epoch. */
const firstSecond = -62_135_596_800n;
const lastSecond = 253_402_300_799n;
const dayMs = 86_400_000;

/**
 * A duration in milliseconds; 0 when it is unset.
 * @param field Its name in the request, for the message.
 * @param mostDays The longest that is allowed.
 * @throws RouterError `invalid_request` for a negative, a malformed or a longer one.
 */
export function durationMs(duration: Duration | undefined, field: string, mostDays: number): number {
  if (duration === undefined) return 0;
  const { seconds, nanos } = duration;
  const ms = Number(seconds) * 1_000 + nanos / 1_000_000;
  // Protobuf asks that seconds and nanoseconds have the same sign; a negative duration shows in either.
  const isWhole = Math.abs(nanos) < secondNanos;
  if (isWhole && seconds >= 0n && nanos >= 0 && ms <= mostDays * dayMs) return ms;
  const given = isWhole ? `is ${ms / 1_000} s` : `has ${nanos} nanoseconds`;
  throw new RouterError("invalid_request", `${field} ${given}; it must be from 0 to ${mostDays} days.`, { param: field });
}

/**
 * A timestamp in milliseconds since the Unix epoch; undefined when it is unset.
 * @param field Its name in the request, for the message.
 * @throws RouterError `invalid_request` outside of the years 1 to 9999.
 */
export function timestampMs(timestamp: Timestamp | undefined, field: string): number | undefined {
  if (timestamp === undefined) return undefined;
  const { seconds, nanos } = timestamp;
  if (seconds >= firstSecond && seconds <= lastSecond && nanos >= 0 && nanos < secondNanos) {
    return Number(seconds) * 1_000 + Math.floor(nanos / 1_000_000);
  }
  const message = `${field} is no time: seconds ${seconds}, nanoseconds ${nanos}; years 1 to 9999 are allowed.`;
  throw new RouterError("invalid_request", message, { param: field });
}

/** The timestamp of a moment. @param ms Since the Unix epoch. */
export function toTimestamp(ms: number): Timestamp;
export function toTimestamp(ms: number | undefined): Timestamp | undefined;
export function toTimestamp(ms: number | undefined): Timestamp | undefined {
  return ms === undefined ? undefined : timestampFromMs(Math.round(ms));
}
