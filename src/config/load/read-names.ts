import type { ModelAlias, StrategyChoice } from "../../core/table-source.ts";
import type { DeploymentsRead } from "../deployments/read-deployments.ts";
import { readAliases } from "../read/read-aliases.ts";
import { readRoutingGroups } from "../read/read-routing-groups.ts";
import type { StrategyOptions } from "../read/read-strategy.ts";
import type { SettingsSections } from "../settings/place-settings.ts";
import { routerSettingsTable } from "../settings/router-settings.ts";
import { SectionReader } from "../settings/section-reader.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { CallableNames } from "../values/callable-names.ts";
import { warnOfHiddenIds } from "./check-config.ts";

interface NamesContext {
  readonly sections: SettingsSections;
  /** Whether the groups are all there are: not when an included file, which may hold more, could not be read. */
  readonly complete: boolean;
  readonly options: StrategyOptions;
  readonly log: FindingLog;
}

interface NamesRead {
  /** All that callers may write as a model. */
  readonly names: CallableNames;
  /** Those of `model_group_alias`, and the named ones of `routing_groups`. */
  readonly aliases: readonly ModelAlias[];
  readonly groupStrategies: ReadonlyMap<string, StrategyChoice>;
}

/** Reads the names that lead somewhere, and the strategies that some of them have of their own. */
export async function readNames(models: DeploymentsRead, { sections, complete, options, log }: NamesContext): Promise<NamesRead> {
  const { deployments, failed, elsewhere, explicitIds } = models;
  const groups = new Set([...deployments.map((one) => one.group), ...failed.map((one) => one.group)]);
  const section = new SectionReader(routerSettingsTable, sections.router, "router_settings", log).map("model_group_alias");
  const own = readAliases(section, { groups, elsewhere, complete, ids: explicitIds }, log);
  warnOfHiddenIds(explicitIds, groups, log);
  const routing = await readRoutingGroups(sections.router, { groups, aliases: new Set(own.map((one) => one.alias)) }, options, log);
  const aliases = [...own, ...routing.aliases];
  return { names: new CallableNames({ groups, elsewhere, deployments, aliases }), aliases, groupStrategies: routing.strategies };
}
