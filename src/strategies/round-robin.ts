import type { DeploymentView, StrategyPlugin } from "../core/strategy.ts";

/** Credits this close are equal: the rounding of shares such as 1/7 must not decide between deployments. */
const rounding = 1e-9;

/**
 * Weighted round robin, smooth: 5:1:1 gives a, a, b, a, c, a, a rather than five a's in a row. With every pick one credit is
 * shared out among the candidates by weight; the richest is chosen and pays one. Ties go to the first.
 *
 * Counting in shares of a pick rather than in weights keeps every balance between about -1 and 1, so that neither a changed
 * weight nor a deployment that was away for a while has anything to catch up on: it goes on where it stopped, without a burst.
 */
export const roundRobin: StrategyPlugin<undefined> = {
  name: "round-robin",
  parseConfig: () => undefined,
  create() {
    /** By row. */
    let credits = new Float64Array(0);
    /** What a deployment has once this pick's credit is shared out. */
    const creditOf = ({ row, weight }: DeploymentView, totalWeight: number, length: number): number =>
      (credits[row] ?? 0) + (totalWeight > 0 ? weight / totalWeight : 1 / length);
    return {
      pick(candidates) {
        const { length } = candidates;
        // With one candidate the credit would go out and come back.
        if (length === 1) return candidates.at(0);
        let totalWeight = 0;
        let lastRow = 0;
        for (let index = 0; index < length; index++) {
          const { weight, row } = candidates.at(index);
          totalWeight += weight;
          if (row > lastRow) lastRow = row;
        }
        if (lastRow >= credits.length) credits = grown(credits, lastRow + 1);

        let best = candidates.at(0);
        let highest = -Infinity;
        for (let index = 0; index < length; index++) {
          const candidate = candidates.at(index);
          const credit = creditOf(candidate, totalWeight, length);
          credits[candidate.row] = credit;
          if (credit > highest + rounding) {
            best = candidate;
            highest = credit;
          }
        }
        credits[best.row] = highest - 1;
        return best;
      },
      explain(candidates) {
        let totalWeight = 0;
        for (const { weight } of candidates) totalWeight += weight;
        let pick = candidates.at(0);
        let highest = -Infinity;
        const scores: number[] = [];
        for (const candidate of candidates) {
          const credit = creditOf(candidate, totalWeight, candidates.length);
          scores.push(credit);
          if (credit <= highest + rounding) continue;
          pick = candidate;
          highest = credit;
        }
        return { pick, byChance: false, meaning: "credit that has gathered by weight, the most first, each pick costing 1", scores };
      },
    };
  },
};

/** At least doubled, so that a group that grows row by row is not copied each time. */
function grown(array: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(length, array.length * 2));
  larger.set(array);
  return larger;
}
