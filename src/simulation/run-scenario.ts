import type { StrategyChoice, TableSource } from "../core/table-source.ts";
import type { CallResult } from "./call-result.ts";
import { oracleChoice, oracleName } from "./oracle.ts";
import { type RunSeries, seriesOf } from "./run-series.ts";
import { createScenarioWorld, providerBehind, sourceAtStart } from "./scenario-world.ts";
import type { Scenario } from "./scenario/scenario.ts";
import { simulate } from "./simulate.ts";
import { summarize, type Summary } from "./summary.ts";
import type { Backend } from "./world/backend.ts";

/** What one run of a scenario came to. Plain data: it goes from thread to thread. */
export interface ScenarioRun {
  readonly strategy: string;
  readonly seed: number;
  readonly summary: Summary;
  /** What the answers cost by the configured prices, in US dollars. Undefined where a deployment that answered has no known price. */
  readonly costUsd: number | undefined;
  /** Of the quotas of the providers, what was used, in percent. Undefined where there is none. */
  readonly quotaUsed: number | undefined;
  readonly series: RunSeries;
}

/** One run that is asked for. */
export interface RunOrder {
  /** The strategy's name, for the reader. */
  readonly strategy: string;
  /** Undefined to route as configured; `oracle` knows everything. */
  readonly choice: StrategyChoice | typeof oracleName | undefined;
  readonly seed: number;
}

/** Runs a scenario once. */
export async function runScenario(
  source: TableSource,
  scenario: Scenario,
  { strategy, choice, seed }: RunOrder,
  onProgress: (at: number) => void = () => {},
): Promise<ScenarioRun> {
  const backends = new Map<string, Backend>();
  const chosen = choice === oracleName ? oracleChoice(backends) : choice;
  const routed = chosen === undefined ? source : { ...source, strategy: chosen, groupStrategies: new Map<string, never>() };
  const results = await simulate({
    source: sourceAtStart(routed, scenario),
    seed,
    nodes: scenario.nodes,
    createWorld(clock, random, steer) {
      const world = createScenarioWorld(routed, scenario, clock, random, steer);
      for (const [id, backend] of world.backends) backends.set(id, backend);
      return world;
    },
    watch: { onProgress },
  });
  const counted = results.filter(({ arrival }) => arrival.at >= scenario.warmUpMs);
  return {
    strategy,
    seed,
    summary: summarize(counted, scenario.good),
    costUsd: costOf(counted, source),
    quotaUsed: quotaUsed(counted, source, scenario),
    series: seriesOf(results, scenario),
  };
}

function costOf(results: readonly CallResult[], { deployments }: TableSource): number | undefined {
  const byId = new Map(deployments.map((one) => [one.id, one]));
  let sum = 0;
  for (const { arrival, error, deploymentId, cachedTokens } of results) {
    if (error !== undefined) continue;
    const { inputCostPerToken: input, outputCostPerToken: output, cacheReadCostPerToken: read = input } = byId.get(deploymentId) ?? {};
    if (input === undefined || output === undefined || read === undefined) return undefined;
    const { promptTokens, outputTokens } = arrival.work;
    sum += (promptTokens - cachedTokens) * input + cachedTokens * read + outputTokens * output;
  }
  return sum;
}

/** Of tokens a minute where providers count them, else of requests. */
function quotaUsed(results: readonly CallResult[], { deployments }: TableSource, scenario: Scenario): number | undefined {
  const minutes = (scenario.durationMs - scenario.warmUpMs) / 60_000;
  const served = { tokens: new Map<string, number>(), requests: new Map<string, number>() };
  for (const { arrival, deploymentId: id, error } of results) {
    if (error !== undefined) continue;
    served.requests.set(id, (served.requests.get(id) ?? 0) + 1);
    served.tokens.set(id, (served.tokens.get(id) ?? 0) + arrival.work.promptTokens + arrival.work.outputTokens);
  }
  const providers = deployments.flatMap((deployment) => {
    const is = scenario.byId.get(deployment.id) ?? scenario.byGroup.get(deployment.group);
    return is?.kind === "replica" ? [] : [{ id: deployment.id, ...providerBehind(deployment, is?.spec) }];
  });
  const unit = providers.some(({ tpm }) => tpm !== Number.POSITIVE_INFINITY) ? "tokens" : "requests";
  let [used, quota] = [0, 0];
  for (const { id, rpm, tpm } of providers) {
    const perMinute = unit === "tokens" ? tpm : rpm;
    if (perMinute === Number.POSITIVE_INFINITY) continue;
    used += served[unit].get(id) ?? 0;
    quota += perMinute * minutes;
  }
  return quota === 0 ? undefined : (100 * used) / quota;
}
