import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServedModel } from "../../src/core/call-router.ts";
import type { Deployment } from "../../src/core/deployment.ts";
import type { JsonMembers } from "../../src/core/provider.ts";
import { metadataJson, modelMetadata } from "../../src/inbound/model-metadata.ts";
import { deployment } from "../support/core-fixture.ts";

function served(known: JsonMembers, over: Partial<Deployment> = {}, parameters?: readonly string[]): ServedModel {
  const plain = deployment("d", over);
  const adapter = parameters === undefined ? plain.adapter : { ...plain.adapter, chatParameters: () => parameters };
  return { deployment: { ...plain, adapter, info: { ...plain.info, known: () => known, ...over.info } }, upstreamModel: "up" };
}

const json = (...models: readonly ServedModel[]): JsonMembers => metadataJson(modelMetadata(models));

test("what is not known is left out", () => {
  assert.deepEqual(json(served({})), {});
  assert.deepEqual(json(), {});
});

test("of several deployments the smallest sizes and the dearest prices count", () => {
  const small = served(
    { mode: "chat", max_input_tokens: 100, max_output_tokens: 50 },
    { inputCostPerToken: 1, outputCostPerToken: 9, cacheReadCostPerToken: 0.5 },
  );
  const large = served({ mode: "chat", max_input_tokens: 900, max_output_tokens: "20" }, { inputCostPerToken: 2, outputCostPerToken: 3 });
  assert.deepEqual(json(small, large, served({})), {
    mode: "chat",
    max_input_tokens: 100,
    max_output_tokens: 20,
    input_cost_per_token: 2,
    output_cost_per_token: 9,
    // The second has no price for what a cache read: it costs as the rest.
    cache_read_input_token_cost: 2,
  });
});

test("what the operator says of the window and the mode counts", () => {
  const info = { params: {}, modelInfo: {}, mode: "responses", healthCheck: { timeoutMs: undefined, maxTokens: undefined } };
  const own = served({}, { maxInputTokens: 7, info });
  assert.deepEqual(json(own), { mode: "responses", max_input_tokens: 7 });
});

test("long prompts have their prices, the dearest at each length", () => {
  const none = { outputCostPerToken: undefined, cacheReadCostPerToken: undefined, cacheWriteCostPerToken: undefined };
  const one = served({}, { inputCostPerToken: 1, tiers: [{ ...none, aboveTokens: 128_000, inputCostPerToken: 2 }] });
  const other = served({}, { inputCostPerToken: 1.5, tiers: [{ ...none, aboveTokens: 200_000, inputCostPerToken: 1.8 }] });
  assert.deepEqual(json(one, other), {
    input_cost_per_token: 1.5,
    input_cost_per_token_above_128k_tokens: 2,
    input_cost_per_token_above_200k_tokens: 2,
  });
});

test("behind a wildcard the prices are those of the model that is meant", () => {
  const prices = { ...deployment("p"), inputCostPerToken: 4, outputCostPerToken: undefined };
  const wild = served({}, { pricesOf: (model) => (model === "up" ? prices : undefined) });
  assert.deepEqual(json(wild), { input_cost_per_token: 4 });
});

test("an ability is told where all have it, or where one is known not to", () => {
  const able = { supports_vision: true, supports_pdf_input: true, supports_mine: true };
  assert.deepEqual(json(served(able)), { supports_pdf_input: true, supports_vision: true });
  assert.deepEqual(json(served(able), served({ supports_vision: false })), { supports_vision: false });
});

const taken = ["temperature", "tools", "reasoning_effort", "response_format", "max_tokens"];
const parameterCases: readonly [what: string, models: readonly ServedModel[], parameters: readonly string[] | undefined][] = [
  ["a model of which nothing is known takes what its host takes", [served({}, {}, ["b", "a"])], ["a", "b"]],
  [
    "a model whose abilities are told takes no tools and no effort without them",
    [served({ supports_vision: true }, {}, taken)],
    ["max_tokens", "response_format", "temperature"],
  ],
  [
    "one that can takes them",
    [served({ supports_function_calling: true, supports_reasoning: true }, {}, taken)],
    ["max_tokens", "reasoning_effort", "response_format", "temperature", "tools"],
  ],
  [
    "what is said not to be taken is not",
    [served({ supports_sampling_params: false, supports_response_schema: false, supports_function_calling: true }, {}, taken)],
    ["max_tokens", "tools"],
  ],
  ["of several what all take counts", [served({}, {}, ["a", "b"]), served({}, {}, ["b", "c"])], ["b"]],
  ["where one host does not tell, nothing is told", [served({}, {}, ["a"]), served({})], undefined],
  ["embeddings are no chat", [served({ mode: "embedding" }, {}, ["a"])], undefined],
];

for (const [what, models, parameters] of parameterCases) {
  test(what, () => assert.deepEqual(json(...models)["supported_openai_params"], parameters));
}
