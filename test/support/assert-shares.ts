import assert from "node:assert/strict";

/** Chi-square values that chance alone exceeds once in 1,000 times, for 1, 2, 3, … degrees of freedom. */
const limits = [10.83, 13.82, 16.27, 18.47, 20.52, 22.46, 24.32];

/**
 * Asserts that counts are what chance makes of the given shares.
 *
 * @param shares In any unit. At most 8, and none of 0.
 */
export function assertShares(counts: readonly number[], shares: readonly number[]): void {
  assert.equal(counts.length, shares.length);
  const picks = counts.reduce((sum, count) => sum + count, 0);
  const whole = shares.reduce((sum, share) => sum + share, 0);
  const chiSquare = shares.reduce((sum, share, index) => {
    const expected = (picks * share) / whole;
    return sum + ((counts[index] ?? 0) - expected) ** 2 / expected;
  }, 0);
  const limit = limits[counts.length - 2];
  assert.ok(limit !== undefined, `no limit for ${counts.length} shares`);
  assert.ok(chiSquare < limit, `${counts.join(" : ")} is not ${shares.join(" : ")} (chi-square ${chiSquare.toFixed(1)}, limit ${limit})`);
}
