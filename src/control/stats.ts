/** Counts since the start and the last minutes' course, for people who look. All times in milliseconds. */
export interface Stats {
  /** Since the Unix epoch. */
  readonly startedAt: number;
  readonly groups: ReadonlyMap<string, Course>;
  /** By deployment id; attempts rather than calls. */
  readonly deployments: ReadonlyMap<string, Course & { readonly group: string }>;
  /** By key's name. */
  readonly keys: ReadonlyMap<string, Totals>;
  /** What one point of a course stands for. */
  readonly pointMs: number;
}

export interface Totals {
  readonly requests: number;
  /** Neither the caller's own faults nor its hanging up are failures. */
  readonly failures: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** US dollars, as far as prices are known. */
  readonly costUsd: number;
}

export interface Course {
  readonly totals: Totals;
  /** Oldest first, always the same number; the last one is under way. */
  readonly points: readonly CoursePoint[];
}

export interface CoursePoint {
  readonly requests: number;
  readonly failures: number;
  /** Means over those that succeeded; undefined when none did. */
  readonly totalMs: number | undefined;
  readonly firstTokenMs: number | undefined;
}

/** Whoever keeps count. */
export interface StatsSource {
  stats(): Stats | Promise<Stats>;
}
