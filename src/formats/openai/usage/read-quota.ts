import type { Quota } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";

/** A reset further away (of a day's quota) counts as one in a minute, since the quota may be raised before. */
const longestResetMs = 60_000;

/**
 * Reads what a provider says is left of its limits: `x-ratelimit-remaining-requests`, `-tokens`, and when they are whole again
 * (`x-ratelimit-reset-…`, as `6m0s`, `120ms`, `1.5` seconds).
 * @returns undefined when it says nothing, which is the common case and costs two look-ups.
 */
export function readQuota(headers: UpstreamHeaders): Quota | undefined {
  const requests = headers["x-ratelimit-remaining-requests"];
  const tokens = headers["x-ratelimit-remaining-tokens"];
  if (requests === undefined && tokens === undefined) return undefined;
  return {
    requests: readLeft(requests, headers["x-ratelimit-reset-requests"]),
    tokens: readLeft(tokens, headers["x-ratelimit-reset-tokens"]),
  };
}

function readLeft(left: string | string[] | undefined, reset: string | string[] | undefined): Quota["requests"] {
  if (typeof left !== "string" || typeof reset !== "string" || !/^\d+$/.test(left)) return undefined;
  const resetMs = readDuration(reset);
  return resetMs === undefined ? undefined : { left: Number(left), resetMs: Math.min(resetMs, longestResetMs) };
}

const duration = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;

/** Reads `1h2m3.5s`, `120ms`, or a bare number of seconds. @returns Milliseconds. */
function readDuration(text: string): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const match = text === "" ? null : duration.exec(text);
  if (match === null) return undefined;
  const [, hours = 0, minutes = 0, seconds = 0, milliseconds = 0] = match;
  return (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000 + Number(milliseconds);
}
