import { explainLowest, lowest } from "../core/pick/lowest.ts";
import type { DeploymentView, StrategyPlugin } from "../core/strategy.ts";

/**
 * The deployment with the fewest requests in flight; ties at random. The count is taken as it is, not divided by weight:
 * that is what the name means in LiteLLM, and a faster deployment empties sooner and so gets more anyway.
 * `p2c` is the one that relates load to weight. In groups of 64 and more, the count is compared among 8 that are drawn at random.
 *
 * It loses where sizes differ: a long prompt counts like a short one (docs/routing.md).
 */
export const leastBusy: StrategyPlugin<undefined> = {
  name: "least-busy",
  parseConfig: () => undefined,
  create: (_config, { random }) => ({
    pick: (candidates) => lowest(candidates.few(random), inFlight, random),
    explain: (candidates) => explainLowest(candidates, "calls in flight, the fewest first", inFlight),
  }),
};

function inFlight(deployment: DeploymentView): number {
  return deployment.inFlight;
}
