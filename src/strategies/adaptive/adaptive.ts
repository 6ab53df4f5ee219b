import { explainLowest, lowest } from "../../core/pick/lowest.ts";
import type { DeploymentView, StrategyPlugin } from "../../core/strategy.ts";
import { type AdaptiveConfig, AdaptiveScores } from "./score.ts";

/**
 * The deployment with the least work before it, as far as it can be seen: prompt tokens of calls that have no content yet, and what is still
 * expected of each answer, output tokens weighted by what they cost. Weights are capacities. It needs no speeds: what a slow deployment has
 * before it simply stays, and is seen. Where the beginning of a prompt was
 * read before, there is less to read. A call that is close to a limit, a deployment that fails or answers far later than the others, and where
 * it is asked for the price, count as more work; see docs/routing.md.
 *
 * It loses to `least-busy` nowhere that is known, but it follows each stream, which costs a little. Answers that are not streamed
 * show no progress: of them it knows what `least-busy` knows, and how long they are likely to be. In groups of 64 and more, 8 deployments that are
 * drawn at random are compared.
 */
export const adaptive: StrategyPlugin<AdaptiveConfig> = {
  name: "adaptive",
  readsProgress: true,
  readsPrefixes: true,
  parseConfig: (args) => ({
    outputWeight: args.number("output_weight", {
      default: 2,
      min: 0,
      description:
        "How many prompt tokens of waiting work one expected output token weighs. 2 by default: an engine writes some five times slower than it " +
        "reads, but what waits to be read holds up a new call more than what is being written.",
    }),
    cacheWeight: args.number("cache_weight", {
      default: 2,
      min: 0,
      description:
        "How many tokens of waiting work one prompt token outweighs that a deployment remembers from an earlier call; 0 keeps nothing together. " +
        "2 by default: beside the reading that it saves, the prompt need not be remembered twice, and the next turn finds it in one place.",
    }),
    priceWeight: args.number("price_weight", {
      default: 0,
      min: 0,
      description:
        "How much the price of a call counts: with 1, a deployment of twice the candidates' mean price counts as if it had the mean work once more. " +
        "0 by default: prices play no part.",
    }),
  }),
  create(config, { random }) {
    const scores = new AdaptiveScores(config);
    /** By pool, which is the very same array until a weight changes. */
    const meanWeights = new WeakMap<readonly DeploymentView[], number>();
    const meanWeightOf = (pool: readonly DeploymentView[]): number => {
      let mean = meanWeights.get(pool);
      if (mean === undefined) meanWeights.set(pool, (mean = meanWeight(pool)));
      return mean;
    };
    const scoreOf = (_one: DeploymentView, index: number): number => scores.total[index] ?? Infinity;
    return {
      pick(all, context) {
        const candidates = all.few(random);
        if (candidates.length === 1) return candidates.at(0);
        scores.fill(candidates, context, meanWeightOf(all.pool));
        return lowest(candidates, scoreOf, random);
      },
      explain(candidates, context) {
        scores.fill(candidates, context, meanWeightOf(candidates.pool));
        const meaning = "work before each for its weight, in prompt tokens, with what else speaks against it, the least first";
        const explanation = explainLowest(candidates, meaning, scoreOf);
        return { ...explanation, details: explanation.scores.map((_score, index) => detailOf(scores, candidates.at(index), index)) };
      },
    };
  },
};

function meanWeight(pool: readonly DeploymentView[]): number {
  let sum = 0;
  for (const { weight } of pool) sum += weight;
  return sum > 0 ? sum / pool.length : 1;
}

/** What one score is made of. */
function detailOf(scores: AdaptiveScores, one: DeploymentView, index: number): string {
  const parts = [`Has ${Math.round(one.waitingPromptTokens)} tokens to read, ${Math.round(one.expectedRestTokens)} to write`];
  const remembered = Math.round(scores.remembered[index] ?? 0);
  if (remembered > 0) parts.push(`what it remembers of the prompt counts as ${remembered} less`);
  const late = scores.late[index] ?? 0;
  if (late > 0) parts.push(`late answers make it ${(1 + late).toFixed(1)} times as much`);
  const extra = [
    ["failures", scores.failing],
    ["limits", scores.tight],
    ["its price", scores.dear],
  ] as const;
  for (const [name, shares] of extra) {
    const counted = Math.round((shares[index] ?? 0) * scores.scale);
    if (counted > 0) parts.push(`${name} count as ${counted} more`);
  }
  return `${parts.join("; ")}.`;
}
