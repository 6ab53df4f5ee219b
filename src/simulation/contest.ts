import { StrategyArgsReader } from "../config/read/strategy-args-reader.ts";
import { FindingLog } from "../config/tree/finding-log.ts";
import type { StrategyChoice, TableSource } from "../core/table-source.ts";
import { didYouMean } from "../lib/suggest.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { strategyChoice, findStrategy, strategies, strategyNames } from "../strategies/index.ts";
import { oracleName } from "./oracle.ts";
import { runScenario, type ScenarioRun } from "./run-scenario.ts";
import type { Scenario } from "./scenario/scenario.ts";

/** Routing as the configuration says. */
export const configuredName = "configured";

/** One run that is asked for, by names that every thread makes the same things of. */
export interface ContestOrder {
  readonly strategy: string;
  readonly seed: number;
}

/** What a thread needs in order to simulate as the first one does. */
export interface SimulationStart {
  readonly configFile: string;
  readonly skipInvalid: boolean | undefined;
  /** The configuration's files by path. */
  readonly texts: ReadonlyMap<string, string>;
  /** Undefined for a scenario that is made of the configuration alone. */
  readonly scenario: { readonly file: string; readonly text: string } | undefined;
}

/** Threads that simulate side by side. */
export interface Simulators {
  /** @param onProgress How far the run is, in milliseconds of virtual time. */
  run(order: ContestOrder, onProgress: (at: number) => void): Promise<ScenarioRun>;
  stop(): void;
}

/** Which strategies are compared. @returns Their names, or what is wrong with one. */
export function contestants(asked: readonly string[] | undefined, source: TableSource): Result<readonly string[], string> {
  if (asked === undefined) {
    const others = strategies.map(({ name }) => name).filter((name) => name !== source.strategy.name || source.groupStrategies.size > 0);
    return ok([configuredName, ...others, oracleName]);
  }
  const known = [configuredName, ...strategyNames(), oracleName];
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined)
    return err(`there is no strategy ${JSON.stringify(unknown)}${didYouMean(unknown, known)}; there are ${known.join(", ")}`);
  return ok([...new Set(asked)]);
}

/** Runs one strategy of a contest. */
export function runContestant(
  source: TableSource,
  scenario: Scenario,
  { strategy, seed }: ContestOrder,
  onProgress: (at: number) => void,
): Promise<ScenarioRun> {
  const isListed = strategy === configuredName || strategy === oracleName;
  const choice = strategy === oracleName ? oracleName : isListed ? undefined : defaultChoice(strategy);
  return runScenario(source, scenario, { strategy, choice, seed }, onProgress);
}

/** A built-in strategy by its name or alias, with its defaults. @throws Error for a name that there is none of. */
export function defaultChoice(name: string): StrategyChoice {
  const found = findStrategy(name);
  if (!found.ok) throw new Error(found.error);
  const plugin = found.value;
  return strategyChoice(plugin, plugin.parseConfig(new StrategyArgsReader(undefined, "", new FindingLog())), plugin.name);
}
