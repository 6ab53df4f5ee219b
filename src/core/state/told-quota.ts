import type { QuotaLeft } from "../provider.ts";
import { real, realsPerRow, type RowArrays } from "./ledger-rows.ts";

/**
 * What providers tell of their limits. Many fill them steadily: the less is left, the longer until all is there again. Two replies tell the rate, and
 * from then on what is left is known between replies, so that calls leave as it comes. The caller holds the rows' lock.
 */

/** How long a spent limit of a provider is believed without asking: it may be raised before, and only a reply tells. */
export const longestQuotaMs = 60_000;
/** How long a limit holds whose provider does not say: most count by the minute, in which something comes back all the time. */
const usualQuotaMs = 10_000;
/** What is kept with each reply of the most that was left. */
const mostKept = 0.998;
/** Replies are compared that are so far apart in what they say of the time. */
const leastApartMs = 500;
/** The weight of a new sample of the rate. */
const weight = 0.3;
/** No call needs more than this share of all: a larger one goes when so much is there. */
const largestShare = 0.9;

/** Takes note of the requests that are left. @param longestMs How long a spent limit is believed. */
export function noteRequests(
  { reals }: RowArrays,
  row: number,
  now: number,
  { left, resetMs = usualQuotaMs }: QuotaLeft,
  longestMs: number,
): void {
  const at = row * realsPerRow;
  reals[at + real.quotaRequests] = left;
  reals[at + real.quotaRequestsMost] = Math.max(left, (reals[at + real.quotaRequestsMost] ?? 0) * mostKept);
  reals[at + real.quotaRequestsUntil] = now + Math.min(resetMs, longestMs);
}

/** The same of tokens. */
export function noteTokens({ reals }: RowArrays, row: number, now: number, { left, resetMs }: QuotaLeft, longestMs: number): void {
  const at = row * realsPerRow;
  reals[at + real.quotaTokens] = left;
  reals[at + real.quotaTokensMost] = Math.max(left, (reals[at + real.quotaTokensMost] ?? 0) * mostKept);
  reals[at + real.quotaTokensUntil] = now + Math.min(resetMs ?? usualQuotaMs, longestMs);
  reals[at + real.quotaTokensAt] = now;
  const rate = resetMs === undefined ? 0 : rateAfter(reals, at, left, resetMs);
  reals[at + real.quotaTokensRate] = rate;
  reals[at + real.quotaTokensFull] = left + rate * (resetMs ?? 0);
}

/** @returns Tokens that come back in a millisecond; 0 while that is not known, and where all come back at once. */
function rateAfter(reals: Float64Array, at: number, left: number, resetMs: number): number {
  const known = reals[at + real.quotaTokensRate] ?? 0;
  const apartMs = (reals[at + real.quotaComparedReset] ?? 0) - resetMs;
  const isFirst = (reals[at + real.quotaComparedReset] ?? 0) === 0 && known === 0;
  if (!isFirst && Math.abs(apartMs) < leastApartMs) return known;
  const more = left - (reals[at + real.quotaComparedLeft] ?? 0);
  reals[at + real.quotaComparedLeft] = left;
  reals[at + real.quotaComparedReset] = resetMs;
  if (isFirst) return 0;
  const rate = more / apartMs;
  if (rate <= 0) return 0;
  return known === 0 ? rate : known + (rate - known) * weight;
}

/** Until when so many tokens are not there, by the provider's own word; 0 when they are. */
export function tokensLackedUntil({ reals }: RowArrays, row: number, now: number, tokens: number): number {
  const at = row * realsPerRow;
  const left = reals[at + real.quotaTokens] ?? 0;
  const rate = reals[at + real.quotaTokensRate] ?? 0;
  if (rate <= 0) {
    const until = reals[at + real.quotaTokensUntil] ?? 0;
    return now < until && left < 1 ? until : 0;
  }
  const full = reals[at + real.quotaTokensFull] ?? 0;
  const lacked = Math.min(tokens, full * largestShare) - Math.min(left + rate * (now - (reals[at + real.quotaTokensAt] ?? 0)), full);
  return lacked <= 0 ? 0 : now + Math.ceil(lacked / rate) + 1;
}
