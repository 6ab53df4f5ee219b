import type { ShadowCounts } from "../core/shadow/shadow-counts.ts";

/** How a group is routed, and what others in its strategy's place would do. */
export interface GroupStrategies {
  readonly group: string;
  readonly strategy: string;
  /** Deployments of the group. */
  readonly deployments: number;
  /** One for each strategy that is asked beside it. */
  readonly shadows: readonly ShadowCounts[];
  /** What speaks for another strategy, a sentence each. */
  readonly advice: readonly string[];
}

/** Keeps count of shadow strategies. */
export interface ShadowSource {
  /** Over all threads. */
  shadows(): readonly ShadowCounts[] | Promise<readonly ShadowCounts[]>;
}
