import type { FallbackTable } from "./call.ts";
import type { Policy } from "./policy-class.ts";

/** The routing behaviour of all groups, after defaults. Times in milliseconds. */
export interface RouterSettings {
  /** Attempts of a call beside the first one in each group, at most. */
  readonly numRetries: number;
  /** Other numbers by class of failure; a group's own policy wins over the general one. */
  readonly retryPolicy: Policy | undefined;
  readonly groupRetryPolicies: ReadonlyMap<string, Policy>;
  /** The least time before the same deployment is tried again. */
  readonly retryAfterMs: number;
  /**
   * Bounds each wait for something to read: a whole unary answer, a stream's first content, its gaps. Undefined where nothing is written,
   * which leaves 600 s, but 300 s for gaps.
   */
  readonly timeoutMs: number | undefined;
  /** Bounds the making of a connection. */
  readonly connectTimeoutMs: number;
  /** How long an idle connection to a provider is kept, in milliseconds, where its server does not say. */
  readonly connectionIdleMs: number;
  /** The same for streams, where it wins. Undefined for `timeoutMs`. */
  readonly streamTimeoutMs: number | undefined;
  /** Bounds the gaps of a stream that has begun. Undefined for the two above. */
  readonly streamIdleTimeoutMs: number | undefined;
  /** Bounds a stream as a whole. Undefined for no bound. */
  readonly streamTotalTimeoutMs: number | undefined;
  /** After how long a silence a stream's caller is sent a sign of life; 0 for never. */
  readonly keepaliveMs: number;
  /** Whether callers of streams are told the usage that they did not ask for. It is counted either way. */
  readonly tellsUsage: boolean;
  /** Whether rpm, tpm, itpm and otpm are hard limits. When false they only serve as weights. */
  readonly enforceRateLimits: boolean;
  readonly cooldown: CooldownSettings;
  readonly fallbacks: FallbackSettings;
  /** Statuses of a provider after which a higher `order` may be tried; undefined for all failures. */
  readonly orderFallbackStatuses: ReadonlySet<number> | undefined;
  /** Whether prompts that are too long for a deployment keep it out. */
  readonly preCallChecks: boolean;
  readonly tagFiltering: { readonly enabled: boolean; readonly matchAny: boolean };
  readonly queue: QueueSettings;
  /** Places in line by what clients say their requests are; those that name a priority keep it. */
  readonly classPriorities: ReadonlyMap<string, number>;
  /** Whether a stream that is cut after its first content is gone on with by another deployment, where the provider can. */
  readonly resumeStreams: boolean;
  /** Second attempts for calls whose first content is late, by group. */
  readonly hedges: ReadonlyMap<string, HedgeSettings>;
}

/** When a call has a second attempt beside the first, and how many calls may. */
export interface HedgeSettings {
  /** When a call is late, in milliseconds; `p95`: when 95 of 100 calls to the same deployment have had their first content. */
  readonly afterMs: number | "p95";
  /** Hedged calls as a share of all, at most. */
  readonly maxRatio: number;
}

/** When deployments cool down; `core/call/cooldown-policy.ts` decides by it. */
export interface CooldownSettings {
  readonly disabled: boolean;
  /** How long a deployment cools down where neither its own settings nor the provider say so. */
  readonly timeMs: number;
  /** The longest cooldown, whatever a provider says. */
  readonly maxMs: number;
  /** Failures that are borne before a cooldown. Undefined for the default rules. */
  readonly allowedFails: number | undefined;
  /** The same by class of failure; it wins over the number. */
  readonly allowedFailsPolicy: Policy | undefined;
}

/** Where calls go when a group has failed them. */
export interface FallbackSettings {
  /** By group; `*` stands for all others. */
  readonly generic: FallbackTable;
  readonly contextWindow: FallbackTable;
  readonly contentPolicy: FallbackTable;
  /** Fallbacks of one call, at most. */
  readonly maxFallbacks: number;
}

interface QueueSettings {
  /** How long a call may wait for capacity; 0 for not at all. */
  readonly timeoutMs: number;
  /** Calls that wait, at most. */
  readonly size: number;
}
