/** The routing behaviour of all groups, after defaults. Times in milliseconds. */
export interface RouterSettings {
  /** Attempts after the first one, at most. */
  readonly numRetries: number;
  /** The least time before the same deployment is tried again. */
  readonly retryAfterMs: number;
  /** Bounds each attempt; undefined: none. */
  readonly timeoutMs: number | undefined;
  /** Bounds the wait for a stream's first content. */
  readonly streamTimeoutMs: number | undefined;
  /** Whether rpm and tpm are hard limits. When false they only serve as weights. */
  readonly enforceRateLimits: boolean;
}

export const defaultRouterSettings: RouterSettings = {
  numRetries: 2,
  retryAfterMs: 0,
  timeoutMs: 600_000,
  streamTimeoutMs: undefined,
  enforceRateLimits: true,
};
