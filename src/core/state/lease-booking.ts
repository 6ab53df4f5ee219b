import { type LeaseRows, pots } from "./lease-rows.ts";

/** What was not used is given back to all nodes while it is surely still in their window. */
const youngEnoughSeconds = 57;

/** Books an attempt that begins. The caller holds the rows' lock. */
export function bookAttempt(leases: LeaseRows, row: number, promptTokens: number, outputTokens: number): void {
  leases.book(row, pots.requests, 1);
  leases.book(row, pots.dayRequests, 1);
  bookTokens(leases, row, promptTokens, outputTokens);
}

/** The same of tokens alone. */
export function bookTokens(leases: LeaseRows, row: number, promptTokens: number, outputTokens: number): void {
  leases.book(row, pots.tokens, promptTokens + outputTokens);
  leases.book(row, pots.promptTokens, promptTokens);
  leases.book(row, pots.outputTokens, outputTokens);
  leases.book(row, pots.dayTokens, promptTokens + outputTokens);
}

/**
 * Replaces what was set aside by what was used. The caller holds the rows' lock.
 * @param ageSeconds Since it was set aside.
 * @param prompt How much more was used than set aside, as of `output`.
 */
export function settleTokens(leases: LeaseRows, row: number, ageSeconds: number, prompt: number, output: number): void {
  settle(leases, row, pots.tokens, prompt + output, ageSeconds);
  settle(leases, row, pots.promptTokens, prompt, ageSeconds);
  settle(leases, row, pots.outputTokens, output, ageSeconds);
  settle(leases, row, pots.dayTokens, prompt + output, 0);
}

function settle(leases: LeaseRows, row: number, pot: number, difference: number, ageSeconds: number): void {
  if (difference > 0) leases.book(row, pot, difference);
  else if (difference < 0 && ageSeconds <= youngEnoughSeconds) leases.credit(row, pot, -difference);
}
