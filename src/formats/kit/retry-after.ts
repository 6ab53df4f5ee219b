import type { UpstreamHeaders } from "../../core/upstream.ts";
import { readDate, readSpan, readUntil } from "./moments.ts";

/** A wait beyond this is no wait: what sums in milliseconds and timers can hold. */
const longestRetryAfterMs = 366 * 86_400_000;

/**
 * Reads when a provider says to try again: `retry-after-ms` and `x-ms-retry-after-ms` (Azure) in milliseconds, `retry-after` in seconds, as
 * a span (`30s`, `1m30s`) or as a date. A date is compared with the reply's own `date` where it has one: then a wrong clock does no harm.
 * @param wallTime Now, in milliseconds since the Unix epoch, for a date in a reply without one. Undefined when it is not known.
 * @returns Milliseconds from now; undefined when the headers say nothing usable.
 */
export function readRetryAfter(headers: UpstreamHeaders, wallTime?: number): number | undefined {
  const inMs = readNumber(headers["retry-after-ms"]) ?? readNumber(headers["x-ms-retry-after-ms"]);
  if (inMs !== undefined) return bounded(inMs);
  const text = first(headers["retry-after"]);
  if (text === "") return undefined;
  return bounded(readUntil(text, replyTime(headers, wallTime)));
}

/** Reads the `retryDelay` of Google's error details, such as `38.5s`. @returns Milliseconds. */
export function readRetryDelay(text: unknown): number | undefined {
  return typeof text === "string" ? bounded(readSpan(text)) : undefined;
}

/** When a reply was made, by its own `date`, else by our clock. @returns Milliseconds since the Unix epoch. */
export function replyTime(headers: UpstreamHeaders, wallTime: number | undefined): number | undefined {
  return readDate(first(headers["date"])) ?? wallTime;
}

/** A wait that a message names, and the words that do. */
export interface SaidWait {
  readonly waitMs: number;
  readonly words: string;
}

/** `try again in 6m0s`, `retry after 26 seconds`, `Please wait 1 minute and 30 seconds`. */
const waitPhrase =
  /\b(?:try again|retry|retrying|wait|again|resets?|available again)\b(?: (?:after|in|for|at least|another))* ((?:\d+(?:\.\d+)? ?(?:milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?: and |, | )?){1,4})(?![a-z0-9])/i;
const waitPart = /(\d+(?:\.\d+)?) ?(ms|msec|milli|[smhd])/gi;

/** Finds how long a provider's message asks to wait. */
export function findWait(message: string): SaidWait | undefined {
  const match = waitPhrase.exec(message);
  if (match === null) return undefined;
  let sum = 0;
  for (const [, amount = "", unit = ""] of (match[1] ?? "").matchAll(waitPart)) {
    sum += readSpan(`${amount}${/^m(?:s|illi)/i.test(unit) ? "ms" : unit.toLowerCase()}`) ?? 0;
  }
  return { waitMs: bounded(sum) ?? 0, words: match[0] };
}

function bounded(delayMs: number | undefined): number | undefined {
  return delayMs === undefined ? undefined : Math.min(Math.max(Math.ceil(delayMs), 0), longestRetryAfterMs);
}

function first(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value)?.trim() ?? "";
}

function readNumber(value: string | string[] | undefined): number | undefined {
  const text = first(value);
  return /^[0-9]+(?:\.[0-9]+)?$/.test(text) ? Number(text) : undefined;
}
