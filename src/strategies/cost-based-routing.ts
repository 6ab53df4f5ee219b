import { explainLowest } from "../core/explain-lowest.ts";
import type { DeploymentView, PickContext, StrategyPlugin } from "../core/strategy.ts";
import { randomInt } from "../lib/random.ts";

/**
 * The deployment that this very call is expected to be cheapest on: its prices times the call's estimated tokens. Between
 * equal costs the one with the fewest requests in flight, then chance. All traffic goes to the cheapest until its limits make
 * it drop out of the candidates; that is the purpose.
 *
 * LiteLLM adds the two prices instead. Both agree where one deployment is cheaper in both prices; where they differ, the sum
 * sends a long prompt with a short answer to the dear input, which is not what anybody chose this strategy for.
 */
export const costBasedRouting: StrategyPlugin<undefined> = {
  name: "cost-based-routing",
  parseConfig: () => undefined,
  create: (_config, { random }) => ({
    pick(candidates, context) {
      let best = candidates.at(0);
      let lowest = Infinity;
      let fewest = Infinity;
      let ties = 0;
      for (let index = 0; index < candidates.length; index++) {
        const candidate = candidates.at(index);
        const cost = expectedCost(candidate, context);
        const inFlight = candidate.inFlight;
        if (cost < lowest || (cost === lowest && inFlight < fewest)) {
          best = candidate;
          lowest = cost;
          fewest = inFlight;
          ties = 1;
        } else if (cost === lowest && inFlight === fewest && randomInt(random, ++ties) === 0) {
          // The k-th of the ties replaces the choice with chance 1/k: in the end each had the same chance, in one pass.
          best = candidate;
        }
      }
      return best;
    },
    explain: (candidates, context) =>
      explainLowest(
        candidates,
        "what the call is expected to cost in US dollars, the cheapest first, and of equal ones the fewest calls in flight",
        (candidate) => expectedCost(candidate, context),
        ({ inFlight }) => inFlight,
      ),
  }),
};

function expectedCost(deployment: DeploymentView, { promptTokens, outputTokens }: PickContext): number {
  return costOf(promptTokens, deployment.inputCostPerToken) + costOf(outputTokens, deployment.outputCostPerToken);
}

/** USD. An unknown price is worse than any known one, but only where it applies: embeddings have no output to pay for. */
function costOf(tokens: number, costPerToken: number | undefined): number {
  if (tokens === 0) return 0;
  return costPerToken === undefined ? Infinity : tokens * costPerToken;
}
