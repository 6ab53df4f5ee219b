import type { Bench } from "../support/bench.ts";
import type { Goal } from "../support/goal.ts";
import type { Sheet } from "../support/sheet.ts";

interface LaneResult {
  readonly sheet: Sheet;
  readonly goals: readonly Goal[];
  /** What a reader has to know about these figures. */
  readonly notes?: readonly string[];
}

/** One kind of measurement. */
export interface Lane {
  /** For `--lane`. */
  readonly name: string;
  readonly title: string;
  run(bench: Bench): Promise<LaneResult>;
}
