import { exponential, type Random, randomInt } from "../../src/lib/random.ts";
import { blockTokens, usualReplica } from "../../src/replica/replica-spec.ts";
import { usualGoodAnswer } from "../../src/simulation/call-result.ts";
import { summarize } from "../../src/simulation/summary.ts";
import type { Arrival } from "../../src/simulation/traffic/traffic.ts";
import { group, runReplicas } from "./replica-world.ts";
import type { RoutingScenario } from "./scenario.ts";

const speeds = [1, 1, 1, 1, 1, 1, 1, 1];
const durationMs = 600_000;
const settledMs = 0.13 * durationMs;
/** Each replica remembers some hundred conversations. */
const spec = { ...usualReplica, cacheTokens: 600_000 };

/** Conversations that begin in a second: four fifths of what the replicas can do where nothing but a common beginning is remembered. */
const perSecond = 2.95;

/** Conversations whose prompts grow from turn to turn, and whether all begin with the same long text. */
export const conversationScenarios: readonly RoutingScenario[] = [conversations("conversations", 0), conversations("hot prefix", 2_000)];

/** @param hotTokens Of the beginning that all of them share. */
function conversations(name: string, hotTokens: number): RoutingScenario {
  return {
    name,
    async run(contestant, seed) {
      const results = await runReplicas({ spec, speeds, traffic: (random) => arrivals(hotTokens, random) }, contestant, seed);
      return summarize(
        results.filter(({ arrival }) => arrival.at >= settledMs),
        usualGoodAnswer,
      );
    },
  };
}

/** What a replica that remembers everything and gets everything would not have to read, in percent of all prompts' tokens. */
export function mostCached(traffic: readonly Arrival[]): number {
  const known = new Set<number>();
  let cached = 0;
  let all = 0;
  for (const { work } of traffic) {
    let found = 0;
    while (found < work.blocks.length && known.has(work.blocks[found] ?? 0)) found++;
    for (const block of work.blocks) known.add(block);
    cached += Math.min(found * blockTokens, work.promptTokens - 1);
    all += work.promptTokens;
  }
  return (100 * cached) / all;
}

/** The traffic of one seed, for {@link mostCached}. */
export function conversationTraffic(random: Random, hotTokens: number): readonly Arrival[] {
  return arrivals(hotTokens, random).filter(({ at }) => at >= settledMs);
}

function arrivals(hotTokens: number, random: Random): readonly Arrival[] {
  const all: Arrival[] = [];
  let nextBlock = 1_000_000;
  const hot = Array.from({ length: Math.floor(hotTokens / blockTokens) }, (_none, index) => index);
  for (let beginAt = 0, number = 0; beginAt < durationMs; beginAt += exponential(random, 1_000 / perSecond), number++) {
    const turns = 2 + randomInt(random, 9);
    let promptTokens = hotTokens + 200 + Math.floor(exponential(random, 800));
    const blocks = [...hot];
    for (let turn = 0, at = beginAt; turn < turns && at < durationMs; turn++) {
      while ((blocks.length + 1) * blockTokens <= promptTokens) blocks.push(nextBlock++);
      const outputTokens = 1 + Math.floor(exponential(random, 180));
      const work = { promptTokens, outputTokens, blocks: [...blocks] };
      const session = `s${number}`;
      const none = { tenant: undefined, priority: 0, deadlineMs: undefined, patienceMs: undefined };
      all.push({ at, work, stream: true, model: group, session, ...none });
      promptTokens += outputTokens + 20 + Math.floor(exponential(random, 150));
      at += (1_000 * outputTokens) / 40 + 2_000 + exponential(random, 15_000);
    }
  }
  return all.toSorted((one, other) => one.at - other.at);
}
