import assert from "node:assert/strict";
import { test } from "node:test";
import { readChatRules } from "../../../src/formats/kit/chat/chat-rules.ts";
import { createProviderRegistry, providerPlugins } from "../../../src/providers/index.ts";
import { FakeProviders } from "../support/fake-providers.ts";
import { loadValid } from "../support/load.ts";

/** The first deployment of a list of one, with what its provider was told. */
async function connected(entry: string) {
  const providers = new FakeProviders(["openai", "azure", "anthropic", "bedrock", "mock"]);
  const config = await loadValid(`model_list: [{model_name: g, ${entry}}]\n`, { providers });
  const [deployment] = config.source.deployments;
  assert.ok(deployment !== undefined);
  return { deployment, params: providers.params, rules: readChatRules(providers.params) };
}

test("what is known of a model is what model_info says, else what LiteLLM's table does", async () => {
  const model = "litellm_params: {model: anthropic/claude-opus-5-5}";
  const { rules } = await connected(`${model}, model_info: {supports_vision: false, mine: x, max_output_tokens: }`);
  const of = "claude-opus-5-5";
  assert.equal(rules.fact(of, "supports_vision"), false);
  assert.equal(rules.fact(of, "mine"), "x");
  assert.equal(rules.fact(of, "thinking_always_on"), true);
  assert.equal(rules.fact(of, "max_output_tokens"), 128_000);
  assert.equal(rules.fact(of, "supports_nothing"), undefined);
});

test("under a wildcard the call's model counts", async () => {
  const { rules, deployment } = await connected("litellm_params: {model: anthropic/*}");
  assert.equal(rules.fact("claude-opus-5-5", "supports_assistant_prefill"), false);
  assert.equal(rules.fact("claude-sonnet-4-5", "supports_assistant_prefill"), true);
  assert.equal(rules.fact("unheard-of", "supports_assistant_prefill"), undefined);
  assert.equal(deployment.maxInputTokens, undefined);
});

test("base_model says which model it is, whatever the deployment is called", async () => {
  const { rules, deployment } = await connected("litellm_params: {model: azure/gpt-4o}, model_info: {base_model: gpt-4.1}");
  assert.equal(rules.fact("gpt-4o", "max_input_tokens"), deployment.maxInputTokens);
  assert.ok((deployment.maxInputTokens ?? 0) > 1_000_000);
});

test("aws_region_name says whose prices and facts count on Bedrock", async () => {
  const model = "model: bedrock/anthropic.claude-opus-5-5";
  const { rules: home } = await connected(`litellm_params: {${model}, aws_region_name: us-gov-west-1}`);
  const { rules: anywhere } = await connected(`litellm_params: {${model}}`);
  const price = "input_cost_per_token";
  assert.notEqual(home.fact("anthropic.claude-opus-5-5", price), anywhere.fact("anthropic.claude-opus-5-5", price));
});

test("the window, schemas and the longest answer are known where model_info is silent", async () => {
  const { deployment } = await connected("litellm_params: {model: openai/gpt-4o}");
  assert.deepEqual([deployment.maxInputTokens, deployment.supportsResponseSchema, deployment.maxOutputTokens], [128_000, true, 16_384]);
  const told = "max_input_tokens: 10, supports_response_schema: false, max_output_tokens: 20";
  const { deployment: other } = await connected(`litellm_params: {model: openai/gpt-4o}, model_info: {${told}}`);
  assert.deepEqual([other.maxInputTokens, other.supportsResponseSchema, other.maxOutputTokens], [10, false, 20]);
  const { deployment: unknown } = await connected("litellm_params: {model: openai/mine}");
  assert.deepEqual([unknown.maxInputTokens, unknown.supportsResponseSchema, unknown.maxOutputTokens], [undefined, undefined, undefined]);
});

const prefill: readonly [entry: string, is: boolean][] = [
  ["litellm_params: {model: anthropic/claude-sonnet-4-5}", true],
  ["litellm_params: {model: anthropic/claude-opus-5-5}", false],
  ["litellm_params: {model: anthropic/claude-sonnet-4-5}, model_info: {supports_assistant_prefill: false}", false],
  ["litellm_params: {model: anthropic/mine}, model_info: {supports_assistant_prefill: true}", true],
];

for (const [entry, is] of prefill) {
  test(`${entry} ${is ? "goes on" : "does not go on"} with a cut answer`, async () => {
    assert.equal((await connected(entry)).params.assistantPrefill, is);
  });
}

test("a host that speaks OpenAI's format goes on with a cut answer only where its operator says so", async () => {
  const providers = createProviderRegistry(providerPlugins);
  const continues = async (entry: string) => {
    const { source } = await loadValid(`model_list: [{model_name: g, ${entry}}]\n`, { providers });
    return source.deployments[0]?.adapter.continuation !== undefined;
  };
  const model = "litellm_params: {model: deepseek/deepseek-chat, api_key: k}";
  assert.equal(await continues(model), false);
  assert.equal(await continues(`${model}, model_info: {supports_assistant_prefill: true}`), true);
  assert.equal(await continues("litellm_params: {model: anthropic/claude-sonnet-4-5, api_key: k}"), true);
});
