import { type LeaseRows, pots } from "./lease-rows.ts";

/** Limits of a row, each Infinity where there is none. */
export interface RowLimits {
  readonly rpm: number;
  readonly tpm: number;
  readonly itpm: number;
  readonly otpm: number;
  readonly parallel: number;
  readonly rpd: number;
  readonly tpd: number;
}

/** Says of a row what its limits are, so that what is used of them is leased. */
export function declareLimits(leases: LeaseRows, row: number, limits: RowLimits): void {
  leases.declare(row, pots.requests, limits.rpm);
  leases.declare(row, pots.tokens, limits.tpm);
  leases.declare(row, pots.promptTokens, limits.itpm);
  leases.declare(row, pots.outputTokens, limits.otpm);
  leases.declare(row, pots.slots, limits.parallel);
  leases.declare(row, pots.dayRequests, limits.rpd);
  leases.declare(row, pots.dayTokens, limits.tpd);
}
