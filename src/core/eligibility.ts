import type { Eligibility } from "./deployment-status.ts";
import type { Ledger } from "./ledger.ts";
import type { TableEntry } from "./table-entry.ts";

/** What decides about eligibility beside the deployment itself. */
export interface Demand {
  readonly now: number;
  /** Size of the request in bytes. */
  readonly requestBytes: number;
  readonly maxOutputTokens: number | undefined;
  readonly enforceRateLimits: boolean;
  /** Rows already tried for this call. */
  readonly tried: readonly number[];
}

/** Whether this deployment may take the request now, and if not, why. Knows nothing of its siblings. */
export function eligibility(entry: TableEntry, demand: Demand, ledger: Ledger): Eligibility {
  if (demand.tried.includes(entry.row)) return "already_tried";
  if (ledger.inFlight(entry.row) >= entry.parallelLimit) return "max_parallel_requests";
  if (!demand.enforceRateLimits) return "eligible";
  if (entry.rpmLimit !== Number.POSITIVE_INFINITY && ledger.usedRequests(entry.row, demand.now) + 1 > entry.rpmLimit) return "rpm_limit";
  if (entry.tpmLimit !== Number.POSITIVE_INFINITY) {
    const used = ledger.usedTokens(entry.row, demand.now);
    if (used + reservedTokens(entry, demand, ledger) > entry.tpmLimit) return "tpm_limit";
  }
  return "eligible";
}

/**
 * The tokens set aside for a request: what its prompt and its answer are likely to have. A request that is larger than the whole
 * limit takes all of it, so that it is served once the window is empty instead of never.
 */
export function reservedTokens(entry: TableEntry, demand: Demand, ledger: Ledger): number {
  const prompt = ledger.estimatePromptTokens(entry.row, demand.requestBytes);
  const output = ledger.estimateOutputTokens(entry.row, demand.maxOutputTokens);
  return Math.min(prompt + output, entry.tpmLimit);
}

/** Milliseconds until a deployment that is at a limit can take the request; undefined when no clock tells. */
export function msUntilEligible(entry: TableEntry, reason: Eligibility, demand: Demand, ledger: Ledger): number | undefined {
  switch (reason) {
    case "rpm_limit":
      return entry.rpmLimit < 1 ? undefined : ledger.msUntilRequests(entry.row, demand.now, entry.rpmLimit - 1);
    case "tpm_limit":
      return ledger.msUntilTokens(entry.row, demand.now, entry.tpmLimit - reservedTokens(entry, demand, ledger));
    default:
      return undefined;
  }
}
