import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { VirtualClock } from "../../src/lib/virtual-clock.ts";
import { loadScenario } from "../../src/simulation/load-scenario.ts";
import { createScenarioWorld } from "../../src/simulation/scenario-world.ts";
import { simulate } from "../../src/simulation/simulate.ts";
import type { Backend } from "../../src/simulation/world/backend.ts";
import { p2c } from "../../src/strategies/p2c.ts";
import { deployment, tableSource } from "../support/core-fixture.ts";
import { FakeConfigReader } from "../support/fake-config-reader.ts";
import { knownQueues, runQueue } from "./queue-world.ts";

describe("the simulator", () => {
  for (const [name, expectedMs, spec] of knownQueues) {
    it(`agrees with what is known of ${name}, and with Little's law`, async () => {
      // Long runs come within 1 %: npm run simulation.
      const { meanMs, meanPresent, perMs } = await runQueue({ ...spec, calls: 5_000 });
      assert.ok(Math.abs(meanMs / expectedMs - 1) < 0.1, `${meanMs} ms instead of ${expectedMs}`);
      assert.ok(Math.abs(meanPresent / (perMs * meanMs) - 1) < 0.03, `${meanPresent} present instead of ${perMs * meanMs}`);
    });
  }

  it("loses no call and no token, whatever befalls deployments, and leaves nothing behind", async () => {
    const source = tableSource(
      ["a", "b", "c"].map((id) => deployment(id)),
      { createStrategy: (deps) => p2c.create(p2c.parseConfig(new FakeConfigReader()), deps) },
    );
    const { scenario, problems } = await loadScenario(
      "s.yaml",
      `
duration: 60
deployments: [{ id: a, replica: {} }, { id: b, provider: { rpm: 120, error_rate: 0.1 } }, { id: c, replica: { speed: 0.5 } }]
callers: [{ per_second: 8, streamed: 0.7, patience: 6, tenants: 3 }, { per_second: 1, sessions: {}, deadline: 20 }]
timeline:
  - { at: 5, for: 10, deployment: a, cut: 0.5 }
  - { at: 12, for: 5, deployment: c, down: true }
  - { at: 20, for: 5, deployment: b, errors: { rate: 0.5, status: 500 } }
  - { at: 25, for: 10, deployment: a, hang: true }
  - { at: 40, for: 5, deployment: c, removed: true }
  - { at: 45, for: 5, deployment: a, drained: true }
`,
      source,
    );
    assert.deepEqual(problems, []);
    assert.ok(scenario);
    let clock: VirtualClock | undefined;
    let backends: ReadonlyMap<string, Backend> = new Map();
    let arrivals = 0;
    const results = await simulate({
      source,
      seed: 3,
      createWorld(...parts) {
        [clock] = parts;
        const world = createScenarioWorld(source, scenario, ...parts);
        backends = world.backends;
        arrivals = [...world.traffic].length;
        return world;
      },
    });
    assert.equal(results.length, arrivals);
    assert.ok(results.every(({ endAt }) => endAt !== undefined));
    const outcomes = new Set(results.map(({ error }) => error));
    assert.ok(outcomes.has(undefined) && outcomes.has("cancelled") && outcomes.size > 2, [...outcomes].join(", "));
    for (const { arrival, firstAt, endAt = 0 } of results) assert.ok(endAt >= arrival.at && (firstAt === undefined || firstAt <= endAt));
    // All that was given up is out of the deployments' hands.
    while (clock?.step(clock.now() + 10_000) === true);
    for (const id of ["a", "c"]) assert.equal(backends.get(id)?.workSeconds, 0, id);
  });
});
