/** What one replica of a model can do: an engine with continuous batching on its own accelerators. */
export interface ReplicaSpec {
  /** Prompt tokens that it reads in a second while it does nothing else. */
  readonly prefillPerSecond: number;
  /** Output tokens that it writes in a second, over all answers, while it does nothing else. */
  readonly decodePerSecond: number;
  /** The most output tokens in a second of one answer. */
  readonly streamPerSecond: number;
  /** The most requests that are read and written at once; others wait in line. */
  readonly maxBatch: number;
  /** The most tokens, of prompts and answers, that its memory holds at once. Infinity for no bound. */
  readonly kvTokens: number;
  /** How many tokens of prompts it remembers, so that the same beginning is not read again; 0 for none. */
  readonly cacheTokens: number;
  /** How long one step takes, in milliseconds: within it prompts are read and each answer grows. */
  readonly stepMs: number;
  /** The share of a step that reading prompts may take while answers are written, 0 … 1. */
  readonly prefillShare: number;
}

/** How many tokens one block of a prompt has: prompts are remembered by whole blocks. */
export const blockTokens = 16;

/** A replica as they are met in practice: a model of some tens of billions of parameters on one or two accelerators. */
export const usualReplica: ReplicaSpec = {
  prefillPerSecond: 8_000,
  decodePerSecond: 1_500,
  streamPerSecond: 60,
  maxBatch: 64,
  kvTokens: Number.POSITIVE_INFINITY,
  cacheTokens: 0,
  stepMs: 20,
  prefillShare: 0.6,
};
