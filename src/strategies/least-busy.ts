import { explainLowest } from "../core/pick/explain-lowest.ts";
import type { StrategyPlugin } from "../core/strategy.ts";
import { randomInt } from "../lib/random.ts";

/**
 * The deployment with the fewest requests in flight; ties at random. The count is taken as it is, not divided by weight:
 * that is what the name promises where it comes from, and whoever answers faster empties sooner and so gets more anyway.
 * `p2c` is the one that relates load to weight. In groups of 64 and more, the count is compared among 8 that are drawn at random.
 */
export const leastBusy: StrategyPlugin<undefined> = {
  name: "least-busy",
  parseConfig: () => undefined,
  create: (_config, { random }) => ({
    pick(all) {
      const candidates = all.few(random);
      let best = candidates.at(0);
      let fewest = best.inFlight;
      let ties = 1;
      for (let index = 1; index < candidates.length; index++) {
        const candidate = candidates.at(index);
        const inFlight = candidate.inFlight;
        if (inFlight < fewest) {
          best = candidate;
          fewest = inFlight;
          ties = 1;
        } else if (inFlight === fewest && randomInt(random, ++ties) === 0) {
          // The k-th of the ties replaces the choice with chance 1/k: in the end each had the same chance, in one pass.
          best = candidate;
        }
      }
      return best;
    },
    explain: (candidates) => explainLowest(candidates, "calls in flight, the fewest first", ({ inFlight }) => inFlight),
  }),
};
