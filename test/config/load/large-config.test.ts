import assert from "node:assert/strict";
import { test } from "node:test";
import { getHeapStatistics } from "node:v8";
import { load } from "../support/load.ts";

/** What the engine has allocated since the start: a measure of work that no other process disturbs. */
function allocatedBytes(): number {
  return (getHeapStatistics() as { total_allocated_bytes?: number }).total_allocated_bytes ?? assert.fail("this Node does not count");
}

const kinds: readonly { title: string; entry: (index: number) => string; deployments: boolean }[] = [
  {
    title: "as they should be",
    entry: (index) =>
      `  - {model_name: g, litellm_params: {model: openai/m-${index}, api_key: sk-${index}-secret, rpm: 100}, model_info: {id: d${index}}}\n`,
    deployments: true,
  },
  {
    title: "with a warning each",
    entry: (index) => `  - {model_name: g, litellm_params: {model: openai/m-${index}, api_key: sk-${index}-secret, rpm: 1_000}}\n`,
    deployments: true,
  },
  {
    title: "with a problem each",
    entry: (index) => `  - {model_name: g, litellm_params: {model: openai/m-${index}, api_key: sk-${index}-secret, rpm: -1}}\n`,
    deployments: false,
  },
  {
    title: "that all say the same",
    entry: () => "  - {model_name: g, litellm_params: {model: openai/m, api_key: sk-secret}}\n",
    deployments: true,
  },
  {
    title: "in plain lines",
    entry: (index) =>
      `  - model_name: g-${index % 9}\n    litellm_params:\n      model: openai/m-${index}\n      api_key: sk-${index}-secret\n`,
    deployments: true,
  },
];

type Kind = (typeof kinds)[number];

/** For each deployment. */
async function bytesFor({ entry, deployments }: Kind, size: number): Promise<number> {
  const text = `model_list:\n${Array.from({ length: size }, (_, index) => entry(index)).join("")}`;
  const before = allocatedBytes();
  const { config, problems } = await load(text);
  const bytes = allocatedBytes() - before;
  if (deployments) assert.equal(config?.source.deployments.length, size);
  else assert.ok(problems.length >= size);
  return bytes / size;
}

for (const kind of kinds) {
  test(`reading deployments ${kind.title} takes work in proportion to their number`, async () => {
    // Code that is new hands numbers around in objects.
    await bytesFor(kind, 200);
    const few = await bytesFor(kind, 400);
    const many = await bytesFor(kind, 3_200);
    assert.ok(many < few * 2, `${few} bytes for each of 400, ${many} for each of 3,200`);
  });
}
