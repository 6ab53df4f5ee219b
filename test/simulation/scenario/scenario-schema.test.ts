import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { scenarioSchema } from "../../../src/simulation/scenario/scenario-schema.ts";

const schema = scenarioSchema();
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true, formats: {} }).compile(schema);

function faults(text: string): readonly string[] {
  return validate(parse(text)) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const fileOf = (path: string): Promise<string> => readFile(new URL(`../../../${path}`, import.meta.url), "utf8");

test("the published schema of scenarios is current", async () => {
  const published = await fileOf("docs/scenario.schema.json");
  assert.ok(published === `${JSON.stringify(schema, null, 2)}\n`, "docs/scenario.schema.json is stale: run node scripts/config-schema.ts");
});

test("the example, and every block of YAML in the guide, fits the schema", async () => {
  assert.deepEqual(faults(await fileOf("examples/scenarios/replicas.yaml")), []);
  const guide = await fileOf("docs/simulate.md");
  for (const [, block = ""] of guide.matchAll(/```yaml\n([^]*?)```/g)) assert.deepEqual(faults(block), []);
});

for (const [text, isRight] of [
  ["seeds: [1, 2]\nx-note: 5", true],
  ["deployments: [{ id: a, provider: { first_token: { mean: 0.4, p99: 2 } } }]", true],
  ["callers: [{ per_second: 3, tenants: [a, b], sessions: { turns: 3 } }]", true],
  ["timeline: [{ at: 5, deployment: a, errors: { rate: 0.5, status: 503 } }, { at: 6, deployment: a, cut: true }]", true],
  ["durations: 5", false],
  ["duration: 0", false],
  ["deployments: [{ id: a, replica: { max_batch: 0 } }]", false],
  ["callers: [{ prompt_tokens: { mean: 5 } }]", false],
  ["timeline: [{ at: 5, deployment: a, errors: { retries: 1 } }]", false],
] as const) {
  test(`${text} is ${isRight ? "right" : "wrong"} by the schema`, () => {
    assert.equal(faults(text).length === 0, isRight, faults(text).join("; "));
  });
}
