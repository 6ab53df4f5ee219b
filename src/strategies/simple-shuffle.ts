import type { Candidates, PickExplanation, StrategyPlugin } from "../core/strategy.ts";

/**
 * Random by weight: each deployment is as likely as its share of the candidates' weight. Keeps no state and looks at no load,
 * so the split is exact in the long run and a group's shares stay what the configuration says. The default.
 */
export const simpleShuffle: StrategyPlugin<undefined> = {
  name: "simple-shuffle",
  byWeightAlone: true,
  limitsAreShares: true,
  parseConfig: () => undefined,
  create: (_config, { random }) => ({ pick: (candidates) => candidates.sampleByWeight(random), explain }),
};

/** Where chance decides among several, the likeliest stands for them. */
function explain(candidates: Candidates): PickExplanation {
  let totalWeight = 0;
  for (const { weight } of candidates) totalWeight += weight;
  let pick = candidates.at(0);
  let drawable = 0;
  const scores: number[] = [];
  for (const candidate of candidates) {
    scores.push(totalWeight > 0 ? candidate.weight / totalWeight : 1 / candidates.length);
    if (candidate.weight > pick.weight) pick = candidate;
    if (candidate.weight > 0 || totalWeight === 0) drawable++;
  }
  return { pick, byChance: drawable > 1, meaning: "the chance of being drawn, 0 to 1", scores };
}
