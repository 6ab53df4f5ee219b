import type { Distribution } from "./distribution.ts";

/** What a hosted provider does for one account and model: it has room for everything within a quota. */
export interface ProviderSpec {
  /** Requests a minute. Infinity for no quota. */
  readonly rpm: number;
  /** Tokens a minute, of prompts and answers. Infinity for no quota. */
  readonly tpm: number;
  /** How much of a quota may be used at once, as the time in which that fills again. */
  readonly burstMs: number;
  /** When tokens of an answer count: at once, as with hosts that count what may come, or when they were written. Prompts count at once. */
  readonly countsAnswers: "at once" | "at end";
  /** Until the first token of an answer, in milliseconds. */
  readonly firstMs: Distribution;
  /** Output tokens a second of one answer. */
  readonly tokensPerSecond: Distribution;
  /** What its replies say of the quota: nothing, when to come back (on refusals), or also what is left (on each). */
  readonly tells: "nothing" | "retry-after" | "limits";
  /** How many of the requests within the quota fail, 0 … 1. */
  readonly errorRate: number;
  /** With which status they fail. */
  readonly errorStatus: number;
}

/** A hosted provider as they are met in practice, without a quota. */
export const usualProvider: ProviderSpec = {
  rpm: Number.POSITIVE_INFINITY,
  tpm: Number.POSITIVE_INFINITY,
  burstMs: 10_000,
  countsAnswers: "at once",
  firstMs: { mean: 500, p99: 1_500 },
  tokensPerSecond: { mean: 60, p99: 100 },
  tells: "limits",
  errorRate: 0,
  errorStatus: 503,
};
