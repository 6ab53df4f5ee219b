import type { Deployment } from "../deployment.ts";
import type { Usage } from "../outcome.ts";
import type { Group } from "../table/group.ts";
import type { Resolution } from "../table/routing-table.ts";
import { sentModel } from "../table/wildcard.ts";
import type { TokenPrices } from "../token-prices.ts";

/** Where neither caller nor configuration says how long an answer may be, budgets count with so many tokens, and with no more. */
export const mostAssumedOutput = 16_384;

/** The dearest that a call to a group may come to: known prices in US dollars per token, and how long an answer may be without a caller's cap. */
export interface DearestPrices {
  readonly maxOutputTokens: number;
  /** The prices of prompts of more tokens than each says, the first of all prompts. A longer prompt's are no lower than a shorter one's. */
  readonly steps: readonly PriceStep[];
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
  return { steps, maxOutputTokens: highest(group.entries.map(({ deployment }) => deployment.maxOutputTokens ?? mostAssumedOutput)) };
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

/** What a request cost in US dollars at these prices. Undefined where a price that counts is not known. */
export function costOf(usage: Usage, prices: TokenPrices): number | undefined {
  const { promptTokens, outputTokens, cachedTokens = 0, cacheWriteTokens = 0, longCacheWriteTokens = 0 } = usage;
  const tier = prices.tiers?.findLast(({ aboveTokens }) => promptTokens > aboveTokens) ?? prices;
  const { inputCostPerToken: input, cacheWriteCostPerToken: write = input } = tier;
  const prompt = costOfTokens(promptTokens - cachedTokens - cacheWriteTokens, input);
  const cached = costOfTokens(cachedTokens, tier.cacheReadCostPerToken ?? input);
  const written = costOfTokens(cacheWriteTokens - longCacheWriteTokens, write);
  const kept = costOfTokens(longCacheWriteTokens, tier.longCacheWriteCostPerToken ?? write);
  const output = costOfTokens(outputTokens, tier.outputCostPerToken);
  if (prompt === undefined || cached === undefined || written === undefined || kept === undefined || output === undefined) return undefined;
  // A table that prices tokens need not price searches: what is known of the cost counts.
  return prompt + cached + written + kept + output + (usage.webSearches ?? 0) * (prices.costPerSearch ?? 0);
}

function costOfTokens(tokens: number, price: number | undefined): number | undefined {
  return tokens === 0 ? 0 : price === undefined ? undefined : tokens * price;
}
