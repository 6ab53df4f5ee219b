import type { StrategyPlugin } from "../core/strategy.ts";
import type { StrategyChoice } from "../core/table-source.ts";
import { err, ok } from "../lib/result.ts";
import type { Result } from "../lib/result.ts";
import { adaptive } from "./adaptive/adaptive.ts";
import { costBasedRouting } from "./cost-based-routing.ts";
import { latencyBasedRouting } from "./latency-based-routing.ts";
import { leastBusy } from "./least-busy.ts";
import { p2c } from "./p2c.ts";
import { peakEwma } from "./peak-ewma.ts";
import { roundRobin } from "./round-robin.ts";
import { simpleShuffle } from "./simple-shuffle.ts";
import { usageBasedRouting } from "./usage-based-routing.ts";

/** Every built-in strategy, in the order in which messages and documents list them. */
export const strategies: readonly StrategyPlugin[] = [
  simpleShuffle,
  leastBusy,
  usageBasedRouting,
  latencyBasedRouting,
  costBasedRouting,
  roundRobin,
  p2c,
  peakEwma,
  adaptive,
];

/** All names under which strategies can be configured, aliases included. */
export function strategyNames(plugins: readonly StrategyPlugin[] = strategies): readonly string[] {
  return plugins.flatMap((plugin) => [plugin.name, ...(plugin.aliases ?? [])]);
}

/** The built-in strategy of this name or alias, or a message that names the allowed ones. */
export function findStrategy(name: string): Result<StrategyPlugin, string> {
  const found = strategies.find((plugin) => plugin.name === name || plugin.aliases?.includes(name));
  if (found !== undefined) return ok(found);
  return err(`unknown strategy ${JSON.stringify(name)}; allowed: ${strategyNames().join(", ")}, or a file such as ./my-strategy.ts`);
}

/**
 * Checks that each name stands for one strategy only. The program's start calls it, as it must not go on with a list in which one entry
 * hides another.
 */
export function checkStrategyNames(plugins: readonly StrategyPlugin[]): Result<undefined, string> {
  const names = strategyNames(plugins);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  if (twice.size === 0) return ok(undefined);
  const list = [...twice].map((name) => JSON.stringify(name)).join(", ");
  return err(`strategy names must be unique, but more than one strategy is called ${list}; all names: ${[...new Set(names)].join(", ")}`);
}

/**
 * A strategy with its arguments, as a routing table takes it: with all that it declares of itself.
 * @param config What its `parseConfig` made of its arguments.
 * @param key As `StrategyChoice.key`.
 */
export function strategyChoice<Config>(plugin: StrategyPlugin<Config>, config: Config, key: string): StrategyChoice {
  const { name, limitsAreShares, readsProgress, readsPrefixes } = plugin;
  return { name, key, create: (deps) => plugin.create(config, deps), limitsAreShares, readsProgress, readsPrefixes };
}
