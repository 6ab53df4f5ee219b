import type { ReloadReport } from "../operator.ts";

/** A reload in a few words, for the audit log. */
export function summarize(report: ReloadReport, discarded: boolean): string {
  const parts = [
    ...count("added", report.addedIds),
    ...count("removed", report.removedIds),
    ...count("changed", report.changedIds),
    ...count("settings", report.settings),
    ...(discarded ? ["changes of before discarded"] : []),
  ];
  return parts.length === 0 ? "no difference" : parts.join(", ");
}

function count(name: string, list: readonly unknown[]): readonly string[] {
  return list.length === 0 ? [] : [`${list.length} ${name}`];
}
