/** Counts since the start and the course of the last minutes, for people to look at. All times are in milliseconds. */
export interface Stats {
  /** Since the Unix epoch. */
  readonly startedAt: number;
  /** By group. */
  readonly groups: ReadonlyMap<string, Course>;
  /** By deployment id. Attempts are counted here, not calls. */
  readonly deployments: ReadonlyMap<string, Course & { readonly group: string }>;
  /** By the key's name. */
  readonly keys: ReadonlyMap<string, Totals>;
  /** The time that one point of a course stands for. */
  readonly pointMs: number;
}

/** Counts since the start. */
export interface Totals {
  readonly requests: number;
  /** Neither a caller's own fault nor its hanging up is a failure. */
  readonly failures: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** US dollars, as far as prices are known. */
  readonly costUsd: number;
}

/** Counts, and how they came about over the last minutes. */
export interface Course {
  readonly totals: Totals;
  /** Oldest first, always the same number. The last one is under way. */
  readonly points: readonly CoursePoint[];
}

/** What happened within `pointMs`. */
export interface CoursePoint {
  readonly requests: number;
  readonly failures: number;
  /** Means over the requests that succeeded. Undefined when none did. */
  readonly totalMs: number | undefined;
  readonly firstTokenMs: number | undefined;
}

/** Keeps count. */
export interface StatsSource {
  stats(): Stats | Promise<Stats>;
}
