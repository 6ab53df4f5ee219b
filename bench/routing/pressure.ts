import type { Deployment } from "../../src/core/deployment.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { usualReplica } from "../../src/replica/replica-spec.ts";
import { type CallResult, isGood, usualGoodAnswer } from "../../src/simulation/call-result.ts";
import { quantiles, summarize, type Summary } from "../../src/simulation/summary.ts";
import type { TracedRequest } from "../../src/simulation/traffic/traffic.ts";
import { poissonTraffic } from "../../src/simulation/traffic/steady-traffic.ts";
import type { Arrival } from "../../src/simulation/traffic/traffic.ts";
import { quotaRate, runAccounts } from "./quotas.ts";
import { group, rateFor, runReplicas } from "./replica-world.ts";
import type { RoutingScenario } from "./scenario.ts";

const spec = usualReplica;
const speeds = [1, 1, 1, 1];
const capacity = 4;
const durationMs = 600_000;
const settledMs = 0.13 * durationMs;
/** Callers who want the first content within 2 s gain nothing by a longer wait than this. */
const shortWaitMs = 1_000;
const longWaitMs = 10_000;

/** What a run under pressure comes to besides the usual. */
export interface PressedSummary extends Summary {
  /** Work of good answers, in percent of what the replicas can do. */
  readonly goodWork: number;
  /** Goodput of calls that go first, in percent. NaN where none do. */
  readonly firstGoodput: number;
  /** Of all tenants but the greedy one: calls that failed, in percent, and until the first content, p99. */
  readonly othersFailed: number;
  readonly othersFirstP99: number;
  /** The same until the end. */
  readonly othersTotalP99: number;
  /** Tokens of the greedy one, in percent of all that were served. */
  readonly greedyShare: number;
}

/** More than the replicas can do: a fifth of the calls go first. With limits that are learned, and without any. */
export const overloadScenarios: readonly RoutingScenario[] = [
  overload("overload 1.2, limits learned", { maxParallelRequests: "auto" }),
  overload("overload 1.2, no limits", {}),
];

/** Twelve tenants of which the first may be greedy: with it, and without. */
export const tenantScenarios: readonly (readonly [beside: RoutingScenario, alone: RoutingScenario])[] = (
  ["accounts", "replicas"] as const
).map((world) => [tenants(world, true), tenants(world, false)]);

function overload(name: string, over: Partial<Deployment>): RoutingScenario {
  return pressed(name, over, shortWaitMs, (sizes, seed) => {
    const random = seededRandom(seed);
    const perSecond = rateFor({ load: 1.2, capacity, spec, sizes, durationMs });
    const all = [...poissonTraffic({ sizes, from: 0, model: group, durationMs }, perSecond, random)];
    return all.map((arrival): Arrival => ({ ...arrival, priority: random.next() < 0.2 ? 0 : 1 }));
  });
}

/** All tenants but the greedy one together make up a load of 0.5, and it has the traffic of twenty of them. */
function tenants(world: "accounts" | "replicas", isGreedy: boolean): RoutingScenario {
  const others = 11;
  const greed = 20;
  const load = (0.5 * (others + greed)) / others;
  const traffic = (perSecond: number, sizes: readonly TracedRequest[], seed: number): readonly Arrival[] => {
    const random = seededRandom(seed);
    const all = [...poissonTraffic({ sizes, from: 0, model: group, durationMs }, perSecond, random)];
    const named = all.map((arrival): Arrival => {
      const place = random.next() * (others + greed);
      return { ...arrival, tenant: place < greed ? "greedy" : `tenant ${Math.floor(place - greed)}` };
    });
    return isGreedy ? named : named.filter(({ tenant }) => tenant !== "greedy");
  };
  const name = `${world}, ${isGreedy ? "with a tenant of 20 × the traffic" : "the others alone"}`;
  if (world === "replicas") {
    return pressed(name, { maxParallelRequests: "auto" }, longWaitMs, (sizes, seed) =>
      traffic(rateFor({ load, capacity, spec, sizes, durationMs }), sizes, seed),
    );
  }
  return {
    name,
    async run(contestant, seed, sizes) {
      const results = await runAccounts({ traffic: traffic(quotaRate(load, 0, sizes), sizes, seed), isKnown: true }, contestant, seed);
      return pressedSummary(results.filter(({ arrival }) => arrival.at >= settledMs));
    },
  };
}

function pressed(
  name: string,
  over: Partial<Deployment>,
  waitMs: number,
  traffic: (sizes: readonly TracedRequest[], seed: number) => readonly Arrival[],
): RoutingScenario {
  const queue = { timeoutMs: waitMs, size: 10_000 };
  return {
    name,
    async run(contestant, seed, sizes) {
      const results = await runReplicas({ spec, speeds, over, settings: { queue }, traffic: () => traffic(sizes, seed) }, contestant, seed);
      return pressedSummary(results.filter(({ arrival }) => arrival.at >= settledMs));
    },
  };
}

function pressedSummary(results: readonly CallResult[]): PressedSummary {
  const good = results.filter((result) => isGood(result, usualGoodAnswer));
  const seconds = good.reduce(
    (sum, { arrival: { work } }) => sum + work.promptTokens / spec.prefillPerSecond + work.outputTokens / spec.decodePerSecond,
    0,
  );
  const first = results.filter(({ arrival }) => arrival.priority === 0);
  const others = results.filter(({ arrival }) => arrival.tenant !== "greedy");
  const firstMs = others.flatMap(({ firstAt, arrival }) => (firstAt === undefined ? [] : [firstAt - arrival.at]));
  return {
    ...summarize(results, usualGoodAnswer),
    goodWork: (100 * seconds * 1_000) / (capacity * (durationMs - settledMs)),
    firstGoodput: (100 * first.filter((result) => isGood(result, usualGoodAnswer)).length) / first.length,
    othersFailed: (100 * others.filter(({ error }) => error !== undefined).length) / others.length,
    othersFirstP99: quantiles(firstMs).p99,
    othersTotalP99: quantiles(
      others.flatMap(({ endAt, error, arrival }) => (endAt === undefined || error !== undefined ? [] : [endAt - arrival.at])),
    ).p99,
    greedyShare: (100 * tokensOf(results.filter(({ arrival }) => arrival.tenant === "greedy"))) / tokensOf(results),
  };
}

function tokensOf(results: readonly CallResult[]): number {
  return results.reduce((sum, { error, arrival: { work } }) => sum + (error === undefined ? work.promptTokens + work.outputTokens : 0), 0);
}
