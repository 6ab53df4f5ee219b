import type { LedgerView } from "./ledger-view.ts";

/** How many attempts beside the first one calls may make, so that trouble does not multiply the load. */

/** Hedges that may be saved up while none is needed. */
const mostSaved = 10;

/** Keeps hedges to a share of the calls: each call earns its share of one, each hedge spends one. */
export class HedgeBudget {
  readonly #earned = new Map<string, number>();

  /** @param ratio The share of the group's calls that may be hedged, 0 … 1. */
  earn(group: string, ratio: number): void {
    this.#earned.set(group, Math.min((this.#earned.get(group) ?? 0) + ratio, mostSaved));
  }

  /** @returns Whether there was one to spend. */
  spend(group: string): boolean {
    const earned = this.#earned.get(group) ?? 0;
    // A sum of tenths is a little less than the whole that it should be.
    if (earned < 1 - 1e-9) return false;
    this.#earned.set(group, earned - 1);
    return true;
  }
}

const retrySpanSeconds = 10;
const retryShare = 0.2;
const fewestRetries = 10;

/**
 * Whether a deployment may be asked again for calls that it has failed: for a fifth of the requests it got in the last ten seconds, and never
 * fewer than ten. Without a bound, a provider that is down is hit by every caller's retries on top of the calls. Moving on to another
 * deployment is not charged.
 */
export function hasRetryBudget(row: number, now: number, ledger: LedgerView): boolean {
  const allowed = Math.max(fewestRetries, retryShare * ledger.requestsWithin(row, now, retrySpanSeconds));
  return ledger.repeatsWithin(row, now, retrySpanSeconds) < allowed;
}
