import assert from "node:assert/strict";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { AnthropicApi } from "./anthropic-api.ts";
import { BedrockApi } from "./bedrock-api.ts";
import { GeminiApi } from "./gemini-api.ts";
import { foundryClaudeApi, mantleClaudeApi } from "./hosted-claude-api.ts";
import { MaasApi } from "./maas-api.ts";
import type { ScriptedAnswer } from "./scripted-answer.ts";
import type { StrictApi } from "./strict-host.ts";
import { VertexClaudeApi } from "./vertex-claude-api.ts";
import { finalAnswer, firstRequest, loopScript, pixel, prefix, schema, thought, toolArguments, toolName, toolResult } from "./tool-loop.ts";

/** A provider with an API of its own, as the tests of all of them see it. */
export interface NativeCase {
  readonly name: string;
  readonly createApi: () => StrictApi;
  /** Its deployment's `litellm_params`. */
  readonly params: (origin: string) => JsonMembers;
  /** What the fake says in the tool loop. */
  readonly script: readonly [ScriptedAnswer, ScriptedAnswer];
  /** Looks at the two requests of the loop. */
  readonly assertRequests: (first: JsonMembers, second: JsonMembers) => void;
}

const key = "sk-ant-fake";

const image = { type: "image", source: { type: "base64", media_type: "image/png", data: pixel } };

function assertMessages(first: JsonMembers, second: JsonMembers): void {
  for (const body of [first, second]) {
    assert.deepEqual(body["system"], [{ type: "text", text: prefix, cache_control: { type: "ephemeral" } }]);
    assert.partialDeepStrictEqual(body["messages"], [{ role: "user", content: [{ type: "text", text: "How warm is it?" }, image] }]);
  }
  const messages = second["messages"] as readonly { role: string; content: readonly JsonMembers[] }[];
  assert.deepEqual(messages.slice(1), [
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: thought, signature: "c2lnbmVkLWJ5LXRoZS1mYWtl" },
        { type: "tool_use", id: "toolu_01Fake", name: "get_weather", input: toolArguments },
      ],
    },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_01Fake", content: toolResult }] },
  ]);
}

function anthropicCase(name: string, model: string, script: NativeCase["script"], assertBody: (body: JsonMembers) => void): NativeCase {
  return {
    name: `anthropic: ${name}`,
    createApi: () => new AnthropicApi(key),
    params: (origin) => ({ model: `anthropic/${model}`, api_base: origin, api_key: key }),
    script,
    assertRequests(first, second) {
      assertMessages(first, second);
      for (const body of [first, second]) assertBody(body);
    },
  };
}

const nativeFormat = { output_config: { format: { type: "json_schema", schema } } };

const jsonByTool = loopScript("toolu_01Fake", [{ kind: "call", id: "toolu_02Fake", name: "json_tool_call", args: finalAnswer }]);

function assertJsonTool(body: JsonMembers): void {
  assert.equal(body["output_config"], undefined);
  assert.deepEqual(
    (body["tools"] as readonly JsonMembers[]).map(({ name }) => name),
    ["get_weather", "json_tool_call"],
  );
}

const thoughtSignature = "c2lnbmVkLWNhbGw=";

function assertContents(first: JsonMembers, second: JsonMembers): void {
  for (const body of [first, second]) {
    assert.deepEqual(body["systemInstruction"], { parts: [{ text: prefix }] });
    assert.partialDeepStrictEqual(body, {
      contents: [{ role: "user", parts: [{ text: "How warm is it?" }, { inlineData: { mimeType: "image/png", data: pixel } }] }],
      generationConfig: {
        maxOutputTokens: 4096,
        responseMimeType: "application/json",
        responseJsonSchema: { properties: schema.properties, required: schema.required },
        thinkingConfig: { includeThoughts: true, thinkingLevel: "low" },
      },
    });
  }
  assert.deepEqual((second["contents"] as readonly JsonMembers[]).slice(1), [
    {
      role: "model",
      parts: [
        { text: thought, thought: true },
        { functionCall: { id: "fc_1", name: "get_weather", args: toolArguments }, thoughtSignature },
      ],
    },
    { role: "user", parts: [{ functionResponse: { id: "fc_1", name: "get_weather", response: { content: toolResult } } }] },
  ]);
}

const awsKeys = { accessKeyId: "AKIDFAKE", secretAccessKey: "fake/secret+key", sessionToken: "fake-token" };
const region = "eu-central-1";

/** A deployment at Bedrock whose requests are signed. */
function signedParams(model: string): NativeCase["params"] {
  return (origin) => ({
    model,
    aws_bedrock_runtime_endpoint: origin,
    aws_access_key_id: awsKeys.accessKeyId,
    aws_secret_access_key: awsKeys.secretAccessKey,
    aws_session_token: awsKeys.sessionToken,
    aws_region_name: region,
  });
}

function assertConverse(first: JsonMembers, second: JsonMembers): void {
  for (const body of [first, second]) {
    assert.deepEqual(body["system"], [{ text: prefix }, { cachePoint: { type: "default" } }]);
    const seen = { image: { format: "png", source: { bytes: pixel } } };
    assert.partialDeepStrictEqual(body, {
      messages: [{ role: "user", content: [{ text: "How warm is it?" }, seen] }],
      inferenceConfig: { maxTokens: 4096 },
      additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1024 } },
    });
  }
  const thinking = { reasoningContent: { reasoningText: { text: thought, signature: "c2lnbmVkLWJ5LXRoZS1mYWtl" } } };
  assert.deepEqual((second["messages"] as readonly JsonMembers[]).slice(1), [
    { role: "assistant", content: [thinking, { toolUse: { toolUseId: "tooluse_1", name: "get_weather", input: toolArguments } }] },
    { role: "user", content: [{ toolResult: { toolUseId: "tooluse_1", content: [{ text: toolResult }] } }] },
  ]);
}

/** A deployment of Gemini at Google AI Studio. */
function geminiParams(model: string): NativeCase["params"] {
  return (origin) => ({ model: `gemini/${model}`, api_base: `${origin}/v1beta`, api_key: key });
}

const token = "ya29.fake";

/** A deployment on Vertex AI. */
function vertexParams(model: string): NativeCase["params"] {
  return (origin) => ({
    model: `vertex_ai/${model}`,
    api_base: origin,
    vertex_project: "p1",
    extra_headers: { authorization: `Bearer ${token}` },
  });
}

/** The cases of all providers with an API of their own. */
export const nativeCases: readonly NativeCase[] = [
  anthropicCase("thinking by a budget", "claude-haiku-4-5", loopScript("toolu_01Fake"), (body) =>
    assert.partialDeepStrictEqual(body, { ...nativeFormat, thinking: { type: "enabled", budget_tokens: 1024 }, max_tokens: 4096 }),
  ),
  anthropicCase("thinking by an effort", "claude-opus-5-5", loopScript("toolu_01Fake"), (body) =>
    assert.partialDeepStrictEqual(body, {
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { ...nativeFormat.output_config, effort: "low" },
    }),
  ),
  anthropicCase("JSON by a tool", "claude-sonnet-4-20250514", jsonByTool, assertJsonTool),
  {
    name: "gemini",
    createApi: () => new GeminiApi({ key }),
    params: geminiParams("gemini-3-flash-preview"),
    script: loopScript("fc_1"),
    assertRequests: assertContents,
  },
  {
    ...anthropicCase("", "", jsonByTool, (body) => {
      assert.partialDeepStrictEqual(body, { anthropic_version: "vertex-2023-10-16", max_tokens: 4096 });
      assertJsonTool(body);
    }),
    name: "vertex_ai: Claude",
    createApi: () => new VertexClaudeApi(token),
    params: vertexParams("claude-haiku-4-5"),
  },
  {
    name: "vertex_ai: Gemini",
    createApi: () => new GeminiApi({ token }),
    params: vertexParams("gemini-3-flash-preview"),
    script: loopScript("fc_1"),
    assertRequests: assertContents,
  },
  {
    name: "bedrock: Converse",
    createApi: () => new BedrockApi({ keys: awsKeys, region }),
    params: signedParams("bedrock/eu.anthropic.claude-haiku-4-5-20251001-v1:0"),
    script: loopScript("tooluse_1"),
    assertRequests: assertConverse,
  },
  {
    name: "bedrock: InvokeModel",
    createApi: () => new BedrockApi({ keys: awsKeys, region }),
    params: signedParams("bedrock/invoke/eu.anthropic.claude-haiku-4-5-20251001-v1:0"),
    script: loopScript("toolu_01Fake"),
    assertRequests(first, second) {
      assertMessages(first, second);
      for (const body of [first, second]) {
        assert.partialDeepStrictEqual(body, {
          anthropic_version: "bedrock-2023-05-31",
          thinking: { type: "enabled", budget_tokens: 1024 },
          max_tokens: 4096,
        });
      }
    },
  },
];

const maasModel = "meta/llama-4-maverick-17b-128e-instruct-maas";

/** Hosts that have others' APIs behind doors and at addresses of their own. */
export const hostedCases: readonly NativeCase[] = [
  {
    ...anthropicCase("", "", jsonByTool, (body) => {
      assert.partialDeepStrictEqual(body, { model: "claude-haiku-4-5", max_tokens: 4096 });
      assertJsonTool(body);
    }),
    name: "azure_ai: Claude",
    createApi: () => foundryClaudeApi(key),
    params: (origin) => ({ model: "azure_ai/claude-haiku-4-5", api_base: origin, api_key: key }),
  },
  {
    ...anthropicCase("", "", loopScript("toolu_01Fake"), (body) =>
      assert.partialDeepStrictEqual(body, { model: "anthropic.claude-haiku-4-5", thinking: { type: "enabled", budget_tokens: 1024 } }),
    ),
    name: "bedrock: Claude at Mantle",
    createApi: () => mantleClaudeApi(awsKeys, region),
    params: signedParams("bedrock_mantle/anthropic.claude-haiku-4-5"),
  },
  {
    name: "vertex_ai: a model as a service",
    createApi: () => new MaasApi(token),
    params: vertexParams(maasModel),
    script: namedAsAsked(loopScript("call_1")),
    assertRequests(first, second) {
      const { model: _model, messages, ...asked } = firstRequest("");
      for (const body of [first, second]) assert.partialDeepStrictEqual(body, { ...asked, model: maasModel });
      const sent = second["messages"] as readonly JsonMembers[];
      assert.deepEqual(first["messages"], messages);
      assert.deepEqual(sent.slice(0, 2), messages);
      assert.partialDeepStrictEqual(sent.slice(2), [
        { role: "assistant", tool_calls: [{ id: "call_1", function: { name: toolName } }] },
        { role: "tool", tool_call_id: "call_1", content: toolResult },
      ]);
    },
  },
];

/** A model in OpenAI's format hears of tools by the names that callers give them. */
function namedAsAsked([first, second]: NativeCase["script"]): NativeCase["script"] {
  return [{ ...first, parts: first.parts.map((part) => (part.kind === "call" ? { ...part, name: toolName } : part)) }, second];
}

/** What any chat is written for: these, and models that cannot do all that the loop wants. */
export const chatTargets: readonly Pick<NativeCase, "name" | "createApi" | "params">[] = [
  ...nativeCases,
  {
    name: "bedrock: a model of late",
    createApi: () => new BedrockApi({ bearer: key }),
    params: (origin) => ({ model: "bedrock/eu.anthropic.claude-opus-5-5", api_base: origin, api_key: key, aws_region_name: region }),
  },
  { name: "gemini: a model of before", createApi: () => new GeminiApi({ key }), params: geminiParams("gemini-2.5-flash") },
];
