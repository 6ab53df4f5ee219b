import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultChoice } from "../../src/simulation/contest.ts";
import { runScenario } from "../../src/simulation/run-scenario.ts";
import { plainScenario } from "../../src/simulation/scenario/plain-scenario.ts";
import type { Scenario } from "../../src/simulation/scenario/scenario.ts";
import { deployment, tableSource } from "../support/core-fixture.ts";

/** One call of 900 and 100 tokens a second, for two minutes, of which the first is not counted. */
async function quotaUsed(byId: Scenario["byId"], limits: { readonly rpm?: number; readonly tpm?: number }): Promise<number | undefined> {
  const source = tableSource([deployment("a", limits), deployment("b", limits)]);
  const [caller] = plainScenario(source.deployments).callers;
  assert.ok(caller !== undefined);
  const trace = Array.from({ length: 120 }, (_none, second) => ({ at: second * 1_000, promptTokens: 900, outputTokens: 100 }));
  const scenario: Scenario = {
    ...plainScenario(source.deployments),
    durationMs: 120_000,
    warmUpMs: 60_000,
    byId,
    callers: [{ ...caller, arrivals: { kind: "trace", speed: 1 }, trace }],
  };
  const order = { strategy: "least-busy", choice: defaultChoice("least-busy"), seed: 1 };
  return (await runScenario(source, scenario, order)).quotaUsed;
}

test("of a quota of tokens is used what good answers had, as a share of what all providers allow in the time that counts", async () => {
  // 60 calls of 1,000 tokens in a minute, of two quotas of 50,000.
  assert.equal(await quotaUsed(new Map(), { tpm: 50_000, rpm: 10_000 }), 60);
});

test("where no provider counts tokens, requests are counted", async () => {
  assert.equal(await quotaUsed(new Map(), { rpm: 100 }), 30);
});

test("the scenario's quota counts before the configuration's, and without any there is no such figure", async () => {
  const provider = { kind: "provider", spec: { tpm: 100_000 } } as const;
  const each = new Map([
    ["a", provider],
    ["b", provider],
  ]);
  assert.equal(await quotaUsed(each, { rpm: 1_000 }), 30);
  assert.equal(await quotaUsed(new Map(), {}), undefined);
});
