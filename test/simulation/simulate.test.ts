import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultRouterSettings } from "../../src/config/settings/read-router-settings.ts";
import { usualReplica } from "../../src/replica/replica-spec.ts";
import { usualGoodAnswer } from "../../src/simulation/call-result.ts";
import { simulate, type Simulation } from "../../src/simulation/simulate.ts";
import { summarize } from "../../src/simulation/summary.ts";
import { poissonTraffic } from "../../src/simulation/traffic/steady-traffic.ts";
import { ReplicaBackend } from "../../src/simulation/world/replica-backend.ts";
import { leastBusy } from "../../src/strategies/least-busy.ts";
import { deployment, tableSource } from "../support/core-fixture.ts";

const sizes = [
  { at: 0, promptTokens: 800, outputTokens: 150 },
  { at: 1, promptTokens: 100, outputTokens: 1 },
  { at: 2, promptTokens: 3_000, outputTokens: 40 },
];

function leastBusyOver(ids: readonly string[]): Simulation["source"] {
  return tableSource(
    ids.map((id) => deployment(id)),
    { createStrategy: (deps) => leastBusy.create(undefined, deps) },
  );
}

function small(over: Partial<Simulation> = {}, perSecond = 5): Simulation {
  return {
    source: leastBusyOver(["a", "b"]),
    seed: 1,
    createWorld: (clock, random) => ({
      backends: new Map(["a", "b"].map((id) => [id, new ReplicaBackend(usualReplica, clock)])),
      traffic: poissonTraffic({ sizes, from: 0, model: "m", durationMs: 20_000 }, perSecond, random),
    }),
    ...over,
  };
}

describe("simulation", () => {
  it("answers every call, streams whole, through the production router", async () => {
    const results = await simulate(small());
    const summary = summarize(results, usualGoodAnswer);
    assert.ok(summary.calls > 60, `${summary.calls} calls`);
    assert.equal(summary.failed, 0);
    assert.equal(
      summary.outputTokens,
      results.reduce((sum, { arrival }) => sum + arrival.work.outputTokens, 0),
    );
    assert.deepEqual([...summary.shares.keys()], ["a", "b"]);
    assert.ok(summary.goodput > 95, `${summary.goodput} %`);
    for (const { arrival, firstAt = NaN, endAt = NaN } of results) assert.ok(arrival.at < firstAt && firstAt <= endAt);
  });

  it("is the same for the same seed, to the byte, and another for another", async () => {
    const [one, same, other] = [await simulate(small()), await simulate(small()), await simulate(small({ seed: 2 }))];
    assert.equal(JSON.stringify(one), JSON.stringify(same));
    assert.notEqual(JSON.stringify(one), JSON.stringify(other));
  });

  it("keeps the router's limits: no deployment is sent more than its rpm", async () => {
    const limited = tableSource([deployment("a", { rpm: 30 }), deployment("b", { rpm: 30 })], {
      createStrategy: (deps) => leastBusy.create(undefined, deps),
      settings: { ...defaultRouterSettings, enforceRateLimits: true },
    });
    const results = await simulate(small({ source: limited }));
    const served = results.filter(({ error }) => error === undefined).length;
    assert.equal(served, 60);
    assert.ok(results.every(({ error }) => error === undefined || error === "no_capacity"));
  });

  it("lets callers give up", async () => {
    const results = await simulate(
      small({
        createWorld: (clock) => ({
          backends: new Map(["a", "b"].map((id) => [id, new ReplicaBackend({ ...usualReplica, prefillPerSecond: 10 }, clock)])),
          traffic: [
            {
              at: 5,
              work: { promptTokens: 100, outputTokens: 5, blocks: [] },
              stream: true,
              model: "m",
              session: undefined,
              tenant: undefined,
              priority: 0,
              deadlineMs: undefined,
              patienceMs: 500,
            },
          ],
        }),
      }),
    );
    assert.deepEqual(
      results.map(({ error, endAt }) => [error, endAt]),
      [["cancelled", 505]],
    );
  });

  it("lets deployments join, be drained and leave on the way", async () => {
    const all = ["a", "b", "c"];
    const none = new Map<string, never>();
    const results = await simulate(
      small({
        source: leastBusyOver(["a", "b"]),
        createWorld(clock, random, steer) {
          clock.schedule(5_000, () => steer.apply({ source: leastBusyOver(all), weights: none, states: none }));
          clock.schedule(10_000, () => steer.apply({ weights: none, states: new Map([["a", "draining"]]) }));
          clock.schedule(15_000, () => steer.apply({ source: leastBusyOver(["c"]), weights: none, states: none }));
          return {
            backends: new Map(all.map((id) => [id, new ReplicaBackend(usualReplica, clock)])),
            traffic: poissonTraffic({ sizes, from: 0, model: "m", durationMs: 20_000 }, 10, random),
          };
        },
      }),
    );
    const servedBy = (from: number, to: number): string =>
      [...new Set(results.filter(({ arrival: { at } }) => at >= from && at < to).map(({ deploymentId }) => deploymentId))]
        .toSorted()
        .join("");
    assert.deepEqual(
      [servedBy(0, 5_000), servedBy(5_000, 10_000), servedBy(10_000, 15_000), servedBy(15_000, 20_000)],
      ["ab", "abc", "bc", "c"],
    );
    assert.ok(results.every(({ error }) => error === undefined));
  });
});
