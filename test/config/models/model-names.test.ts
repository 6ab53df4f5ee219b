import assert from "node:assert/strict";
import { test } from "node:test";
import { findBaseModel, findModel } from "../../../src/config/models/model-names.ts";
import { ModelTable } from "../../../src/config/models/model-table.ts";

const rows: Readonly<Record<string, string>> = {
  "gpt-4o": "openai",
  "gpt-instruct": "text-completion-openai",
  "azure/gpt-4o": "azure",
  "azure/us/gpt-4o": "azure",
  "azure_ai/claude-x": "azure_ai",
  "claude-x": "anthropic",
  "anthropic.claude-x-v1:0": "bedrock_converse",
  "anthropic.claude-y-v1:0": "bedrock_converse",
  "eu.anthropic.claude-x-v1:0": "bedrock_converse",
  "bedrock/eu-central-1/anthropic.claude-x-v1:0": "bedrock",
  "bedrock/claude_platform/claude-x": "bedrock",
  "bedrock_mantle/openai.gpt": "bedrock_mantle",
  "bedrock_mantle/us-gov-west-1/openai.gpt": "bedrock_mantle",
  "gemini-pro": "vertex_ai-language-models",
  "vertex_ai/claude-x@20270101": "vertex_ai-anthropic_models",
  "vertex_ai/meta/llama-maas": "vertex_ai-llama_models",
  "gemini/gemini-pro": "gemini",
  "command-x": "cohere_chat",
  "fireworks_ai/accounts/fireworks/models/llama": "fireworks_ai",
  "groq/openai/gpt-oss": "groq",
  "mistral/open": "mistral",
};
const text = Object.entries(rows).map(
  ([name, provider]) => `${JSON.stringify(name)}:${JSON.stringify({ litellm_provider: provider, name })}`,
);
const aliases = ['"mistral/latest":{"alias_of":"mistral/open"}', '"claude-latest":{"alias_of":"claude-x"}'];
const table = new ModelTable(() => [`{"models":{\n${[...text, ...aliases].join(",\n")}\n}}\n`]);

const arn = "arn:aws:bedrock:eu-central-1:123456789012:";

const found: readonly [provider: string, model: string, name: string | undefined, region?: string][] = [
  ["openai", "gpt-4o", "gpt-4o"],
  ["text-completion-openai", "gpt-instruct", "gpt-instruct"],
  ["azure", "gpt-4o", "azure/gpt-4o"],
  ["azure", "gpt-instruct", "gpt-instruct"],
  ["azure", "claude-x", undefined],
  ["azure_ai", "claude-x", "azure_ai/claude-x"],
  ["azure_ai", "gpt-4o", undefined],
  ["anthropic", "claude-x", "claude-x"],
  ["anthropic", "claude-latest", "claude-x"],
  ["anthropic", "gpt-4o", undefined],
  ["openai", "claude-x", undefined],
  ["openai", "gpt-4o-2031-01-01", undefined],
  ["openai", "gpt", undefined],
  ["openai", "GPT-4o", undefined],
  ["groq", "gpt-4o", undefined],
  ["groq", "openai/gpt-oss", "groq/openai/gpt-oss"],
  ["openrouter", "openai/gpt-oss", undefined],
  ["openai_like", "gpt-4o", undefined],
  ["mistral", "latest", "mistral/open"],
  ["cohere", "command-x", "command-x"],
  ["fireworks_ai", "llama", "fireworks_ai/accounts/fireworks/models/llama"],
  ["fireworks_ai", "accounts/fireworks/models/llama", "fireworks_ai/accounts/fireworks/models/llama"],
  ["gemini", "gemini-pro", "gemini/gemini-pro"],
  ["gemini", "models/gemini-pro", "gemini/gemini-pro"],
  ["vertex_ai", "gemini-pro", "gemini-pro"],
  ["vertex_ai_beta", "publishers/google/models/gemini-pro", "gemini-pro"],
  ["vertex_ai", "claude-x@20270101", "vertex_ai/claude-x@20270101"],
  ["vertex_ai", "claude-x", undefined],
  ["vertex_ai", "meta/llama-maas", "vertex_ai/meta/llama-maas"],
  ["bedrock", "anthropic.claude-x-v1:0", "anthropic.claude-x-v1:0"],
  ["bedrock", "anthropic.claude-x-v1:0", "bedrock/eu-central-1/anthropic.claude-x-v1:0", "eu-central-1"],
  ["bedrock", "anthropic.claude-x-v1:0", "anthropic.claude-x-v1:0", "us-east-1"],
  ["bedrock", "eu-central-1/anthropic.claude-x-v1:0", "bedrock/eu-central-1/anthropic.claude-x-v1:0", "us-east-1"],
  ["bedrock", "converse/anthropic.claude-x-v1:0", "anthropic.claude-x-v1:0"],
  ["bedrock", "chat_completions/anthropic.claude-x-v1:0:51k", "anthropic.claude-x-v1:0"],
  ["bedrock", "anthropic.claude-x-v1:0[1m]", "anthropic.claude-x-v1:0"],
  ["bedrock", "eu.anthropic.claude-x-v1:0", "eu.anthropic.claude-x-v1:0", "eu-central-1"],
  ["bedrock_converse", "us.anthropic.claude-x-v1:0", "anthropic.claude-x-v1:0"],
  ["bedrock", "global.anthropic.claude-y-v1:0", "anthropic.claude-y-v1:0"],
  ["bedrock", `${arn}foundation-model/anthropic.claude-y-v1:0`, "anthropic.claude-y-v1:0"],
  ["bedrock", `converse/${arn}inference-profile/eu.anthropic.claude-x-v1:0`, "eu.anthropic.claude-x-v1:0"],
  ["bedrock", `${arn}application-inference-profile/abc`, undefined],
  ["bedrock", "claude_platform/claude-x", "bedrock/claude_platform/claude-x"],
  ["bedrock", "claude-x", undefined],
  ["bedrock", "invoke/eu-central-1/anthropic.claude-x-v1:0:200k", "bedrock/eu-central-1/anthropic.claude-x-v1:0"],
  ["bedrock", `llama/${arn}foundation-model/anthropic.claude-y-v1:0`, "anthropic.claude-y-v1:0"],
  ["bedrock", "nova-2/anthropic.claude-x-v1:0", "anthropic.claude-x-v1:0"],
  ["bedrock", "mantle/openai.gpt", "bedrock_mantle/openai.gpt"],
  ["bedrock", "openai.gpt", undefined],
  ["bedrock_mantle", "openai.gpt", "bedrock_mantle/openai.gpt"],
  ["bedrock_mantle", "us-gov-west-1/openai.gpt", "bedrock_mantle/us-gov-west-1/openai.gpt"],
  ["bedrock_mantle", "openai.gpt", "bedrock_mantle/us-gov-west-1/openai.gpt", "us-gov-west-1"],
  ["openai", "constructor", undefined],
  ["__proto__", "gpt-4o", undefined],
];

for (const [provider, model, name, region] of found) {
  test(`${provider} has of ${model}${region === undefined ? "" : ` in ${region}`} ${name ?? "nothing"}`, () => {
    assert.equal(findModel(table, { provider, prefix: provider, region }, model)?.["name"], name);
  });
}

const bases: readonly [provider: string, baseModel: string, name: string | undefined][] = [
  ["azure", "gpt-4o", "azure/gpt-4o"],
  ["azure", "azure/gpt-4o", "azure/gpt-4o"],
  ["azure", "us/gpt-4o", "azure/us/gpt-4o"],
  ["azure", "azure/us/gpt-4o", "azure/us/gpt-4o"],
  ["azure", "openai/gpt-4o", "gpt-4o"],
  ["hosted_vllm", "groq/openai/gpt-oss", "groq/openai/gpt-oss"],
  ["bedrock", "claude-x", "claude-x"],
  ["azure", "unheard-of", undefined],
];

for (const [provider, baseModel, name] of bases) {
  test(`a base_model ${baseModel} of ${provider} is ${name ?? "nothing that is known"}`, () => {
    assert.equal(findBaseModel(table, { provider, prefix: provider }, baseModel)?.["name"], name);
  });
}
