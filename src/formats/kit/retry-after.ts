import type { UpstreamHeaders } from "../../core/upstream.ts";

/** A wait beyond a minute is the reset of a quota, which no request should wait for. */
const longestRetryAfterMs = 60_000;

/**
 * Reads when a provider says to try again: `retry-after-ms` and `x-ms-retry-after-ms` (Azure) in milliseconds, `retry-after` in seconds or as
 * an HTTP date. A date is compared with the reply's own `date`, so no clock is needed and a wrong one does no harm.
 * @returns Milliseconds from now, at most 60,000; undefined when the headers say nothing usable.
 */
export function readRetryAfter(headers: UpstreamHeaders): number | undefined {
  const inMs = readNumber(headers["retry-after-ms"]) ?? readNumber(headers["x-ms-retry-after-ms"]);
  if (inMs !== undefined) return cap(inMs);
  const inSeconds = readNumber(headers["retry-after"]);
  if (inSeconds !== undefined) return cap(inSeconds * 1_000);
  const until = readDate(headers["retry-after"]) - readDate(headers["date"]);
  return Number.isNaN(until) ? undefined : cap(until);
}

/** Reads the `retryDelay` of Google's error details, such as `38.5s`. @returns Milliseconds, at most 60,000. */
export function readRetryDelay(text: unknown): number | undefined {
  const match = typeof text === "string" ? /^([0-9]+(?:\.[0-9]+)?)s$/.exec(text) : null;
  return match === null ? undefined : cap(Number(match[1]) * 1_000);
}

function cap(delayMs: number): number {
  return Math.min(Math.max(Math.ceil(delayMs), 0), longestRetryAfterMs);
}

function first(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value)?.trim() ?? "";
}

function readNumber(value: string | string[] | undefined): number | undefined {
  const text = first(value);
  return /^[0-9]+(?:\.[0-9]+)?$/.test(text) ? Number(text) : undefined;
}

/** @returns NaN for anything but a date. */
function readDate(value: string | string[] | undefined): number {
  const text = first(value);
  return /[a-z]{3}.*GMT$/i.test(text) ? Date.parse(text) : Number.NaN;
}
