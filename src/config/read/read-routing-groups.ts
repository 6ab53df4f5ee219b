import type { ModelAlias, StrategyChoice } from "../../core/table-source.ts";
import { isNull, showNode, type ConfigNode, type MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { routerSettingsTable } from "../settings/router-settings.ts";
import { chooseStrategy, type StrategyOptions } from "./read-strategy.ts";
import { SectionReader } from "../settings/section-reader.ts";
import { didYouMean } from "../../lib/suggest.ts";

/** What a routing group may refer to. */
interface KnownNames {
  readonly groups: ReadonlySet<string>;
  readonly aliases: ReadonlySet<string>;
}

/** What `routing_groups` say. */
export interface RoutingGroups {
  /** The strategies by the group or alias that has each. */
  readonly strategies: ReadonlyMap<string, StrategyChoice>;
  /** The groups with a name, which callers may ask for. */
  readonly aliases: readonly ModelAlias[];
}

const known = ["group_name", "models", "routing_strategy", "routing_strategy_args"];

/**
 * Reads `routing_groups`: groups with a strategy of their own. A group that several entries list gets the last one's, so that changes made
 * at run time, which come last, count.
 */
export async function readRoutingGroups(
  settings: MapNode | undefined,
  names: KnownNames,
  options: StrategyOptions,
  log: FindingLog,
): Promise<RoutingGroups> {
  const items = new SectionReader(routerSettingsTable, settings, "router_settings", log).list("routing_groups") ?? [];
  const strategies = new Map<string, StrategyChoice>();
  const aliases = new Map<string, ModelAlias>();
  const files = new Map<string, string>();
  for (const [index, item] of items.entries()) {
    const path = `router_settings.routing_groups[${index}]`;
    if (item.kind !== "map") {
      log.problem(item.at, path, `must be a map with models and routing_strategy, not ${showNode(item)}`);
      continue;
    }
    for (const { key, keyAt } of item.entries.values()) {
      if (!known.includes(key)) log.warning(keyAt, `${path}.${key}`, `is not known here, and is ignored${didYouMean(key, known)}`);
    }
    const models = readModels(item, path, log);
    const choice = await readChoice(item, path, options, log);
    if (models === undefined || choice === undefined) continue;
    const present = models.filter(({ name }) => names.groups.has(name));
    for (const { name, at } of models) {
      if (!names.groups.has(name)) {
        log.warning(
          at.at,
          `${path}.models`,
          `there is no group ${JSON.stringify(name)}${didYouMean(name, names.groups)}, so it is left out`,
        );
        continue;
      }
      const file = at.at.file.path;
      if (files.get(name) === file) log.warning(at.at, `${path}.models`, `${name} is in an earlier entry too; the last one counts`);
      files.set(name, file);
      strategies.set(name, choice);
    }
    const title = item.entries.get("group_name");
    if (title === undefined || isNull(title.value) || present.length === 0) continue;
    if (title.value.kind !== "scalar" || title.value.text === "") {
      log.problem(title.value.at, `${path}.group_name`, `must be a text, not ${showNode(title.value)}`);
      continue;
    }
    const name = title.value.text;
    if (names.groups.has(name) || names.aliases.has(name) || aliases.has(name)) continue;
    aliases.set(name, { alias: name, targets: [...new Set(present.map((model) => model.name))], hidden: false });
    strategies.set(name, choice);
  }
  return { strategies, aliases: [...aliases.values()] };
}

function readModels(
  item: MapNode,
  path: string,
  log: FindingLog,
): readonly { readonly name: string; readonly at: ConfigNode }[] | undefined {
  const node = item.entries.get("models")?.value;
  const items = node?.kind === "list" ? node.items : node?.kind === "scalar" && node.value !== null ? [node] : [];
  const models = items.flatMap((one) => (one.kind === "scalar" && one.value !== null ? [{ name: one.text, at: one }] : []));
  if (models.length === items.length && models.length > 0) return models;
  log.problem((node ?? item).at, `${path}.models`, "must be a list of groups");
  return undefined;
}

async function readChoice(item: MapNode, path: string, options: StrategyOptions, log: FindingLog): Promise<StrategyChoice | undefined> {
  const node = item.entries.get("routing_strategy")?.value;
  const args = item.entries.get("routing_strategy_args")?.value;
  const argsPath = `${path}.routing_strategy_args`;
  if (args !== undefined && !isNull(args) && args.kind !== "map") log.problem(args.at, argsPath, `must be a map, not ${showNode(args)}`);
  if (node?.kind !== "scalar" || node.value === null) {
    log.problem((node ?? item).at, `${path}.routing_strategy`, "must be a strategy's name");
    return undefined;
  }
  const written = { name: node.text, at: node, path: `${path}.routing_strategy`, args: args?.kind === "map" ? args : undefined, argsPath };
  return chooseStrategy(written, options, log);
}
