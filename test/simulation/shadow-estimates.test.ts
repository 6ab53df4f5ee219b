import assert from "node:assert/strict";
import { test } from "node:test";
import { meanChange, noChange } from "../../src/core/shadow/shadow-counts.ts";
import { ShadowedStrategy } from "../../src/core/shadow/shadowed-strategy.ts";
import type { StrategyDeps } from "../../src/core/strategy.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { usualReplica } from "../../src/replica/replica-spec.ts";
import { simulate } from "../../src/simulation/simulate.ts";
import { poissonTraffic } from "../../src/simulation/traffic/steady-traffic.ts";
import { ReplicaBackend } from "../../src/simulation/world/replica-backend.ts";
import { leastBusy } from "../../src/strategies/least-busy.ts";
import { simpleShuffle } from "../../src/strategies/simple-shuffle.ts";
import { deployment, tableSource } from "../support/core-fixture.ts";

const speeds = [1, 1, 1, 0.5];
const sizes = Array.from({ length: 40 }, (_, index) => ({
  at: 0,
  promptTokens: 300 + index * 40,
  outputTokens: 100 + ((index * 7) % 40) * 6,
}));

/** What is expected of the real picks' first answers, and what a shadow's would change, in milliseconds. */
async function estimated(real: typeof leastBusy, shadow: typeof leastBusy): Promise<{ real: number; change: number; error: number }> {
  const made: ShadowedStrategy[] = [];
  const create = (deps: StrategyDeps): ShadowedStrategy => {
    const shadows = [{ name: shadow.name, strategy: shadow.create(undefined, { ...deps, random: seededRandom(5) }) }];
    const chosen = { name: real.name, strategy: real.create(undefined, deps) };
    const strategy = new ShadowedStrategy({
      group: "m",
      real: chosen,
      shadows,
      sample: 0.5,
      onFault: () => assert.fail("no shadow fails"),
    });
    made.push(strategy);
    return strategy;
  };
  await simulate({
    source: {
      ...tableSource(speeds.map((_, index) => deployment(`r${index}`))),
      strategy: { name: "s", key: "s", create, readsProgress: true },
    },
    seed: 3,
    createWorld(clock, random) {
      const backends = new Map<string, ReplicaBackend>();
      for (const [index, speed] of speeds.entries()) {
        const backend = new ReplicaBackend(usualReplica, clock);
        backend.replica.speed = speed;
        backends.set(`r${index}`, backend);
      }
      return { backends, traffic: poissonTraffic({ sizes, from: 0, model: "m", durationMs: 60_000 }, 10, random) };
    },
  });
  const [counts] = made[0]?.takeCounts() ?? [];
  const answer = meanChange(counts?.answerMs ?? noChange) ?? assert.fail("there are enough estimates");
  return { real: answer.real, change: answer.mean, error: answer.standardError };
}

test("beside simple-shuffle the estimate for least-busy is a clear gain, near what least-busy has by itself; the other way round there is none", async () => {
  const shuffled = await estimated(simpleShuffle, leastBusy);
  const busy = await estimated(leastBusy, simpleShuffle);
  assert.ok(shuffled.change + 2 * shuffled.error < 0, JSON.stringify({ shuffled, busy }));
  const expected = shuffled.real + shuffled.change;
  assert.ok(Math.abs(expected - busy.real) < 0.35 * shuffled.real, JSON.stringify({ shuffled, busy }));
  assert.ok(busy.change + 2 * busy.error > 0, JSON.stringify({ shuffled, busy }));
});
