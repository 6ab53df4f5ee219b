import assert from "node:assert/strict";
import { test } from "node:test";
import { adviseStrategies } from "../../../src/config/load/advise.ts";
import { deployment, tableSource } from "../../support/core-fixture.ts";
import { fakeAdapter } from "../../support/fake-adapter.ts";

const source = (origins: readonly string[], over: Parameters<typeof deployment>[1] = {}) =>
  tableSource(
    origins.map((origin, index) => deployment(`d${index}`, { adapter: { ...fakeAdapter(`d${index}`), origin }, ...over })),
    { strategy: { name: "simple-shuffle", key: "simple-shuffle", create: () => assert.fail("nothing is created") } },
  );

for (const [origins, isAdvised] of [
  [["http://10.0.0.1:8000", "http://10.0.0.2:8000"], true],
  [["http://[fd00::1]:8000", "http://localhost:8001"], true],
  [["http://vllm-0.vllm.llm.svc.cluster.local", "http://vllm-1"], true],
  [["http://10.0.0.1", "https://api.openai.com"], false],
  [["https://8.8.8.8", "https://9.9.9.9"], false],
  [["mock://a", "mock://b"], false],
] as const) {
  test(`replicas at ${origins.join(" and ")} are ${isAdvised ? "" : "not "}taken to be the operator's own`, () => {
    assert.equal(adviseStrategies(source(origins)).has("m"), isAdvised);
  });
}

test("limits, backups, blocked deployments and higher orders count as they do in routing", () => {
  const replicas = ["http://10.0.0.1", "http://10.0.0.2"];
  assert.equal(adviseStrategies(source(replicas, { rpm: 60 })).size, 0);
  assert.equal(adviseStrategies(source(replicas, { blocked: true })).size, 0);
  const { deployments, ...rest } = source(replicas);
  const far = { ...deployment("far", { order: 1, adapter: { ...fakeAdapter("far"), origin: "https://api.openai.com" } }) };
  assert.equal(adviseStrategies({ ...rest, deployments: [...deployments, far] }).size, 1);
});
