import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createProviderRegistry, providerPlugins, providerRegistry } from "../../src/providers/index.ts";

interface Hints {
  readonly customProvider?: string;
  readonly apiBase?: string;
}

function choose(model: string, hints: Hints = {}): string {
  const choice = providerRegistry.choose(model, { customProvider: hints.customProvider, apiBase: hints.apiBase });
  if (!choice.ok) return `${choice.error.key} ${choice.error.message}`;
  const { plugin, provider, prefix, model: name } = choice.value;
  return `${plugin.name} ${provider} ${prefix} ${name}`;
}

describe("the provider registry", () => {
  it("takes the part before the first slash as the prefix, and only that", () => {
    const cases: [string, string][] = [
      ["openai/gpt-4o", "openai openai openai gpt-4o"],
      ["azure/my-deployment", "azure azure azure my-deployment"],
      ["mock/x", "mock mock mock x"],
      ["groq/openai/gpt-oss-120b", "openai groq groq openai/gpt-oss-120b"],
      ["openrouter/openrouter/auto", "openai openrouter openrouter openrouter/auto"],
      ["openai//models/x.gguf", "openai openai openai /models/x.gguf"],
      ["cloudflare/@cf/meta/llama", "openai cloudflare cloudflare @cf/meta/llama"],
      ["ollama_chat/qwen3:30b", "openai ollama ollama_chat qwen3:30b"],
      ["text-completion-openai/x", "openai text-completion-openai text-completion-openai x"],
      ["openai/*", "openai openai openai *"],
      ["azure_ai/DeepSeek-R1", "azure_ai azure_ai azure_ai DeepSeek-R1"],
      ["huggingface/together/deepseek-ai/DeepSeek-R1", "openai huggingface huggingface together/deepseek-ai/DeepSeek-R1"],
      ["zai/glm-4.6", "openai zai zai glm-4.6"],
      // How LiteLLM has a model asked.
      ["azure/o_series/x", "azure azure azure x"],
      ["azure/gpt5_series/my-gpt", "azure azure azure my-gpt"],
      ["azure/responses/x", "azure azure azure x"],
      ["openai/responses/gpt-5", "openai openai openai gpt-5"],
      ["openai/o_series/x", "openai openai openai o_series/x"],
      ["groq/responses/x", "openai groq groq responses/x"],
    ];
    for (const [model, expected] of cases) assert.equal(choose(model), expected);
  });

  it("infers the provider of a bare name", () => {
    const cases: [string, string][] = [
      ["gpt-3.5-turbo", "openai"],
      ["o3-mini", "openai"],
      ["chatgpt-4o-latest", "openai"],
      ["text-embedding-3-small", "openai"],
      ["ft:gpt-4o-mini:org::id", "openai"],
      ["*", "openai"],
      ["command-r-plus", "cohere"],
      ["embed-english-v3.0", "cohere"],
    ];
    for (const [model, provider] of cases) assert.equal(choose(model), `openai ${provider} ${provider} ${model}`);
    assert.equal(choose("claude-sonnet-4-20250514"), "anthropic anthropic anthropic claude-sonnet-4-20250514");
  });

  it("believes a known host's address more than the name", () => {
    const groq = { apiBase: "https://api.groq.com/openai/v1" };
    assert.equal(choose("llama-3.3-70b", groq), "openai groq groq llama-3.3-70b");
    assert.equal(choose("meta-llama/llama-4", groq), "openai groq groq meta-llama/llama-4");
    assert.equal(choose("gpt-4o", groq), "openai groq groq gpt-4o");
  });

  it("takes a server at an address of its own to speak OpenAI's format", () => {
    assert.equal(choose("my-model", { apiBase: "http://gpu:8000/v1" }), "openai openai openai my-model");
    assert.equal(choose("gemini-1.5-flash", { apiBase: "http://gpu:8000/v1" }), "openai openai openai gemini-1.5-flash");
  });

  it("knows Bedrock's models by the makers that their ids name", () => {
    const nova = "bedrock bedrock bedrock converse/us.amazon.nova-pro-v1:0";
    assert.equal(choose("bedrock/converse/us.amazon.nova-pro-v1:0"), nova);
    for (const id of [
      "us.anthropic.claude-3-5-sonnet-20241022-v2:0",
      "anthropic.claude-v2",
      "global.amazon.nova-2-lite-v1:0",
      "xai.grok-4-6",
    ]) {
      assert.equal(choose(id), `bedrock bedrock bedrock ${id}`);
    }
  });

  it("takes Google's bare names for Vertex AI's, as LiteLLM does, and its address for its own", () => {
    assert.equal(choose("gemini-3-flash"), "vertex_ai vertex_ai vertex_ai gemini-3-flash");
    assert.equal(choose("text-embedding-005"), "vertex_ai vertex_ai vertex_ai text-embedding-005");
    assert.equal(choose("vertex_ai_beta/gemini-3-flash"), "vertex_ai vertex_ai vertex_ai_beta gemini-3-flash");
    for (const name of ["us-central1-aiplatform.googleapis.com", "aiplatform.googleapis.com", "aiplatform.eu.rep.googleapis.com"]) {
      assert.equal(choose("llama-3.3", { apiBase: `https://${name}/v1` }), "vertex_ai vertex_ai vertex_ai llama-3.3");
    }
    assert.doesNotMatch(choose("gemini-3-flash", { apiBase: "https://xaiplatform.googleapis.com.example/v1" }), /vertex/);
  });

  it("lets custom_llm_provider decide", () => {
    assert.equal(choose("llama-3", { customProvider: "groq" }), "openai groq groq llama-3");
    assert.equal(choose("groq/llama-3", { customProvider: "groq" }), "openai groq groq llama-3");
    assert.equal(choose("openai/gpt-oss", { customProvider: "groq" }), "openai groq groq openai/gpt-oss");
    assert.match(choose("x", { customProvider: "grok" }), /^custom_llm_provider names no provider: `grok` is not known$/);
    assert.match(choose("x", { customProvider: "sagemaker" }), /^custom_llm_provider is served by sagemaker, which is not supported yet/);
  });

  it("says what it cannot serve yet, and what could serve instead", () => {
    const cases: [string, RegExp][] = [
      ["palm/gemini-pro", /served by palm, .*; instead you could use gemini\/gemini-pro with/],
      ["sagemaker/x", /served by sagemaker, which is not supported yet$/],
    ];
    for (const [model, message] of cases) assert.match(choose(model), message);
  });

  it("never sends to another company, or to a model that the other does not have", () => {
    for (const model of [
      "gigachat/x",
      "text-completion-codestral/x",
      "grok/grok-4",
      "mistralai/mixtral",
      "nvidia/llama",
      "google/gemini-pro",
      "watsonx/x",
    ]) {
      const refusal = choose(model);
      assert.doesNotMatch(refusal, /did you mean|instead you could/, model);
    }
    for (const model of ["watsonx/x", "palm/chat-bison"]) {
      assert.match(choose(model), /which is not supported yet$/, model);
    }
  });

  it("suggests the right spelling of an unknown prefix", () => {
    assert.match(choose("opnai/gpt-4o"), /^model names no provider: `opnai` is not known \(did you mean openai\?\)$/);
    assert.equal(choose("deepseek-chat"), "model names no provider: write it as PROVIDER/deepseek-chat");
    assert.match(choose("openai/"), /^model names no model: expected openai\/MODEL/);
  });

  it("gives the list of all prefixes apart from the message, the same for every model", () => {
    const details = ["opnai/gpt-4o", "nvidia/llama", "deepseek-chat"].map((model) => {
      const choice = providerRegistry.choose(model, { customProvider: undefined, apiBase: undefined });
      return choice.ok ? undefined : choice.error.detail;
    });
    assert.match(details[0] ?? "", /^known are abliteration, .*\. A server that speaks OpenAI's API is openai\/MODEL with its api_base$/);
    assert.equal(new Set(details).size, 1);
  });

  it("refuses a list in which two plugins claim a prefix", () => {
    assert.throws(() => createProviderRegistry([...providerPlugins, ...providerPlugins.slice(0, 1)]), /both claim the prefix openai/);
  });
});
