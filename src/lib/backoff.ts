import type { Random } from "./random.ts";

const initialMs = 500;
const longestMs = 8_000;

/**
 * Milliseconds to wait before trying the same thing again: 0.5 s, doubled with each try up to 8 s. The upper half is left to chance, so that
 * callers that failed together do not come back together.
 * @param tries How many tries have failed, from 1.
 */
export function backoffMs(tries: number, random: Random): number {
  const full = Math.min(initialMs * 2 ** (tries - 1), longestMs);
  return full / 2 + (random.next() * full) / 2;
}
