/**
 * From a foreign client's hanging up until it sees its upstream freed. The service's own part is held to 100 ms elsewhere; the
 * rest is for the way there and back on a busy machine.
 */
export const longestUntilFreeMs = 1_000;
