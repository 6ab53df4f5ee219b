import { adviseStrategies } from "../../config/load/advise.ts";
import type { DeploymentStatus } from "../../core/deployment-status.ts";
import type { ShadowCounts } from "../../core/shadow/shadow-counts.ts";
import type { TableSource } from "../../core/table-source.ts";
import type { GroupStrategies } from "../strategies.ts";

/** What is known of a running router's strategies. */
export interface StrategiesInUse {
  /** The names of strategies by group. */
  readonly groups: ReadonlyMap<string, string>;
  readonly statuses: readonly DeploymentStatus[];
  readonly source: TableSource;
  readonly shadows: readonly ShadowCounts[];
}

/** Puts together how each group is routed, what was counted beside it, and what speaks for another strategy. */
export function groupStrategies({ groups, statuses, source, shadows }: StrategiesInUse): readonly GroupStrategies[] {
  const members = Map.groupBy(statuses, ({ group }) => group);
  const calls = (group: string): number => (members.get(group) ?? []).reduce((sum, { usedRpm }) => sum + usedRpm, 0);
  const advice = adviseStrategies(source, calls);
  return Array.from(groups, ([group, strategy]) => ({
    group,
    strategy,
    deployments: members.get(group)?.length ?? 0,
    shadows: shadows.filter((one) => one.group === group),
    advice: advice.get(group) ?? [],
  }));
}
