import type { MediaTokens, UnitCounts } from "./outcome.ts";

/** What tokens cost, in US dollars each; a price that is undefined is not known. */
export interface TokenPrices {
  readonly inputCostPerToken: number | undefined;
  readonly outputCostPerToken: number | undefined;
  /** For each token of the prompt that a cache read, or wrote; undefined where it costs what others cost. */
  readonly cacheReadCostPerToken: number | undefined;
  readonly cacheWriteCostPerToken: number | undefined;
  /** For each that a cache keeps for an hour. Omit it where it costs what all that a cache writes costs. */
  readonly longCacheWriteCostPerToken?: number | undefined;
  /** For each search in the web that the provider makes. Omit it where it is not known, which counts as nothing. */
  readonly costPerSearch?: number | undefined;
  /** For each token of images and audio. Omit each where it costs what others cost. */
  readonly media?: MediaTokens | undefined;
  /** For each piece. They count where tokens do not: see `costOf`. Omit it where none is known. */
  readonly units?: UnitCounts | undefined;
  /** What all of a request's tokens cost where its prompt is longer, the shortest such length first. Omit it where length changes nothing. */
  readonly tiers?: readonly PriceTier[] | undefined;
}

/** The prices of requests with long prompts. */
export interface PriceTier extends Omit<TokenPrices, "tiers" | "costPerSearch" | "media" | "units"> {
  /** Prompts of more tokens have these prices. */
  readonly aboveTokens: number;
}
