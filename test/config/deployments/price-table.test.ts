import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { baseModelPrice, listPrice } from "../../../src/config/deployments/price-table.ts";
import { providerRegistry } from "../../../src/providers/index.ts";
import { load, loadValid, oneDeployment } from "../support/load.ts";

const table = JSON.parse(await readFile(new URL("../../../src/config/deployments/prices.json", import.meta.url), "utf8")) as {
  readonly readOn: string;
  readonly sources: Readonly<Record<string, string>>;
  readonly sourceOf: Readonly<Record<string, string>>;
  readonly prices: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
};

async function pricesOf(entry: string): Promise<readonly (number | undefined)[]> {
  const [deployment] = (await loadValid(`model_list: [{model_name: g, ${entry}}]\n`)).source.deployments;
  return [deployment?.inputCostPerToken, deployment?.outputCostPerToken];
}

test("the table says where each of its lists is from, and when it was read", () => {
  assert.match(table.readOn, /^\d{4}-\d{2}-\d{2}$/);
  for (const provider of Object.keys(table.prices)) {
    const source = table.sourceOf[provider] ?? "";
    assert.ok(
      Object.keys(table.sources).some((name) => source.startsWith(name)),
      provider,
    );
  }
});

test("its providers are known ones, and its prices are plausible", () => {
  for (const [provider, models] of Object.entries(table.prices)) {
    const chosen = providerRegistry.choose(`${provider}/m`, { customProvider: undefined, apiBase: undefined });
    assert.equal(chosen.ok && chosen.value.provider, provider);
    for (const [model, price] of Object.entries(models)) {
      assert.equal(price.length, 2, model);
      for (const usd of price) assert.ok(usd >= 0 && usd <= 200, `${model}: ${usd}`);
    }
  }
});

test("a model is looked up by its whole name, with its own provider", () => {
  assert.deepEqual(listPrice("openai", "gpt-4o"), { inputCostPerToken: 2.5e-6, outputCostPerToken: 1e-5 });
  assert.deepEqual(listPrice("openai", "gpt-4o-2024-05-13"), { inputCostPerToken: 5e-6, outputCostPerToken: 1.5e-5 });
  for (const [provider, model] of [
    ["openai", "gpt-4o-2031-01-01"],
    ["openai", "gpt"],
    ["groq", "gpt-4o"],
    ["ollama", "llama3"],
    ["openrouter", "openai/gpt-4o"],
    ["openai", "constructor"],
    ["__proto__", "gpt-4o"],
  ] as const) {
    assert.equal(listPrice(provider, model), undefined, `${provider} ${model}`);
  }
});

test("Azure's deployments cost what OpenAI's list says where Azure's own does not", () => {
  assert.deepEqual(listPrice("azure", "gpt-4o"), listPrice("openai", "gpt-4o"));
  assert.deepEqual(baseModelPrice("azure", "azure/gpt-4o"), listPrice("openai", "gpt-4o"));
  assert.deepEqual(baseModelPrice("hosted_vllm", "groq/openai/gpt-oss-20b"), listPrice("groq", "openai/gpt-oss-20b"));
});

test("a deployment without prices of its own has those of the list, and one with either has those alone", async () => {
  assert.deepEqual(await pricesOf("litellm_params: {model: openai/gpt-4o}"), [2.5e-6, 1e-5]);
  assert.deepEqual(await pricesOf("litellm_params: {model: openai/gpt-4o, input_cost_per_token: 1}"), [1, undefined]);
  assert.deepEqual(await pricesOf("litellm_params: {model: openai/gpt-4o}, model_info: {output_cost_per_token: 0}"), [undefined, 0]);
  assert.deepEqual(await pricesOf("litellm_params: {model: openai/mine}"), [undefined, undefined]);
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
