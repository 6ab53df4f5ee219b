import { seededRandom } from "../../src/lib/random.ts";
import { type CallResult, usualGoodAnswer } from "../../src/simulation/call-result.ts";
import { simulate } from "../../src/simulation/simulate.ts";
import { summarize } from "../../src/simulation/summary.ts";
import type { TracedRequest } from "../../src/simulation/traffic/traffic.ts";
import { poissonTraffic, traceTraffic } from "../../src/simulation/traffic/steady-traffic.ts";
import type { Arrival } from "../../src/simulation/traffic/traffic.ts";
import { ProviderBackend } from "../../src/simulation/world/provider-backend.ts";
import { usualProvider } from "../../src/simulation/world/provider-spec.ts";
import { deployment } from "../../test/support/core-fixture.ts";
import { group } from "./replica-world.ts";
import type { Contestant, RoutingScenario } from "./scenario.ts";
import { sourceOf } from "./source-of.ts";

/** Tokens a minute of four accounts, each with bursts of ten seconds. */
const quotas = [600_000, 300_000, 150_000, 150_000];
const burstMs = 10_000;
const durationMs = 600_000;
const settledMs = 0.13 * durationMs;
const queueMs = 20_000;
/** Until the first token, when nothing is in the way. */
export const firstMs = 400;

/** What is asked of accounts with quotas. */
export interface QuotaScenario extends RoutingScenario {
  /** How many attempts the accounts may refuse, in percent. */
  readonly mostRefused: number;
  /** How it goes where all accounts are one, every call's size is known, and calls wait in line for 20 s at most. */
  ideal(seed: number, sizes: readonly TracedRequest[]): Ideal;
}

/** What the best is that could be. */
interface Ideal {
  /** In percent of all calls. */
  readonly failed: number;
  readonly medianWaitMs: number;
  readonly servedTokens: number;
}

/** Quotas that the router knows, and one that only replies tell of. */
export const quotaScenarios: readonly QuotaScenario[] = [
  quota("quota × 0.97", 0.97, "poisson", true),
  quota("quota × 0.97, trace", 0.97, "trace", true),
  quota("quota × 1.05", 1.05, "poisson", true),
  quota("quota × 1.05, trace", 1.05, "trace", true),
  quota("quota × 0.97, unknown", 0.97, "poisson", false),
];

function quota(name: string, load: number, gaps: "poisson" | "trace", isKnown: boolean): QuotaScenario {
  return {
    name,
    mostRefused: isKnown ? 0.1 : 0.5,
    ideal: (seed, sizes) => idealOf([...arrivals(load, gaps, seed, sizes)]),
    async run(contestant, seed, sizes) {
      const results = await runAccounts({ traffic: arrivals(load, gaps, seed, sizes), isKnown }, contestant, seed);
      return summarize(
        results.filter(({ arrival }) => arrival.at >= settledMs),
        usualGoodAnswer,
      );
    },
  };
}

/** Traffic to the four accounts. */
export interface AccountsRun {
  readonly traffic: Iterable<Arrival>;
  /** Whether the quotas are configured. */
  readonly isKnown: boolean;
}

/** Runs traffic to the four accounts through one contestant. */
export async function runAccounts({ traffic, isKnown }: AccountsRun, contestant: Contestant, seed: number): Promise<CallResult[]> {
  const ids = quotas.map((_quota, index) => `p${index}`);
  const backends = new Map<string, ProviderBackend>();
  return simulate({
    source: sourceOf(
      ids.map((id, index) => deployment(id, { tpm: isKnown ? quotas[index] : undefined })),
      contestant.create(backends),
      { queue: { timeoutMs: queueMs, size: 10_000 }, enforceRateLimits: true },
    ),
    seed,
    createWorld(clock, random) {
      for (const [index, id] of ids.entries()) {
        const spec = { ...usualProvider, tpm: quotas[index] ?? 0, burstMs, firstMs, tokensPerSecond: 60 };
        backends.set(id, new ProviderBackend(spec, clock, random));
      }
      return { backends, traffic };
    },
  });
}

/** How many calls a second take so much of all quotas together, by the sizes of those that come. */
export function quotaRate(load: number, from: number, sizes: readonly TracedRequest[]): number {
  const wanted = (load * quotas.reduce((sum, one) => sum + one, 0) * durationMs) / 60_000;
  let sum = 0;
  let count = 0;
  for (; sum < wanted; count++) {
    const { promptTokens = 0, outputTokens = 0 } = sizes[(from + count) % sizes.length] ?? {};
    sum += promptTokens + outputTokens;
  }
  return (1_000 * count) / durationMs;
}

function arrivals(load: number, gaps: "poisson" | "trace", seed: number, sizes: readonly TracedRequest[]): Iterable<Arrival> {
  // Traces have no chance of their own: each seed begins at another place.
  const from = gaps === "trace" ? (seed - 1) * 1_301 : 0;
  const traffic = { sizes, from, model: group, durationMs };
  const perSecond = quotaRate(load, from, sizes);
  return gaps === "trace" ? traceTraffic(traffic, perSecond) : poissonTraffic(traffic, perSecond, seededRandom(seed));
}

function idealOf(traffic: readonly Arrival[]): Ideal {
  const perMs = quotas.reduce((sum, one) => sum + one, 0) / 60_000;
  const most = perMs * burstMs;
  const waits: number[] = [];
  let [failed, count, servedTokens] = [0, 0, 0];
  /** What is left at a moment: of calls in line, when the last of them went. */
  let [left, at] = [most, 0];
  for (const { at: arrivedAt, work } of traffic) {
    const tokens = work.promptTokens + work.outputTokens;
    const from = Math.max(at, arrivedAt);
    const there = Math.min(left + (from - at) * perMs, most);
    const goesAt = from + Math.max(tokens - there, 0) / perMs;
    const isCounted = arrivedAt >= settledMs;
    if (isCounted) count++;
    if (goesAt - arrivedAt > queueMs) {
      if (isCounted) failed++;
      continue;
    }
    [left, at] = [there + (goesAt - from) * perMs - tokens, goesAt];
    if (!isCounted) continue;
    waits.push(goesAt - arrivedAt);
    servedTokens += tokens;
  }
  const sorted = waits.toSorted((one, other) => one - other);
  return { failed: (100 * failed) / count, medianWaitMs: sorted[Math.floor(sorted.length / 2)] ?? 0, servedTokens };
}
