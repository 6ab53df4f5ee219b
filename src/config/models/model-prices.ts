import type { JsonValue } from "../../core/provider.ts";
import type { PriceTier, TokenPrices } from "../../core/token-prices.ts";
import { isMembers } from "../../formats/kit/chat/chat-fields.ts";
import type { ModelRow } from "./model-table.ts";

/** Prices by LiteLLM's names. */
export type NamedPrices = Readonly<Record<string, number>>;

/** The names of prices of all prompts, and of those of more tokens than they say. */
const priceName =
  /^(?:input_cost_per_token|output_cost_per_token|cache_read_input_token_cost|cache_creation_input_token_cost(?:_above_1hr)?)(?:_above_(\d+)k_tokens)?$/;

/** LiteLLM's name for the prices of a search in the web, by how much of what it finds is read. */
export const searchName = "search_context_cost_per_query";

/** The price among them that counts, as in LiteLLM: who is asked for an answer is not told how much it read. */
export function searchPrice(prices: JsonValue | undefined): number | undefined {
  const price = isMembers(prices) ? prices["search_context_size_medium"] : prices;
  return typeof price === "number" && price >= 0 && Number.isFinite(price) ? price : undefined;
}

/** Whether a setting of a model is a price of tokens. */
export function isPriceName(name: string): boolean {
  return priceName.test(name);
}

/**
 * What a model's tokens cost: what its operator says, else what the table does. Whoever gives a price of the input has said what there is to say
 * of all that the input costs, however long it is and whether or not a cache has it; likewise of the output.
 */
export function modelPrices(own: NamedPrices, row: ModelRow | undefined): TokenPrices {
  if (row === undefined || Object.keys(own).length > 0) return mergedPrices(own, row ?? {});
  let prices = ofRows.get(row);
  if (prices === undefined) ofRows.set(row, (prices = mergedPrices(own, row)));
  return prices;
}

/** The prices of rows that no operator has changed: thousands of deployments may be of one model. */
const ofRows = new WeakMap<ModelRow, TokenPrices>();

function mergedPrices(own: NamedPrices, row: ModelRow): TokenPrices {
  const listed = Object.entries(row).filter(([name, value]) => typeof value === "number" && isPriceName(name) && !isSaid(name, own));
  const prices = Object.fromEntries([...listed, ...Object.entries(own)]) as NamedPrices;
  const all = pricesAt(prices, "", nothing);
  const tiers: PriceTier[] = [];
  for (const thousands of lengthsIn(prices)) {
    const shorter = tiers.at(-1) ?? all;
    tiers.push({ aboveTokens: thousands * 1_000, ...pricesAt(prices, `_above_${thousands}k_tokens`, shorter) });
  }
  const costPerSearch = own[searchName] ?? searchPrice(row[searchName]);
  return { ...all, ...(tiers.length === 0 ? {} : { tiers }), ...(costPerSearch === undefined ? {} : { costPerSearch }) };
}

/** What depends on how long a prompt is. */
type LengthPrices = Omit<PriceTier, "aboveTokens">;

const nothing: LengthPrices = {
  inputCostPerToken: undefined,
  outputCostPerToken: undefined,
  cacheReadCostPerToken: undefined,
  cacheWriteCostPerToken: undefined,
};

function isSaid(name: string, own: NamedPrices): boolean {
  return own[name.startsWith("output_") ? "output_cost_per_token" : "input_cost_per_token"] !== undefined;
}

function lengthsIn(prices: NamedPrices): readonly number[] {
  const lengths = Object.keys(prices).flatMap((name) => Number(priceName.exec(name)?.[1] ?? []));
  return [...new Set(lengths)].filter((length) => length > 0).toSorted((a, b) => a - b);
}

/** @param shorter The prices of shorter prompts, which count where nothing else is said. */
function pricesAt(prices: NamedPrices, suffix: string, shorter: LengthPrices): LengthPrices {
  const long = prices[`cache_creation_input_token_cost_above_1hr${suffix}`] ?? shorter.longCacheWriteCostPerToken;
  return {
    inputCostPerToken: prices[`input_cost_per_token${suffix}`] ?? shorter.inputCostPerToken,
    outputCostPerToken: prices[`output_cost_per_token${suffix}`] ?? shorter.outputCostPerToken,
    cacheReadCostPerToken: prices[`cache_read_input_token_cost${suffix}`] ?? shorter.cacheReadCostPerToken,
    cacheWriteCostPerToken: prices[`cache_creation_input_token_cost${suffix}`] ?? shorter.cacheWriteCostPerToken,
    ...(long === undefined ? {} : { longCacheWriteCostPerToken: long }),
  };
}
