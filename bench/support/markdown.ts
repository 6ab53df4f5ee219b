import type { JudgedGoal } from "./goal.ts";
import type { Sheet } from "./sheet.ts";
import { spread } from "./statistics.ts";

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** The measures down, the targets across; each cell a median with its range. */
export function sheetTable(sheet: Sheet): string {
  const rows = sheet.measures.map(({ name, unit, digits }) => {
    const cells = sheet.targets.map((target) => {
      const values = sheet.values(name, target);
      return values.every(Number.isNaN) ? "–" : spread(values, digits);
    });
    return [unit === "" ? name : `${name}, ${unit}`, ...cells];
  });
  return table(["", ...sheet.targets], rows);
}

export function goalTable(goals: readonly JudgedGoal[]): string {
  const rows = goals.map(({ measure, target, beside, atMost, values, verdict }) => [
    `${measure}: ${target}`,
    beside === undefined ? "" : beside,
    verdict === "not measured" ? "–" : spread(values, 2),
    `≤ ${atMost}`,
    verdict === "missed" ? "**missed**" : verdict,
  ]);
  return table(["goal", "ratio to", "median (lowest … highest)", "target", ""], rows);
}
