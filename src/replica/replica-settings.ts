import { type ReplicaSpec, usualReplica } from "./replica-spec.ts";

/** One setting of a replica as people write it: what it does, and which numbers it takes. */
export interface ReplicaSetting {
  readonly what: string;
  readonly above?: number;
  readonly min?: number;
  readonly max?: number;
  readonly isWhole?: boolean;
  /** Omit it where none is as if there were no bound. */
  readonly default?: number;
}

/** The settings of a replica, the same in a scenario and in the built-in provider. */
export const replicaSettings = {
  prefill_per_second: { what: "Prompt tokens that it reads in a second.", above: 0, default: usualReplica.prefillPerSecond },
  decode_per_second: {
    what: "Output tokens that it writes in a second, over all answers.",
    above: 0,
    default: usualReplica.decodePerSecond,
  },
  stream_per_second: { what: "The most output tokens in a second of one answer.", above: 0, default: usualReplica.streamPerSecond },
  max_batch: {
    what: "How many requests it works on at once; others wait in line.",
    min: 1,
    max: 4_096,
    isWhole: true,
    default: usualReplica.maxBatch,
  },
  kv_tokens: { what: "Tokens that its memory holds at once. Without it, any number.", above: 0 },
  cache_tokens: {
    what: "Tokens of prompts that it remembers, so that they are not read again.",
    min: 0,
    default: usualReplica.cacheTokens,
  },
  step_ms: { what: "How long one step of the engine takes.", min: 1, max: 1_000, default: usualReplica.stepMs },
  prefill_share: {
    what: "The share of a step that reading may take while answers are written.",
    above: 0,
    max: 1,
    default: usualReplica.prefillShare,
  },
  speed: { what: "Multiplies its rates: 0.5 for half as fast.", above: 0, max: 1_000, default: 1 },
} as const satisfies Readonly<Record<string, ReplicaSetting>>;

export const replicaNames = Object.keys(replicaSettings) as readonly (keyof typeof replicaSettings)[];

/** What is written of a replica: numbers that were checked. */
export type ReplicaNumbers = { readonly [Name in keyof typeof replicaSettings]?: number | undefined };

/** Makes a specification of what is written; what is not written is as usual. */
export function replicaSpecOf(written: ReplicaNumbers): ReplicaSpec {
  const speed = written.speed ?? 1;
  return {
    prefillPerSecond: (written.prefill_per_second ?? usualReplica.prefillPerSecond) * speed,
    decodePerSecond: (written.decode_per_second ?? usualReplica.decodePerSecond) * speed,
    streamPerSecond: (written.stream_per_second ?? usualReplica.streamPerSecond) * speed,
    maxBatch: written.max_batch ?? usualReplica.maxBatch,
    kvTokens: written.kv_tokens ?? usualReplica.kvTokens,
    cacheTokens: written.cache_tokens ?? usualReplica.cacheTokens,
    stepMs: written.step_ms ?? usualReplica.stepMs,
    prefillShare: written.prefill_share ?? usualReplica.prefillShare,
  };
}
