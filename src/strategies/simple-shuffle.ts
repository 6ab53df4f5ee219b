import type { StrategyPlugin } from "../core/strategy.ts";

/**
 * Random by weight: each deployment is as likely as its share of the candidates' weight. Keeps no state and looks at no load,
 * so the split is exact in the long run and a group's shares stay what the configuration says. The default.
 */
export const simpleShuffle: StrategyPlugin<undefined> = {
  name: "simple-shuffle",
  parseConfig: () => undefined,
  create: (_config, { random }) => ({ pick: (candidates) => candidates.sampleByWeight(random) }),
};
