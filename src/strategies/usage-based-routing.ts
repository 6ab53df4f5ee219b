import { explainLowest, lowest } from "../core/pick/lowest.ts";
import type { DeploymentView, StrategyPlugin } from "../core/strategy.ts";

/**
 * The deployment that used the fewest tokens within the last minute; ties at random. Tokens count from the moment they are
 * reserved, so that concurrent calls see each other.
 *
 * Tokens are compared as they are, not as a share of `tpm`: a share means nothing beside a sibling without a limit, and a
 * deployment whose limit is reached is no candidate, so that the rest spills over to the larger ones by itself. In groups of 64 and
 * more, 8 that are drawn at random are compared. It loses where deployments differ in speed: a minute that is over says nothing of the work at hand.
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
    pick: (candidates) => lowest(candidates.few(random), usedTokens, random),
    explain: (candidates) => explainLowest(candidates, "tokens used within the last minute, the fewest first", usedTokens),
  }),
};

function usedTokens(deployment: DeploymentView): number {
  return deployment.usedTpm;
}
