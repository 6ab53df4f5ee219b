import { formatProblem } from "../config/config-problem.ts";
import type { ReloadReport } from "../control/operator.ts";

/** What a reload came to, for the log. */
export function reloadLines(report: ReloadReport, who: string): string {
  const { addedIds, removedIds, changedIds, settings, problems, warnings } = report;
  const findings = [
    ...warnings.map((warning) => `warning: ${formatProblem(warning)}`),
    ...problems.map((problem) => `error: ${formatProblem(problem)}`),
  ];
  const deployments = [...listed("added", addedIds), ...listed("removed", removedIds), ...listed("changed", changedIds), ...settings];
  const outcome = report.ok
    ? `the configuration was read again: ${deployments.length === 0 ? "nothing is different" : deployments.join("; ")}`
    : `the configuration was read again and is wrong, so the one of before stays in force`;
  return `${[...findings, `reload by ${who}: ${outcome}`].join("\n")}\n`;
}

function listed(what: string, ids: readonly string[]): readonly string[] {
  return ids.length === 0 ? [] : [`${what} ${ids.join(", ")}`];
}
