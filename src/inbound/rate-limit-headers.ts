import { toldWaitMs } from "../core/pick/no-capacity.ts";
import type { RateLimits, RateStatus } from "../core/rate-limits.ts";

/** What a caller is told of one limit, as OpenAI tells it. */
interface ToldRate {
  readonly limit: string;
  readonly remaining: string;
  /** Such as `6m0s`, `1s` or `20ms`. */
  readonly reset: string;
}

/** The names of the headers that {@link addRateLimitHeaders} adds. */
export const rateLimitHeaders: readonly string[] = ["requests", "tokens"].flatMap((what) =>
  ["limit", "remaining", "reset"].map((part) => `x-ratelimit-${part}-${what}`),
);

/** Adds to `headers` how the caller's limits stand, under OpenAI's names. @returns `headers`. */
export function addRateLimitHeaders<Headers extends Record<string, unknown>>(headers: Headers, { requests, tokens }: RateLimits): Headers {
  const all: Record<string, unknown> = headers;
  if (requests !== undefined) {
    const { limit, remaining, reset } = toldRate(requests);
    all["x-ratelimit-limit-requests"] = limit;
    all["x-ratelimit-remaining-requests"] = remaining;
    all["x-ratelimit-reset-requests"] = reset;
  }
  if (tokens !== undefined) {
    const { limit, remaining, reset } = toldRate(tokens);
    all["x-ratelimit-limit-tokens"] = limit;
    all["x-ratelimit-remaining-tokens"] = remaining;
    all["x-ratelimit-reset-tokens"] = reset;
  }
  return headers;
}

function toldRate({ limit, remaining, resetMs }: RateStatus): ToldRate {
  return { limit: whole(limit), remaining: whole(remaining), reset: goDuration(toldWaitMs(resetMs)) };
}

function whole(amount: number): string {
  return String(Math.floor(amount));
}

/** A duration as OpenAI writes it, rounded up: under a second in milliseconds, else in hours, minutes and seconds. */
export function goDuration(ms: number): string {
  if (ms <= 0) return "0s";
  if (ms <= 999) return `${Math.ceil(ms)}ms`;
  const seconds = Math.ceil(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds % 60}s`;
}
