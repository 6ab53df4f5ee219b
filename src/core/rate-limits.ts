/** How a limit per minute stands. */
export interface RateStatus {
  readonly limit: number;
  /** What is left of it now, the call itself and all others counted. Not negative. */
  readonly remaining: number;
  /** Milliseconds until all of it is free again, if nothing more is used. */
  readonly resetMs: number;
}

/** The limits per minute that a caller is told of; undefined where there is none. */
export interface RateLimits {
  readonly requests: RateStatus | undefined;
  readonly tokens: RateStatus | undefined;
}
