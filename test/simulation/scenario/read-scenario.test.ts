import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { loadScenario, type ScenarioLoad } from "../../../src/simulation/load-scenario.ts";
import { deployment, tableSource } from "../../support/core-fixture.ts";

const source = tableSource([deployment("a"), deployment("b", { rpm: 60 })]);

function read(text: string): Promise<ScenarioLoad> {
  return loadScenario("scenario.yaml", text, source);
}

function accessLine(second: number, group: string): string {
  const time = `2026-01-02T03:04:0${second}Z`;
  return JSON.stringify({ level: "info", kind: "access", time, group, prompt_tokens: 5, output_tokens: 5 });
}

describe("a scenario", () => {
  it("has deployments, callers, faults and nodes, with defaults for what it leaves out", async () => {
    const { scenario, problems, warnings } = await read(`
duration: 100
seeds: [4, 7]
nodes: { count: 4, sync_ms: 100 }
deployments:
  - { id: a, replica: { prefill_per_second: 4000, speed: 0.5 } }
  - { model: m, provider: { tpm: 60000, first_token: { mean: 0.4, p99: 2 } } }
callers:
  - { per_second: 3, tenants: 2, patience: 5 }
timeline:
  - { at: 10, for: 5, deployment: a, slow: 0.1 }
  - { at: 20, deployment: b, refusals: { rate: 0.5, retry_after: 3 } }
  - { at: 30, deployment: b, removed: true }
`);
    assert.deepEqual([problems, warnings], [[], []]);
    assert.ok(scenario);
    const replica = scenario.byId.get("a");
    assert.ok(replica?.kind === "replica");
    assert.deepEqual([replica.spec.prefillPerSecond, replica.spec.decodePerSecond], [2_000, 750]);
    assert.deepEqual(scenario.byGroup.get("m"), { kind: "provider", spec: { tpm: 60_000, firstMs: { mean: 400, p99: 2_000 } } });
    assert.deepEqual([scenario.durationMs, scenario.warmUpMs, scenario.seeds], [100_000, 10_000, [4, 7]]);
    assert.deepEqual(scenario.nodes, { count: 4, lateMs: 100 });
    assert.deepEqual(scenario.callers[0]?.tenants, ["tenant-1", "tenant-2"]);
    assert.deepEqual(
      scenario.timeline.map(({ happens }) => happens),
      [{ kind: "slow", factor: 0.1 }, { kind: "refusals", rate: 0.5, retryAfterMs: 3_000 }, "removed"],
    );
  });

  it("without callers takes those that the configuration's limits allow", async () => {
    const { scenario } = await read("duration: 60");
    // 60 requests a minute, and 120 where there is no limit, at 0.8.
    assert.deepEqual(
      scenario?.callers.map(({ arrivals }) => arrivals),
      [{ kind: "poisson", perSecond: 2.4 }],
    );
  });

  it("takes of a trace the calls of one group, and says what it left out", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "huntgroup-"));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "log.jsonl"), `${accessLine(0, "x")}\n${accessLine(1, "m")}\n${accessLine(2, "x")}\n{"level`);
    const from = (group: string): Promise<ScenarioLoad> =>
      loadScenario(join(folder, "scenario.yaml"), `callers: [{ trace: log.jsonl, trace_group: ${group} }]`, source);
    const { scenario, problems, warnings } = await from("m");
    assert.deepEqual(problems, []);
    assert.match(warnings[0]?.message ?? "", /1 line was left out: line 4 is not valid JSON/);
    assert.deepEqual(
      scenario?.callers[0]?.trace?.map(({ at }) => at),
      [1_000],
    );
    assert.match((await from("y")).problems[0]?.message ?? "", /has no calls of the group "y"; there are x, m/);
  });

  const faults: readonly (readonly [string, string, RegExp])[] = [
    ["an unknown setting", "durations: 5", /^1 durations: is not known here \(did you mean duration\?\)/],
    ["an unknown setting further down", "callers: [{ per_second: 1, tenats: 3 }]", /^1 callers\[0\].tenats: .*did you mean tenants/],
    [
      "an unknown deployment",
      "deployments:\n  - { id: aa, replica: {} }",
      /^2 deployments\[0\].id: the configuration has no deployment "aa"/,
    ],
    ["a deployment that is nothing", "deployments: [{ id: a }]", /needs either replica or provider/],
    ["a deployment that nobody knows", "deployments: [{ replica: {} }]", /needs an id or a model/],
    ["callers without a rate", "callers: [{ model: m }]", /needs per_second or a trace/],
    ["a model that is not there", "callers: [{ per_second: 1, model: x }]", /has no model "x"/],
    ["a number out of bounds", "callers: [{ per_second: -1 }]", /callers\[0\].per_second: must be a number > 0/],
    ["more calls than can be kept", "callers: [{ per_second: 900000 }]", /at most 10000000 are simulated/],
    ["a spread that cannot be", "callers: [{ per_second: 1, prompt_tokens: { mean: 1, p99: 50 } }]", /p99 of 1 to 15\.0 times/],
    ["an event without a fault", "timeline: [{ at: 1, deployment: a }]", /needs exactly one of slow/],
    ["an event with two", "timeline: [{ at: 1, deployment: a, hang: true, slow: 0.5 }]", /not slow and hang/],
    ["a trace that is not there", "callers: [{ trace: none.csv }]", /none.csv cannot be read \(ENOENT\)/],
    ["a word that is none of a list", "deployments: [{ id: a, provider: { tells: limit } }]", /did you mean limits/],
    ["seeds that are none", "seeds: many", /seeds: must be a whole number/],
    ["YAML that is none", "callers: [", /not valid YAML/],
    ["a list in its place", "- 1", /a scenario is a map/],
  ];
  for (const [what, text, expected] of faults) {
    it(`is refused for ${what}, with the line`, async () => {
      const { problems, scenario } = await read(text);
      assert.equal(scenario, undefined);
      const told = problems.map(({ line, key, message }) => `${line} ${key}: ${message}`);
      assert.ok(
        told.some((one) => expected.test(one)),
        told.join("\n"),
      );
    });
  }
});
