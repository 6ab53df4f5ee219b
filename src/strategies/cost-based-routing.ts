import { explainLowest, lowest } from "../core/pick/lowest.ts";
import type { LargeCandidates, DeploymentView, PickContext, StrategyPlugin } from "../core/strategy.ts";
import { randomInt, type Random } from "../lib/random.ts";
import { WeightedMinimum } from "../lib/search/weighted-minimum.ts";

/** In a large group, of more deployments with the same prices than this, the fewest in flight are looked for among some only. */
const scannedAlike = 16;
/** So many are drawn then, as elsewhere: see `core/pick/sample.ts`. */
const drawnAlike = 8;

/**
 * The deployment that this very call is expected to be cheapest on: its prices times the call's estimated tokens. Between
 * equal costs the one with the fewest requests in flight, then chance. All traffic goes to the cheapest until its limits make
 * it drop out of the candidates; that is the purpose.
 *
 * LiteLLM adds the two prices instead. Both agree where one deployment is cheaper in both prices; where they differ, the sum
 * sends a long prompt with a short answer to the dear input, which defeats the purpose.
 *
 * A group of 64 and more is not looked through: its pairs of prices are arranged once, so that the cheapest one with a candidate is found in a
 * few steps. Of more than 16 deployments with the same prices, 8 that are drawn at random are compared; between different prices that happen
 * to cost the same, chance decides.
 */
export const costBasedRouting: StrategyPlugin<undefined> = {
  name: "cost-based-routing",
  parseConfig: () => undefined,
  create(_config, { random }) {
    const arranged = new WeakMap<LargeCandidates["pool"], ArrangedPrices>();
    const pricesOf = (pool: LargeCandidates["pool"]): ArrangedPrices => {
      let prices = arranged.get(pool);
      if (prices === undefined) arranged.set(pool, (prices = new ArrangedPrices(pool)));
      return prices;
    };
    /** The call at hand, kept so that a pick allocates nothing. */
    let call: Pick<PickContext, "promptTokens" | "outputTokens"> = { promptTokens: 0, outputTokens: 0 };
    const cost = (candidate: DeploymentView): number => expectedCost(candidate, call);
    return {
      pick(candidates, context) {
        call = context;
        if (!candidates.many) return lowest(candidates, cost, random, inFlight);
        // Where no price is known, the fewest in flight of a few.
        const found = pricesOf(candidates.pool).cheapest(candidates, context, random);
        return found ?? lowest(candidates.few(random), cost, random, inFlight);
      },
      explain(candidates, context) {
        call = context;
        const meaning = "what the call is expected to cost in US dollars, the cheapest first, and of equal ones the fewest calls in flight";
        const explanation = explainLowest(candidates, meaning, cost, inFlight);
        if (!candidates.many) return explanation;
        return { ...explanation, meaning, byChance: isDrawn(candidates, context, explanation.pick) };
      },
    };
  },
};

/** Whether, in a large group, chance has a say in this pick: between equals, or because they are so many. */
function isDrawn(candidates: LargeCandidates, context: PickContext, pick: DeploymentView): boolean {
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
  #candidates: LargeCandidates | undefined;
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

  /** Undefined when no candidate's cost is known. */
  cheapest(candidates: LargeCandidates, { promptTokens, outputTokens }: PickContext, random: Random): DeploymentView | undefined {
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
function leastBusyOf(alike: readonly DeploymentView[], candidates: LargeCandidates, random: Random): DeploymentView | undefined {
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

function leastBusyOfAll(alike: readonly DeploymentView[], candidates: LargeCandidates, random: Random): DeploymentView | undefined {
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

function inFlight(deployment: DeploymentView): number {
  return deployment.inFlight;
}

function expectedCost(
  deployment: DeploymentView,
  { promptTokens, outputTokens }: Pick<PickContext, "promptTokens" | "outputTokens">,
): number {
  return costOf(promptTokens, deployment.inputCostPerToken) + costOf(outputTokens, deployment.outputCostPerToken);
}

/** USD. An unknown price is worse than any known one, but only where it applies: embeddings have no output to pay for. */
function costOf(tokens: number, costPerToken: number | undefined): number {
  if (tokens === 0) return 0;
  return costPerToken === undefined ? Infinity : tokens * costPerToken;
}
