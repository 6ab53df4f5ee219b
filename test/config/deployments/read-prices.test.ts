import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deployment } from "../../../src/core/deployment.ts";
import { FakeProviders } from "../support/fake-providers.ts";
import { load, loadValid, oneDeployment } from "../support/load.ts";

async function deploymentOf(entry: string): Promise<Deployment> {
  const providers = new FakeProviders(["openai", "azure", "anthropic", "gemini", "hosted_vllm"]);
  const { source } = await loadValid(`model_list: [{model_name: g, ${entry}}]\n`, { providers });
  const [deployment] = source.deployments;
  assert.ok(deployment !== undefined);
  return deployment;
}

async function pricesOf(entry: string): Promise<readonly (number | undefined)[]> {
  const deployment = await deploymentOf(entry);
  return [deployment.inputCostPerToken, deployment.outputCostPerToken];
}

test("a deployment without prices of its own has those of LiteLLM's table, and its own price counts before that", async () => {
  assert.deepEqual(await pricesOf("litellm_params: {model: openai/gpt-4o}"), [2.5e-6, 1e-5]);
  assert.deepEqual(await pricesOf("litellm_params: {model: openai/gpt-4o, input_cost_per_token: 1}"), [1, 1e-5]);
  assert.deepEqual(await pricesOf("litellm_params: {model: openai/gpt-4o}, model_info: {output_cost_per_token: 0}"), [2.5e-6, 0]);
  assert.deepEqual(
    await pricesOf("litellm_params: {model: openai/gpt-4o, input_cost_per_token: 1}, model_info: {input_cost_per_token: 2}"),
    [1, 1e-5],
  );
  assert.deepEqual(await pricesOf("litellm_params: {model: openai/mine}"), [undefined, undefined]);
  assert.deepEqual(await pricesOf("litellm_params: {model: anthropic/claude-opus-4-1}"), [1.5e-5, 7.5e-5]);
});

test("base_model says whose prices count", async () => {
  assert.deepEqual(await pricesOf("litellm_params: {model: azure/my-deployment}, model_info: {base_model: gpt-4o-mini}"), [1.5e-7, 6e-7]);
  assert.deepEqual(await pricesOf("litellm_params: {model: azure/gpt-4o, base_model: azure/gpt-4o-mini}"), [1.5e-7, 6e-7]);
  assert.deepEqual(await pricesOf("litellm_params: {model: azure/gpt-4o}, model_info: {base_model: unheard-of}"), [undefined, undefined]);
});

test("base_model is no request parameter, and no warning", async () => {
  const { warnings } = await load(oneDeployment("base_model: gpt-4o"));
  assert.deepEqual(warnings, []);
});

test("what caches read and write and long prompts have prices of the table, unless the operator gives one of the input", async () => {
  const model = "litellm_params: {model: gemini/gemini-2.5-pro}";
  const { cacheReadCostPerToken, tiers } = await deploymentOf(model);
  assert.equal(cacheReadCostPerToken, 1.25e-7);
  assert.deepEqual(
    tiers?.map((tier) => [tier.aboveTokens, tier.inputCostPerToken, tier.outputCostPerToken, tier.cacheReadCostPerToken]),
    [[200_000, 2.5e-6, 1.5e-5, 2.5e-7]],
  );
  const own = await deploymentOf(`${model}, model_info: {input_cost_per_token: 1e-6, output_cost_per_token: 2e-6}`);
  assert.deepEqual(
    [own.inputCostPerToken, own.outputCostPerToken, own.cacheReadCostPerToken, own.tiers],
    [1e-6, 2e-6, undefined, undefined],
  );
});

test("what is priced by the piece has the table's price, unless the operator gives one in either place", async () => {
  const unitsOf = async (entry: string) => (await deploymentOf(entry)).units;
  assert.deepEqual(await unitsOf("litellm_params: {model: openai/whisper-1}"), { seconds: 0.0001 });
  assert.deepEqual(await unitsOf("litellm_params: {model: openai/tts-1}"), { characters: 1.5e-5 });
  assert.deepEqual(await unitsOf("litellm_params: {model: openai/tts-1, input_cost_per_character: 1}"), { characters: 1 });
  assert.deepEqual(await unitsOf("litellm_params: {model: openai/mine}, model_info: {output_cost_per_image: 0.04}"), { images: 0.04 });
  assert.equal(await unitsOf("litellm_params: {model: openai/gpt-4o}"), undefined);
  assert.deepEqual((await deploymentOf("litellm_params: {model: openai/gpt-image-1}")).media, { inputImage: 1e-5, outputImage: 4e-5 });
});

async function searchPriceOf(entry: string): Promise<number | undefined> {
  return (await deploymentOf(entry)).costPerSearch;
}

test("a search in the web has the table's price, unless the operator gives one", async () => {
  const model = "litellm_params: {model: anthropic/claude-opus-5-5}";
  assert.equal(await searchPriceOf(model), 0.01);
  assert.equal(await searchPriceOf(`${model}, model_info: {input_cost_per_token: 1}`), 0.01);
  assert.equal(await searchPriceOf(`${model}, model_info: {search_context_cost_per_query: {search_context_size_medium: 0.02}}`), 0.02);
  assert.equal(await searchPriceOf(`${model}, model_info: {search_context_cost_per_query: 0}`), 0);
  assert.equal(await searchPriceOf(`${model}, model_info: {search_context_cost_per_query: {search_context_size_medium: -1}}`), 0.01);
  assert.equal(await searchPriceOf("litellm_params: {model: anthropic/mine}"), undefined);
});

test("an operator's prices of long prompts and of what caches keep for an hour stand under model_info", async () => {
  const info = [
    "input_cost_per_token: 1e-6",
    "output_cost_per_token: 2e-6",
    "input_cost_per_token_above_128k_tokens: '3e-6'",
    "cache_creation_input_token_cost_above_1hr: 4e-6",
    "output_cost_per_token_above_128k_tokens: many",
  ];
  const { longCacheWriteCostPerToken, tiers } = await deploymentOf(
    `litellm_params: {model: openai/mine}, model_info: {${info.join(", ")}}`,
  );
  assert.equal(longCacheWriteCostPerToken, 4e-6);
  assert.deepEqual(
    tiers?.map((tier) => [tier.aboveTokens, tier.inputCostPerToken, tier.outputCostPerToken, tier.longCacheWriteCostPerToken]),
    [[128_000, 3e-6, 2e-6, 4e-6]],
  );
});

test("under a wildcard each model has the table's prices, and the operator's before them", async () => {
  const all = await deploymentOf("litellm_params: {model: openai/*}");
  assert.equal(all.inputCostPerToken, undefined);
  assert.equal(all.pricesOf?.("gpt-4o")?.inputCostPerToken, 2.5e-6);
  assert.equal(all.pricesOf?.("gpt-4o"), all.pricesOf?.("gpt-4o"));
  assert.equal(all.pricesOf?.("unheard-of"), undefined);
  const own = await deploymentOf("litellm_params: {model: openai/*, input_cost_per_token: 1}");
  assert.deepEqual([own.inputCostPerToken, own.pricesOf?.("gpt-4o")?.inputCostPerToken], [1, 1]);
  assert.equal(own.pricesOf?.("gpt-4o")?.outputCostPerToken, 1e-5);
});

test("a single model, and a provider of which nothing is known, need no look at a call's model", async () => {
  assert.equal((await deploymentOf("litellm_params: {model: openai/gpt-4o}")).pricesOf, undefined);
  assert.equal((await deploymentOf("litellm_params: {model: hosted_vllm/*}")).pricesOf, undefined);
});

/** How often a budget is warned of, with one wildcard deployment. */
async function unpricedTold(model: string): Promise<number> {
  const keys = `keys: [{name: a, sha256: ${"a".repeat(64)}, max_budget: 1}]`;
  const text = `model_list: [{model_name: "*", litellm_params: {model: "${model}"}}]\ngeneral_settings: {master_key: sk-1234}\n${keys}\n`;
  const { warnings } = await load(text, { providers: new FakeProviders(["openai", "hosted_vllm"]) });
  return warnings.filter(({ message }) => /no known price/.test(message)).length;
}

test("a budget that counts nothing is told, and one that counts a wildcard's known models is not", async () => {
  assert.equal(await unpricedTold("hosted_vllm/*"), 1);
  assert.equal(await unpricedTold("openai/*"), 0);
});
