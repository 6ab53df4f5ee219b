import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRouterSettings } from "../../src/config/settings/read-router-settings.ts";
import type { Deployment } from "../../src/core/deployment.ts";
import { usualReplica } from "../../src/replica/replica-spec.ts";
import { isGood, usualGoodAnswer, type CallResult } from "../../src/simulation/call-result.ts";
import { simulate } from "../../src/simulation/simulate.ts";
import { poissonTraffic } from "../../src/simulation/traffic/steady-traffic.ts";
import { ReplicaBackend } from "../../src/simulation/world/replica-backend.ts";
import { leastBusy } from "../../src/strategies/least-busy.ts";
import { deployment, tableSource } from "../support/core-fixture.ts";

const speeds = [1, 1, 0.5];
const capacity = 2.5;
const durationMs = 150_000;
const size = { at: 0, promptTokens: 1_200, outputTokens: 220 };
const workOfOne = size.promptTokens / usualReplica.prefillPerSecond + size.outputTokens / usualReplica.decodePerSecond;

/** What comes of a load that is so many times what three replicas can do; each fourth call is important. */
async function run(load: number, maxParallelRequests: Deployment["maxParallelRequests"]): Promise<readonly CallResult[]> {
  const settings = { ...defaultRouterSettings, queue: { timeoutMs: maxParallelRequests === undefined ? 0 : 1_000, size: 1_000 } };
  const ids = speeds.map((_speed, index) => `r${index}`);
  const source = tableSource(
    ids.map((id) => deployment(id, { maxParallelRequests })),
    { settings, createStrategy: (deps) => leastBusy.create(undefined, deps) },
  );
  const results = await simulate({
    source,
    seed: 1,
    createWorld(clock, random) {
      const backends = new Map<string, ReplicaBackend>();
      for (const [index, id] of ids.entries()) {
        const backend = new ReplicaBackend(usualReplica, clock);
        backend.replica.speed = speeds[index] ?? 1;
        backends.set(id, backend);
      }
      const arrivals = poissonTraffic({ sizes: [size], from: 0, model: "m", durationMs }, (load * capacity) / workOfOne, random);
      const traffic = Array.from(arrivals, (arrival, index) => ({ ...arrival, priority: index % 4 === 0 ? 0 : 1 }));
      return { backends, traffic };
    },
  });
  return results.filter(({ arrival }) => arrival.at >= 0.3 * durationMs);
}

function goodShare(results: readonly CallResult[]): number {
  return results.filter((result) => isGood(result, usualGoodAnswer)).length / results.length;
}

test("with a limit that is learned, overload waits here by priority: what is served well stays near the capacity", async () => {
  const plain = await run(1.2, undefined);
  const learned = await run(1.2, "auto");
  const ofCapacity = goodShare(learned) * 1.2;
  assert.ok(ofCapacity >= 0.8, `${ofCapacity} of the capacity, ${goodShare(plain) * 1.2} without a limit`);
  const [important, others] = [0, 1].map((priority) => goodShare(learned.filter(({ arrival }) => arrival.priority === priority)));
  assert.ok(
    (important ?? 0) >= 0.85 && (important ?? 0) > (others ?? 1) + 0.1,
    `${important} of the important calls, ${others} of the others`,
  );
});

test("a limit that is learned lets through what the replicas can do", async () => {
  const [plain, learned] = [goodShare(await run(0.8, undefined)), goodShare(await run(0.8, "auto"))];
  assert.ok(learned >= plain - 0.02, `${learned} of the calls, ${plain} without a limit`);
});
