import { dirname, resolve } from "node:path";
import type { StrategyPlugin } from "../../core/strategy.ts";
import { parseCustomStrategy } from "../../strategies/custom-strategy.ts";
import { strategyChoice, strategyNames } from "../../strategies/index.ts";
import type { ShadowChoices, StrategyChoice } from "../../core/table-source.ts";
import { child, type ConfigNode, type MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { routerSettingsTable } from "../settings/router-settings.ts";
import { SectionReader } from "../settings/section-reader.ts";
import { StrategyArgsReader } from "./strategy-args-reader.ts";
import { didYouMean } from "../../lib/suggest.ts";

/** Where strategies come from. */
export interface StrategyOptions {
  readonly strategies: readonly StrategyPlugin[];
  /**
   * Imports a user's file, as in `routing_strategy: ./my-strategy.ts`. The path is absolute.
   * @returns The module. Its default export should be a StrategyPlugin.
   */
  readonly importStrategy: (path: string) => Promise<unknown>;
}

/** A strategy as it is written, and where. */
export interface WrittenStrategy {
  readonly name: string;
  readonly at: ConfigNode;
  /** Where the name stands, for messages. */
  readonly path: string;
  readonly args: MapNode | undefined;
  readonly argsPath: string;
}

/**
 * Finds the configured strategy and has it read its arguments.
 * @returns Undefined when a problem was reported.
 */
export async function readStrategy(
  settings: MapNode | undefined,
  root: MapNode,
  options: StrategyOptions,
  log: FindingLog,
): Promise<StrategyChoice | undefined> {
  const reader = new SectionReader(routerSettingsTable, settings, "router_settings", log);
  const written = child(settings, "routing_strategy");
  const name = reader.text("routing_strategy") ?? routerSettingsTable.routing_strategy.default;
  const args = reader.map("routing_strategy_args");
  if (written !== undefined && written.kind !== "scalar") return undefined;
  const at = reader.node("routing_strategy") ?? root;
  return chooseStrategy(
    { name, at, path: reader.pathOf("routing_strategy"), args, argsPath: reader.pathOf("routing_strategy_args") },
    options,
    log,
  );
}

/**
 * Finds the strategies that are asked beside those in use. One that is named twice is asked once.
 * @returns Undefined where there are none.
 */
export async function readShadows(
  settings: MapNode | undefined,
  options: StrategyOptions,
  log: FindingLog,
): Promise<ShadowChoices | undefined> {
  const reader = new SectionReader(routerSettingsTable, settings, "router_settings", log);
  const names = reader.names("shadow_strategies") ?? [];
  const sample = reader.number("shadow_sample") ?? routerSettingsTable.shadow_sample.default;
  const at = reader.node("shadow_strategies");
  const choices = new Map<string, StrategyChoice>();
  for (const name of names) {
    if (at === undefined) break;
    const path = reader.pathOf("shadow_strategies");
    const choice = await chooseStrategy({ name, at, path, args: undefined, argsPath: path }, options, log);
    if (choice !== undefined) choices.set(choice.name, choice);
  }
  return choices.size === 0 ? undefined : { choices: [...choices.values()], sample };
}

/** @returns Undefined when a problem was reported. */
export async function chooseStrategy(
  { name, at, path, args: written, argsPath }: WrittenStrategy,
  options: StrategyOptions,
  log: FindingLog,
): Promise<StrategyChoice | undefined> {
  const plugin = isPath(name) ? await importedPlugin(name, at, path, options, log) : listedPlugin(name, at, path, options.strategies, log);
  const args = new StrategyArgsReader(written, argsPath, log);
  if (plugin === undefined) return undefined;
  let config: unknown;
  try {
    config = plugin.parseConfig(args);
  } catch (cause) {
    log.problem(at.at, path, `${name} failed to read its arguments: ${cause instanceof Error ? cause.message : String(cause)}`);
    return undefined;
  }
  args.warnOfUnread(plugin.name);
  return strategyChoice(plugin, config, `${name} ${JSON.stringify(config) ?? ""}`);
}

/** LiteLLM's strategies that have no like here. Its files load all the same. */
const litellmsAlone: ReadonlySet<string> = new Set(["provider-budget-routing", "lar1"]);

function isPath(name: string): boolean {
  return /^\.{0,2}\//.test(name) || /\.[cm]?[jt]s$/.test(name);
}

function listedPlugin(
  name: string,
  node: ConfigNode,
  path: string,
  strategies: readonly StrategyPlugin[],
  log: FindingLog,
): StrategyPlugin | undefined {
  const plugin = strategies.find((one) => one.name === name || one.aliases?.includes(name) === true);
  if (plugin !== undefined) return plugin;
  const names = strategyNames(strategies);
  const usual = litellmsAlone.has(name) ? strategies.find((one) => one.name === routerSettingsTable.routing_strategy.default) : undefined;
  if (usual !== undefined) {
    log.warning(node.at, path, `${name} is LiteLLM's own and is not there yet; ${usual.name} chooses instead`);
    return usual;
  }
  const message = `there is no strategy ${JSON.stringify(name)}${didYouMean(name, names)}; allowed are ${names.join(", ")}, or a file such as ./my-strategy.ts`;
  log.problem(node.at, path, message);
  return undefined;
}

/** Imports a user's strategy. Its path counts from the file that the line stands in, which may be an included one. */
async function importedPlugin(
  name: string,
  node: ConfigNode,
  path: string,
  options: StrategyOptions,
  log: FindingLog,
): Promise<StrategyPlugin | undefined> {
  let module: unknown;
  try {
    module = await options.importStrategy(resolve(dirname(node.at.file.path), name));
  } catch (cause) {
    log.problem(node.at, path, `${name} cannot be imported: ${cause instanceof Error ? cause.message : String(cause)}`);
    return undefined;
  }
  const exported = typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
  const plugin = parseCustomStrategy(exported, strategyNames(options.strategies));
  if (plugin.ok) return plugin.value;
  log.problem(node.at, path, `${name}: ${plugin.error}`);
  return undefined;
}
