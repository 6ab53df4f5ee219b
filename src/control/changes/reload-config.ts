import type { LoadedConfig, LoadResult } from "../../config/load/load-config.ts";
import type { ReloadReport } from "../operator.ts";
import { emptyState, type ControlState } from "../state/control-state.ts";
import { compareConfigs } from "../views/compare-configs.ts";
import type { Plan, Present } from "./plan.ts";

export interface ReloadRequest {
  /** Only report what would happen. */
  readonly dryRun: boolean;
  /** Give up all changes that were made at run time but the keys. */
  readonly discardChanges: boolean;
}

/** The state that a reload lays over the files. */
export function stateToReload(state: ControlState, { discardChanges }: ReloadRequest): ControlState {
  const { lineage, revision, keys } = state;
  return discardChanges ? { ...emptyState(lineage), revision, keys } : state;
}

/** How the files differ from what is in force, and whether they could be in force. */
export function reportReload({ config }: Present, { config: loaded, problems, warnings }: LoadResult): ReloadReport {
  const nothing = { addedIds: [], removedIds: [], changedIds: [], settings: [] };
  const differences = loaded === undefined ? nothing : compareConfigs(config, loaded);
  return { ok: loaded !== undefined, problems, warnings, ...differences };
}

/**
 * Brings the files into force as they were loaded under {@link stateToReload}.
 * @param report Of these files. It has no problems.
 */
export function planReloadConfig(present: Present, request: ReloadRequest, report: ReloadReport): Plan<ReloadReport> {
  return {
    next: stateToReload(present.state, request),
    conclude: ({ config }) => ({
      before: `files ${shortDigest(present.config)}`,
      after: `files ${shortDigest(config)}: ${summarize(report, request.discardChanges)}`,
      answer: report,
    }),
  };
}

/** Of a configuration's files: enough to tell them apart. */
export function shortDigest({ content }: LoadedConfig): string {
  return content.digest.slice(0, 8);
}

function summarize(report: ReloadReport, discarded: boolean): string {
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
