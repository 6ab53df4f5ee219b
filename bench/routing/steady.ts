import type { StrategyPlugin } from "../../src/core/strategy.ts";
import { usualReplica } from "../../src/replica/replica-spec.ts";
import { usualGoodAnswer } from "../../src/simulation/call-result.ts";
import { simulate } from "../../src/simulation/simulate.ts";
import { summarize, type Summary } from "../../src/simulation/summary.ts";
import type { TracedRequest } from "../../src/simulation/traffic/azure-trace.ts";
import { poissonTraffic, traceTraffic } from "../../src/simulation/traffic/steady-traffic.ts";
import type { Backend } from "../../src/simulation/world/backend.ts";
import { ReplicaBackend } from "../../src/simulation/world/replica-backend.ts";
import { deployment } from "../../test/support/core-fixture.ts";
import { sourceOf } from "./source-of.ts";

/** Eight replicas, two of them at half speed: 7 times what one can do. */
const replicas = ["a", "b", "c", "d", "e", "f", "g", "h"];
const slowReplicas = new Set(["g", "h"]);
const capacity = 7;
const durationMs = 600_000;
/** What comes before this time is not counted: the first 13 %. */
const settledMs = 0.13 * durationMs;

/** One column of the table. */
export interface SteadyScenario {
  readonly name: string;
  /** Work that comes in the time in which the replicas can do 1. */
  readonly load: number;
  readonly gaps: "poisson" | "trace";
  /** Whether one replica works at a tenth of its speed for a quarter of the time. */
  readonly hasSlowSpell?: boolean;
}

/** The columns of the table in docs/routing.md. */
export const steadyScenarios: readonly SteadyScenario[] = [
  { name: "load 0.8", load: 0.8, gaps: "poisson" },
  { name: "load 0.9", load: 0.9, gaps: "poisson" },
  { name: "trace's gaps, 0.6", load: 0.6, gaps: "trace" },
  { name: "one replica at a tenth for 150 s, 0.7", load: 0.7, gaps: "poisson", hasSlowSpell: true },
];

/** A strategy, or one that may look at what only the simulated world knows. */
export type Contestant = (backends: ReadonlyMap<string, Backend>) => StrategyPlugin;

/** Runs one column for one strategy. */
export async function runSteady(
  { load, gaps, hasSlowSpell = false }: SteadyScenario,
  contestant: Contestant,
  sizes: readonly TracedRequest[],
  seed: number,
): Promise<Summary> {
  const backends = new Map<string, ReplicaBackend>();
  const perSecond = rateFor(load, sizes);
  const results = await simulate({
    source: sourceOf(
      replicas.map((id) => deployment(id)),
      contestant(backends),
    ),
    seed,
    createWorld(clock, random) {
      for (const id of replicas) {
        const backend = new ReplicaBackend(usualReplica, clock);
        backend.replica.speed = slowReplicas.has(id) ? 0.5 : 1;
        backends.set(id, backend);
      }
      const first = backends.get("a");
      if (hasSlowSpell && first !== undefined) {
        clock.schedule(durationMs / 3, () => (first.replica.speed = 0.1));
        clock.schedule(durationMs / 3 + durationMs / 4, () => (first.replica.speed = 1));
      }
      const traffic = { sizes, from: 0, model: "m", durationMs };
      return { backends, traffic: gaps === "trace" ? traceTraffic(traffic, perSecond) : poissonTraffic(traffic, perSecond, random) };
    },
  });
  return summarize(
    results.filter(({ arrival }) => arrival.at >= settledMs),
    usualGoodAnswer,
  );
}

/** How many calls a second make up a load, by the sizes of those that come. */
function rateFor(load: number, sizes: readonly TracedRequest[]): number {
  const { prefillPerSecond, decodePerSecond } = usualReplica;
  const wanted = (load * capacity * durationMs) / 1_000;
  let sum = 0;
  let count = 0;
  while (sum < wanted) {
    const size = sizes[count % sizes.length];
    if (size === undefined) break;
    sum += size.promptTokens / prefillPerSecond + size.outputTokens / decodePerSecond;
    count++;
  }
  return (1_000 * count) / durationMs;
}
