import type { JsonValue } from "../../core/provider.ts";
import type { MediaTokens, UnitCounts } from "../../core/outcome.ts";
import type { PriceTier, TokenPrices } from "../../core/token-prices.ts";
import { isMembers } from "../../formats/kit/chat/chat-fields.ts";
import type { ModelRow } from "./model-table.ts";

/** Prices by LiteLLM's names. */
export type NamedPrices = Readonly<Record<string, number>>;

/** The names of prices of all prompts, and of those of more tokens than they say. */
const priceName =
  /^(?:input_cost_per_token|output_cost_per_token|cache_read_input_token_cost|cache_creation_input_token_cost(?:_above_1hr)?)(?:_above_(\d+)k_tokens)?$/;

/** The names of prices by the piece, the one that counts first. Who names two asks for one of them: a transcript is not paid for twice. */
const unitNames = {
  images: ["output_cost_per_image", "input_cost_per_image"],
  seconds: ["input_cost_per_second", "output_cost_per_second"],
  characters: ["input_cost_per_character"],
  queries: ["input_cost_per_query"],
} as const satisfies Record<keyof UnitCounts, readonly string[]>;

/** The names of prices of tokens that are no text. */
const mediaNames = {
  inputImage: "input_cost_per_image_token",
  outputImage: "output_cost_per_image_token",
  inputAudio: "input_cost_per_audio_token",
  outputAudio: "output_cost_per_audio_token",
} as const satisfies Record<keyof MediaTokens, string>;

/** Prices by the piece, and of tokens that are no text. */
export const pieceNames = [...Object.values(unitNames).flat(), ...Object.values(mediaNames)];
const unitNameSet: ReadonlySet<string> = new Set(Object.values(unitNames).flat());
const pieceNameSet: ReadonlySet<string> = new Set(pieceNames);

/** LiteLLM's name for the prices of a search in the web, by how much of what it finds is read. */
export const searchName = "search_context_cost_per_query";

/** The price among them that counts, as in LiteLLM: who is asked for an answer is not told how much it read. */
export function searchPrice(prices: JsonValue | undefined): number | undefined {
  const price = isMembers(prices) ? prices["search_context_size_medium"] : prices;
  return typeof price === "number" && price >= 0 && Number.isFinite(price) ? price : undefined;
}

/** Whether a setting of a model is a price of tokens or of pieces. */
export function isPriceName(name: string): boolean {
  return priceName.test(name) || pieceNameSet.has(name);
}

/**
 * What a model's tokens cost: what its operator says, else what the table does. Whoever gives a price of the input has said what there is to say
 * of all that the input costs, however long it is and whether or not a cache has it; likewise of the output. Whoever gives a price by the piece
 * has said that tokens have none.
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
  return {
    ...all,
    ...(tiers.length === 0 ? {} : { tiers }),
    ...(costPerSearch === undefined ? {} : { costPerSearch }),
    ...piecePrices(prices),
  };
}

function piecePrices(prices: NamedPrices): Pick<TokenPrices, "media" | "units"> {
  const units: Record<string, number> = {};
  for (const [unit, names] of Object.entries(unitNames)) {
    const given = names.flatMap((name) => prices[name] ?? []);
    // A second name that says nothing is no price.
    const price = given.find((one) => one > 0) ?? given[0];
    if (price !== undefined) units[unit] = price;
  }
  const media = Object.entries(mediaNames).flatMap(([kind, name]) => (prices[name] === undefined ? [] : [[kind, prices[name]] as const]));
  return {
    ...(media.length === 0 ? {} : { media: Object.fromEntries(media) }),
    ...(Object.keys(units).length === 0 ? {} : { units }),
  };
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
  const isByPiece = Object.keys(own).some((one) => unitNameSet.has(one));
  if (isByPiece || unitNameSet.has(name)) return isByPiece || Object.keys(own).some((one) => priceName.test(one));
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
