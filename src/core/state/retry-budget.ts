import type { Ledger } from "./ledger.ts";

/**
 * How often a deployment may be asked again for calls that it has failed: for a fifth of the requests it got in the last ten seconds,
 * and never fewer than ten. Without a bound, a provider that is down is hit by every caller's retries on top of the calls. Moving on to
 * another deployment is not charged.
 */
const spanSeconds = 10;
const share = 0.2;
const fewest = 10;

export function hasRetryBudget(row: number, now: number, ledger: Ledger): boolean {
  const allowed = Math.max(fewest, share * ledger.requestsWithin(row, now, spanSeconds));
  return ledger.repeatsWithin(row, now, spanSeconds) < allowed;
}
