import { explainLowest } from "../core/pick/explain-lowest.ts";
import type { StrategyPlugin } from "../core/strategy.ts";
import { randomInt } from "../lib/random.ts";

/**
 * The deployment that used the fewest tokens within the last minute; ties at random. Tokens count from the moment they are
 * reserved, so that concurrent calls see each other.
 *
 * Tokens are compared as they are, not as a share of `tpm`: a share means nothing beside a sibling without a limit, and a
 * deployment whose limit is reached is no candidate, so that the rest spills over to the larger ones by itself. In groups of 64 and
 * more, 8 that are drawn at random are compared.
 */
export const usageBasedRouting: StrategyPlugin<undefined> = {
  name: "usage-based-routing",
  aliases: ["usage-based-routing-v2"],
  parseConfig(args) {
    args.number("ttl", {
      default: 60,
      min: 0,
      description: "Accepted for compatibility, no effect: usage is always counted over a rolling window of 60 seconds.",
    });
    return undefined;
  },
  create: (_config, { random }) => ({
    pick(all) {
      const candidates = all.few(random);
      let best = candidates.at(0);
      let fewest = best.usedTpm;
      let ties = 1;
      for (let index = 1; index < candidates.length; index++) {
        const candidate = candidates.at(index);
        const usedTpm = candidate.usedTpm;
        if (usedTpm < fewest) {
          best = candidate;
          fewest = usedTpm;
          ties = 1;
        } else if (usedTpm === fewest && randomInt(random, ++ties) === 0) {
          // The k-th of the ties replaces the choice with chance 1/k: in the end each had the same chance, in one pass.
          best = candidate;
        }
      }
      return best;
    },
    explain: (candidates) => explainLowest(candidates, "tokens used within the last minute, the fewest first", ({ usedTpm }) => usedTpm),
  }),
};
