import type { Deployment } from "../deployment.ts";
import type { MediaTokens, UnitCounts, Usage } from "../outcome.ts";
import type { Group } from "../table/group.ts";
import type { Resolution } from "../table/routing-table.ts";
import { sentModel } from "../table/wildcard.ts";
import type { PriceTier, TokenPrices } from "../token-prices.ts";

/** Where neither caller nor configuration says how long an answer may be, budgets count with so many tokens, and with no more. */
export const mostAssumedOutput = 16_384;

/** The dearest that a call to a group may come to: known prices in US dollars per token, and how long an answer may be without a caller's cap. */
export interface DearestPrices {
  readonly maxOutputTokens: number;
  /** The prices of prompts of more tokens than each says, the first of all prompts. A longer prompt's are no lower than a shorter one's. */
  readonly steps: readonly PriceStep[];
  /** For each piece of what is priced so. Omit it where nothing is. */
  readonly units?: UnitCounts | undefined;
}

interface PriceStep {
  readonly aboveTokens: number;
  readonly inputCostPerToken: number;
  readonly outputCostPerToken: number;
}

/** What was found of a group. A group is of one table, so its prices stay. */
interface KnownPrices {
  /** Undefined where they depend on the model that is asked for. */
  readonly ofAll: DearestPrices | undefined;
  readonly byModel: Map<string, DearestPrices>;
}

/** Callers make up names under a wildcard. */
const mostModels = 256;

const known = new WeakMap<Group, KnownPrices>();

/**
 * The dearest known prices of the deployments that a name led to; 0 where none is known.
 * @param model The name, of which a wildcard makes the models' own.
 */
export function dearestPrices({ group, captures }: Pick<Resolution, "group" | "captures">, model: string): DearestPrices {
  let prices = known.get(group);
  if (prices === undefined) {
    const isPlain = group.entries.every(({ deployment }) => deployment.pricesOf === undefined);
    known.set(group, (prices = { ofAll: isPlain ? dearestOf(group, (one) => one) : undefined, byModel: new Map() }));
  }
  const { ofAll, byModel } = prices;
  if (ofAll !== undefined) return ofAll;
  let found = byModel.get(model);
  if (found === undefined) {
    if (byModel.size >= mostModels) byModel.clear();
    byModel.set(model, (found = dearestOf(group, (one) => pricesUnder(one, captures, model))));
  }
  return found;
}

function pricesUnder(deployment: Deployment, captures: readonly string[] | undefined, model: string): TokenPrices {
  return deployment.pricesOf?.(sentModel(deployment, captures, model)) ?? deployment;
}

function dearestOf(group: Group, pricesFor: (deployment: Deployment) => TokenPrices): DearestPrices {
  const all = group.entries.map(({ deployment }) => pricesFor(deployment));
  const lengths = new Set(all.flatMap(({ tiers = [] }) => tiers.map(({ aboveTokens }) => aboveTokens)));
  const steps = [0, ...[...lengths].toSorted((a, b) => a - b)].map((aboveTokens) => {
    // A tier may be cheaper than what is below it, and a prompt is only known to be no longer than it could be.
    const possible = all.flatMap((prices) => [prices, ...(prices.tiers ?? []).filter((tier) => tier.aboveTokens <= aboveTokens)]);
    return {
      aboveTokens,
      inputCostPerToken: highest(possible.map(dearestInput)),
      outputCostPerToken: highest(possible.map(({ outputCostPerToken = 0 }) => outputCostPerToken)),
    };
  });
  const maxOutputTokens = highest(group.entries.map(({ deployment }) => deployment.maxOutputTokens ?? mostAssumedOutput));
  return { steps, maxOutputTokens, ...dearestUnits(all) };
}

function dearestUnits(all: readonly TokenPrices[]): Pick<DearestPrices, "units"> {
  const priced = all.flatMap(({ units }) => units ?? []);
  if (priced.length === 0) return {};
  return { units: Object.fromEntries(unitNames.map((name) => [name, highest(priced.map((units) => units[name] ?? 0))])) };
}

/** The highest of numbers of which none is negative; 0 of none. There may be more of them than a function takes. */
function highest(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}

function dearestInput(prices: Omit<TokenPrices, "tiers">): number {
  const { inputCostPerToken = 0, cacheWriteCostPerToken = 0, cacheReadCostPerToken = 0, longCacheWriteCostPerToken = 0 } = prices;
  return Math.max(inputCostPerToken, cacheWriteCostPerToken, cacheReadCostPerToken, longCacheWriteCostPerToken);
}

/** The prices of a prompt that has at most so many tokens. */
export function stepOf({ steps }: DearestPrices, mostTokens: number): PriceStep | undefined {
  return steps.findLast(({ aboveTokens }) => mostTokens > aboveTokens) ?? steps[0];
}

/**
 * What a request cost in US dollars at these prices. What is priced by the piece counts where the tokens cost nothing or have no price: who
 * counts both (tokens of an image, and images) charges for one of them. Undefined where a price that counts is not known, or where the pieces
 * that have a price were not told.
 */
export function costOf(usage: Usage, prices: TokenPrices): number | undefined {
  const tokens = costOfAllTokens(usage, prices);
  if (prices.units === undefined || (tokens !== undefined && tokens > 0)) return tokens;
  const pieces = costOfUnits(usage, prices.units);
  if (pieces !== undefined) return (tokens ?? 0) + pieces;
  return usage.promptTokens + usage.outputTokens === 0 ? undefined : tokens;
}

function costOfAllTokens(usage: Usage, prices: TokenPrices): number | undefined {
  const { promptTokens, outputTokens, cachedTokens = 0, cacheWriteTokens = 0, longCacheWriteTokens = 0 } = usage;
  const tier = prices.tiers?.findLast(({ aboveTokens }) => promptTokens > aboveTokens) ?? prices;
  const { inputCostPerToken: input, outputCostPerToken, cacheWriteCostPerToken: write = input } = tier;
  const media = usage.media === undefined ? noMedia : mediaOf(usage.media, tier, prices);
  const prompt = costOfTokens(Math.max(promptTokens - cachedTokens - cacheWriteTokens - media.input, 0), input);
  const cached = costOfTokens(cachedTokens, tier.cacheReadCostPerToken ?? input);
  const written = costOfTokens(cacheWriteTokens - longCacheWriteTokens, write);
  const kept = costOfTokens(longCacheWriteTokens, tier.longCacheWriteCostPerToken ?? write);
  const output = costOfTokens(Math.max(outputTokens - media.output, 0), outputCostPerToken);
  if (prompt === undefined || cached === undefined || written === undefined || kept === undefined || output === undefined) return undefined;
  if (media.usd === undefined) return undefined;
  // A table that prices tokens need not price searches: what is known of the cost counts.
  return prompt + cached + written + kept + output + media.usd + (usage.webSearches ?? 0) * (prices.costPerSearch ?? 0);
}

/** How many of the tokens are of images and audio, and what these cost. */
interface MediaCost {
  readonly input: number;
  readonly output: number;
  readonly usd: number | undefined;
}

const noMedia: MediaCost = { input: 0, output: 0, usd: 0 };

function mediaOf(
  tokens: MediaTokens,
  { inputCostPerToken, outputCostPerToken }: PriceTier | TokenPrices,
  { media }: TokenPrices,
): MediaCost {
  const { inputImage = 0, outputImage = 0, inputAudio = 0, outputAudio = 0 } = tokens;
  const costs = [
    costOfTokens(inputImage, media?.inputImage ?? inputCostPerToken),
    costOfTokens(outputImage, media?.outputImage ?? outputCostPerToken),
    costOfTokens(inputAudio, media?.inputAudio ?? inputCostPerToken),
    costOfTokens(outputAudio, media?.outputAudio ?? outputCostPerToken),
  ];
  const usd = costs.includes(undefined) ? undefined : costs.reduce<number>((sum, cost = 0) => sum + cost, 0);
  return { input: inputImage + inputAudio, output: outputImage + outputAudio, usd };
}

/** What pieces cost; undefined where none of those that were counted has a price. */
export function costOfUnits(counts: UnitCounts, prices: UnitCounts): number | undefined {
  let sum: number | undefined;
  for (const name of unitNames) {
    const [count, price] = [counts[name], prices[name]];
    if (count !== undefined && price !== undefined) sum = (sum ?? 0) + count * price;
  }
  return sum;
}

/** All that is counted by the piece. */
export const unitNames = ["images", "seconds", "characters", "queries"] as const satisfies readonly (keyof UnitCounts)[];

function costOfTokens(tokens: number, price: number | undefined): number | undefined {
  return tokens === 0 ? 0 : price === undefined ? undefined : tokens * price;
}
