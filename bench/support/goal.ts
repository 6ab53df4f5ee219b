import type { Sheet } from "./sheet.ts";
import { median, ratios } from "./statistics.ts";

/** What the project promises itself of a measure. */
export interface Goal {
  readonly measure: string;
  readonly target: string;
  /** Whose value of the same round is 1; undefined: the goal is in the measure's own unit. */
  readonly beside: string | undefined;
  readonly atMost: number;
}

export interface JudgedGoal extends Goal {
  /** Round by round. */
  readonly values: readonly number[];
  readonly verdict: "ok" | "missed" | "not measured";
}

/** The median decides. */
export function judge(goal: Goal, sheet: Sheet): JudgedGoal {
  const own = sheet.values(goal.measure, goal.target);
  const values = goal.beside === undefined ? own : ratios(own, sheet.values(goal.measure, goal.beside));
  const reached = median(values);
  if (Number.isNaN(reached)) return { ...goal, values, verdict: "not measured" };
  return { ...goal, values, verdict: reached <= goal.atMost ? "ok" : "missed" };
}
