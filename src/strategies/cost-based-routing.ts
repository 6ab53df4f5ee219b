import { explainLowest } from "../core/pick/explain-lowest.ts";
import type { Candidates, DeploymentView, PickContext, StrategyPlugin } from "../core/strategy.ts";
import { randomInt, type Random } from "../lib/random.ts";
import { WeightedMinimum } from "../lib/search/weighted-minimum.ts";

/** In a large group, of more deployments with the same prices than this, the fewest in flight are looked for among some only. */
const scannedAlike = 16;
/** These are drawn, as elsewhere: see `core/pick/sample.ts`. */
const drawnAlike = 8;

/**
 * The deployment that this very call is expected to be cheapest on: its prices times the call's estimated tokens. Between
 * equal costs the one with the fewest requests in flight, then chance. All traffic goes to the cheapest until its limits make
 * it drop out of the candidates; that is the purpose.
 *
 * LiteLLM adds the two prices instead. Both agree where one deployment is cheaper in both prices; where they differ, the sum
 * sends a long prompt with a short answer to the dear input, which is not what anybody chose this strategy for.
 *
 * A group of 64 and more is not looked through: its pairs of prices are arranged once, so that the cheapest one with a candidate is found in a
 * few steps. Of more than 16 deployments with the same prices, 8 that are drawn at random are compared; between different prices that happen
 * to cost the same, chance decides.
 */
export const costBasedRouting: StrategyPlugin<undefined> = {
  name: "cost-based-routing",
  parseConfig: () => undefined,
  create(_config, { random }) {
    const arranged = new WeakMap<Candidates["pool"], ArrangedPrices>();
    const pricesOf = (pool: Candidates["pool"]): ArrangedPrices => {
      let prices = arranged.get(pool);
      if (prices === undefined) arranged.set(pool, (prices = new ArrangedPrices(pool)));
      return prices;
    };
    return {
      pick(candidates, context) {
        if (!candidates.many) return cheapest(candidates, context, random);
        // Where no price is known, the fewest in flight of a few.
        return pricesOf(candidates.pool).cheapest(candidates, context, random) ?? cheapest(candidates.few(random), context, random);
      },
      explain(candidates, context) {
        const meaning = "what the call is expected to cost in US dollars, the cheapest first, and of equal ones the fewest calls in flight";
        const byCost = (candidate: DeploymentView): number => expectedCost(candidate, context);
        const explanation = explainLowest(candidates, meaning, byCost, ({ inFlight }) => inFlight);
        if (!candidates.many) return explanation;
        return { ...explanation, meaning, byChance: isDrawn(candidates, context, explanation.pick) };
      },
    };
  },
};

function cheapest(candidates: Candidates, context: PickContext, random: Random): DeploymentView {
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
}

/** Whether, in a large group, chance has a say in this pick: between equals, or because they are so many. */
function isDrawn(candidates: Candidates, context: PickContext, pick: DeploymentView): boolean {
  const cost = expectedCost(pick, context);
  const equal = candidates.pool.filter((one) => expectedCost(one, context) === cost);
  return (
    cost === Infinity ||
    equal.length > scannedAlike ||
    equal.some((one) => one !== pick && candidates.includes(one) && (one.inFlight === pick.inFlight || priceKey(one) !== priceKey(pick)))
  );
}

/** A large group's deployments by their prices. */
class ArrangedPrices {
  readonly #alike: readonly (readonly DeploymentView[])[];
  readonly #search: WeightedMinimum;
  #candidates: Candidates | undefined;
  #random: Random | undefined;
  #found: DeploymentView | undefined;
  #equal = 0;

  constructor(pool: readonly DeploymentView[]) {
    this.#alike = [...Map.groupBy(pool, priceKey).values()];
    const prices = this.#alike.map(([first]) => first);
    this.#search = new WeightedMinimum(
      prices.map((one) => one?.inputCostPerToken ?? Infinity),
      prices.map((one) => one?.outputCostPerToken ?? Infinity),
    );
  }

  /** Undefined: nobody's cost is known. */
  cheapest(candidates: Candidates, { promptTokens, outputTokens }: PickContext, random: Random): DeploymentView | undefined {
    this.#candidates = candidates;
    this.#random = random;
    this.#found = undefined;
    this.#equal = 0;
    this.#search.search(promptTokens, outputTokens, this.#accept);
    return this.#found;
  }

  readonly #accept = (index: number, isEqual: boolean): boolean => {
    const alike = this.#alike[index] ?? [];
    if (this.#candidates === undefined || this.#random === undefined) return false;
    const found = leastBusyOf(alike, this.#candidates, this.#random);
    if (found === undefined) return false;
    this.#equal = isEqual ? this.#equal + alike.length : alike.length;
    if (!isEqual || randomInt(this.#random, this.#equal) < alike.length) this.#found = found;
    return true;
  };
}

/** The candidate with the fewest requests in flight, of deployments with the same prices; of many, only of a few of them. */
function leastBusyOf(alike: readonly DeploymentView[], candidates: Candidates, random: Random): DeploymentView | undefined {
  if (alike.length <= scannedAlike) return leastBusyOfAll(alike, candidates, random);
  let best: DeploymentView | undefined;
  let fewest = Infinity;
  let found = 0;
  // When luck fails for so long, looking at all is hardly dearer.
  for (let draw = 0; found < drawnAlike && draw < drawnAlike + alike.length / 8; draw++) {
    const one = alike[randomInt(random, alike.length)];
    if (one === undefined || !candidates.includes(one)) continue;
    found += 1;
    const inFlight = one.inFlight;
    if (inFlight >= fewest) continue;
    best = one;
    fewest = inFlight;
  }
  return best ?? leastBusyOfAll(alike, candidates, random);
}

function leastBusyOfAll(alike: readonly DeploymentView[], candidates: Candidates, random: Random): DeploymentView | undefined {
  let best: DeploymentView | undefined;
  let fewest = Infinity;
  let ties = 0;
  for (const one of alike) {
    const inFlight = one.inFlight;
    if (inFlight > fewest || !candidates.includes(one)) continue;
    ties = inFlight < fewest ? 1 : ties + 1;
    fewest = inFlight;
    if (ties === 1 || randomInt(random, ties) === 0) best = one;
  }
  return best;
}

function priceKey({ inputCostPerToken, outputCostPerToken }: DeploymentView): string {
  return `${inputCostPerToken} ${outputCostPerToken}`;
}

function expectedCost(deployment: DeploymentView, { promptTokens, outputTokens }: PickContext): number {
  return costOf(promptTokens, deployment.inputCostPerToken) + costOf(outputTokens, deployment.outputCostPerToken);
}

/** USD. An unknown price is worse than any known one, but only where it applies: embeddings have no output to pay for. */
function costOf(tokens: number, costPerToken: number | undefined): number {
  if (tokens === 0) return 0;
  return costPerToken === undefined ? Infinity : tokens * costPerToken;
}
