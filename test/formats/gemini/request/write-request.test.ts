import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../../../src/core/errors.ts";
import type { JsonMembers, JsonValue } from "../../../../src/core/provider.ts";
import { chatCall, encoded, encodedBody } from "../../kit/chat/support.ts";
import { geminiAdapter } from "../support.ts";

const [three, two] = ["gemini-3.5-flash", "gemini-2.5-flash"];
const bodyOf = (chat: JsonMembers, model = three, facts: JsonMembers = {}): JsonMembers =>
  encodedBody(geminiAdapter(facts), chatCall(chat), model);
const configOf = (chat: JsonMembers, model = three, facts: JsonMembers = {}): JsonValue | undefined =>
  bodyOf(chat, model, facts)["generationConfig"];

/** What is said of a request that is not sent, and what becomes of it where that may be dropped. */
function refusal(chat: JsonMembers, model = three, facts: JsonMembers = {}): { param: string | undefined; adjusted: readonly string[] } {
  const error = geminiAdapter(facts).encode(chatCall(chat), model);
  assert.ok(error instanceof RouterError);
  assert.equal(error.code, "cannot_serve_this");
  const { adjusted = [] } = encoded(geminiAdapter(facts, { rules: { dropParams: true } }), chatCall(chat), model);
  return { param: error.param, adjusted };
}

const tool = (name: string, more: JsonMembers = {}): JsonMembers => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: { a: { type: "string" } } }, ...more },
});

describe("the effort of thinking, for a model of", () => {
  const cases: readonly [string, JsonMembers, JsonMembers | undefined, (readonly string[])?][] = [
    [three, {}, undefined],
    [three, { reasoning_effort: "minimal" }, { thinkingLevel: "minimal", includeThoughts: true }],
    ["gemini-3.1-pro-preview", { reasoning_effort: "minimal" }, { thinkingLevel: "low", includeThoughts: true }, ["reasoning_effort"]],
    ["gemini-3-pro-preview", { reasoning_effort: "medium" }, { thinkingLevel: "high", includeThoughts: true }, ["reasoning_effort"]],
    ["gemini-3.1-pro", { reasoning_effort: "medium" }, { thinkingLevel: "medium", includeThoughts: true }],
    [three, { reasoning_effort: "xhigh" }, { thinkingLevel: "high", includeThoughts: true }, ["reasoning_effort"]],
    [three, { reasoning_effort: "none" }, { thinkingLevel: "minimal", includeThoughts: false }, ["reasoning_effort"]],
    [three, { thinking: { type: "enabled", budget_tokens: 5000 } }, { includeThoughts: true }, ["thinking"]],
    [three, { thinking: { type: "adaptive" }, reasoning_effort: "low" }, { thinkingLevel: "low", includeThoughts: true }],
    ["gemini-flash-latest", { reasoning_effort: "low" }, { thinkingLevel: "low", includeThoughts: true }],
    [two, { reasoning_effort: "minimal" }, { thinkingBudget: 1, includeThoughts: true }],
    ["gemini-2.5-pro", { reasoning_effort: "minimal" }, { thinkingBudget: 128, includeThoughts: true }],
    ["gemini-2.5-flash-lite", { reasoning_effort: "minimal" }, { thinkingBudget: 512, includeThoughts: true }],
    [two, { reasoning_effort: "low" }, { thinkingBudget: 1024, includeThoughts: true }],
    [two, { reasoning_effort: "medium" }, { thinkingBudget: 2048, includeThoughts: true }],
    [two, { reasoning_effort: "high" }, { thinkingBudget: 4096, includeThoughts: true }],
    [two, { reasoning_effort: "xhigh" }, { thinkingBudget: 24_576, includeThoughts: true }],
    [two, { reasoning_effort: "disable" }, { thinkingBudget: 0, includeThoughts: false }],
    [two, { thinking: { type: "disabled" } }, { thinkingBudget: 0, includeThoughts: false }],
    ["gemini-2.5-pro", { reasoning_effort: "none" }, { thinkingBudget: 128, includeThoughts: false }, ["reasoning_effort"]],
    [two, { thinking: { type: "enabled", budget_tokens: 5000 }, reasoning_effort: "low" }, { thinkingBudget: 5000, includeThoughts: true }],
  ];
  for (const [model, chat, thinkingConfig, adjusted] of cases) {
    it(`${model}: ${JSON.stringify(chat)}`, () => {
      const request = encoded(geminiAdapter(), chatCall(chat), model);
      const { generationConfig } = JSON.parse(Buffer.concat(request.body).toString()) as { generationConfig?: JsonMembers };
      assert.deepEqual(generationConfig?.["thinkingConfig"], thinkingConfig);
      assert.deepEqual(request.adjusted, adjusted);
    });
  }

  it("a model that does not think, or one that is not known, is refused", () => {
    const effort = { reasoning_effort: "high" };
    assert.deepEqual(refusal(effort, "gemma-3-27b-it"), { param: "reasoning_effort", adjusted: ["reasoning_effort"] });
    assert.deepEqual(refusal(effort, three, { supports_reasoning: false }).param, "reasoning_effort");
    assert.equal(configOf({ reasoning_effort: "none" }, "gemma-3-27b-it"), undefined);
    const error = geminiAdapter().encode(chatCall({ reasoning_effort: "much" }), three);
    assert.ok(error instanceof RouterError && error.param === "reasoning_effort");
  });
});

describe("how an answer is made", () => {
  it("goes out by Google's names", () => {
    const chat = {
      n: 2,
      seed: 7,
      top_k: 40,
      top_p: 0.9,
      presence_penalty: 0.5,
      frequency_penalty: 0.25,
      logprobs: true,
      top_logprobs: 3,
      stop: "x",
      max_completion_tokens: 5,
      modalities: ["text", "audio"],
      audio: { voice: "Kore", format: "pcm16" },
    };
    assert.deepEqual(configOf(chat, two), {
      topP: 0.9,
      topK: 40,
      candidateCount: 2,
      seed: 7,
      presencePenalty: 0.5,
      frequencyPenalty: 0.25,
      responseLogprobs: true,
      logprobs: 3,
      maxOutputTokens: 5,
      stopSequences: ["x"],
      responseModalities: ["TEXT", "AUDIO"],
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } },
    });
    assert.equal(refusal({ audio: { voice: "Kore", format: "mp3" } }, two).param, "audio.format");
  });

  for (const [seed, sent] of [
    [2 ** 31 - 1, 2 ** 31 - 1],
    [-5, -5],
    [2 ** 31, 0],
    [-(2 ** 31) - 3, 3],
    [1_234_567_890_123, 1_234_567_890_123 % 2 ** 31],
  ] as const) {
    it(`takes a seed of any size, which Google's is not: ${seed}`, () => {
      assert.equal((configOf({ seed }, two) as JsonMembers)["seed"], sent);
    });
  }

  it("takes Google's own fields by either spelling, the caller's whole generationConfig last", () => {
    const chat = {
      media_resolution: "MEDIA_RESOLUTION_LOW",
      thinkingConfig: { thinkingBudget: 7 },
      generation_config: { seed: 1 },
      seed: 2,
      safety_settings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
      cached_content: "cachedContents/1",
      service_tier: "default",
      labels: { a: "b" },
      somethingNew: 1,
    };
    assert.deepEqual(bodyOf(chat), {
      contents: [{ role: "user", parts: [{ text: "hi" }] }],
      generationConfig: { mediaResolution: "MEDIA_RESOLUTION_LOW", thinkingConfig: { thinkingBudget: 7 }, seed: 1 },
      safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
      cachedContent: "cachedContents/1",
      serviceTier: "standard",
      labels: { a: "b" },
      somethingNew: 1,
    });
  });

  it("is left to a model that chooses its words by itself, but for a temperature of 1", () => {
    const own = { supports_sampling_params: false };
    for (const [name, value] of [
      ["temperature", 0.3],
      ["top_p", 0.5],
      ["top_k", 5],
    ] as const) {
      assert.deepEqual(refusal({ [name]: value }, "gemini-3.6-flash"), { param: name, adjusted: [name] });
      assert.equal(refusal({ [name]: value }, "gemini-4-x", own).param, name);
    }
    assert.deepEqual(configOf({ temperature: 1 }, three, own), { temperature: 1 });
    assert.deepEqual(configOf({ temperature: 0.3 }, "gemini-3.5-flash"), { temperature: 0.3 });
    assert.deepEqual(configOf({ temperature: 0.3 }, "gemini-4-argon"), { temperature: 0.3 });
  });

  it("is by a JSON schema, or by Google's own at a model from before", () => {
    const schema = { type: "object", properties: { b: { type: "string" }, a: { type: "string" } } };
    const format = { response_format: { type: "json_schema", json_schema: { name: "n", schema } } };
    assert.deepEqual(configOf(format), { responseMimeType: "application/json", responseJsonSchema: schema });
    assert.deepEqual(configOf(format, "gemini-1.5-pro"), {
      responseMimeType: "application/json",
      responseSchema: { type: "OBJECT", properties: { b: { type: "STRING" }, a: { type: "STRING" } }, propertyOrdering: ["b", "a"] },
    });
    assert.deepEqual(refusal({ ...format, tools: [tool("f")] }, two), { param: "response_format", adjusted: ["response_format"] });
    assert.deepEqual(configOf({ ...format, tools: [tool("f")] }), { responseMimeType: "application/json", responseJsonSchema: schema });
  });
});

function calling(chat: JsonMembers): JsonValue | undefined {
  return (bodyOf(chat)["toolConfig"] as JsonMembers | undefined)?.["functionCallingConfig"];
}

describe("tools", () => {
  it("are chosen as the caller says", () => {
    const tools = [tool("f")];
    assert.equal(calling({ tools }), undefined);
    assert.deepEqual(calling({ tools, tool_choice: "auto" }), { mode: "AUTO" });
    assert.deepEqual(calling({ tools, tool_choice: "required" }), { mode: "ANY" });
    assert.deepEqual(calling({ tools, tool_choice: "none" }), { mode: "NONE" });
    assert.deepEqual(calling({ tools: [tool("f", { strict: true })] }), { mode: "VALIDATED" });
    assert.equal(calling({ tool_choice: "none" }), undefined);
    const toolConfig = { retrievalConfig: { languageCode: "de" } };
    assert.deepEqual(bodyOf({ tools, tool_choice: "auto", toolConfig })["toolConfig"], {
      functionCallingConfig: { mode: "AUTO" },
      ...toolConfig,
    });
  });

  it("have a JSON schema where Google's own cannot say it, but at models from before", () => {
    const parameters = { type: "object", properties: { a: { type: "integer", enum: [1, 2] } } };
    const chat = { tools: [tool("f", { parameters })] };
    assert.deepEqual(bodyOf(chat)["tools"], [{ functionDeclarations: [{ name: "f", parametersJsonSchema: parameters }] }]);
    const request = encoded(geminiAdapter(), chatCall(chat), "gemini-1.5-flash");
    assert.deepEqual(request.adjusted, ["tools"]);
    assert.deepEqual(bodyOf(chat, "gemini-1.5-flash")["tools"], [
      { functionDeclarations: [{ name: "f", parameters: { type: "OBJECT", properties: { a: { type: "INTEGER" } } } }] },
    ]);
    const none = { tools: [tool("f", { parameters: { type: "object", properties: {} } })] };
    assert.deepEqual(bodyOf(none)["tools"], [{ functionDeclarations: [{ name: "f" }] }]);
  });

  it("may be Google's own, by the names of others as well", () => {
    const tools = [
      { googleSearch: { excludeDomains: ["a"] } },
      { type: "url_context" },
      { type: "code_interpreter" },
      { code_execution: {} },
    ];
    assert.deepEqual(bodyOf({ tools })["tools"], [
      { googleSearch: { excludeDomains: ["a"] } },
      { urlContext: {} },
      { codeExecution: {} },
      { codeExecution: {} },
    ]);
    assert.deepEqual(bodyOf({ tools: [{ type: "web_search_20250305", name: "web_search" }] })["tools"], [{ googleSearch: {} }]);
    assert.deepEqual(bodyOf({ web_search_options: {} })["tools"], [{ googleSearch: {} }]);
    const error = geminiAdapter().encode(chatCall({ tools: [{ type: "bash_20250124", name: "bash" }] }), three);
    assert.ok(error instanceof RouterError);
    assert.deepEqual([error.code, error.param], ["cannot_serve_this", "tools[0]"]);
  });

  it("do not go with a search, nor one at a time", () => {
    const tools = [tool("f"), tool("g")];
    assert.deepEqual(refusal({ tools, web_search_options: {} }), { param: "web_search_options", adjusted: ["web_search_options"] });
    assert.deepEqual(refusal({ tools, parallel_tool_calls: false }), { param: "parallel_tool_calls", adjusted: ["parallel_tool_calls"] });
    bodyOf({ tools: [tool("f")], parallel_tool_calls: false });
    bodyOf({ tools, parallel_tool_calls: true });
  });
});

const asked = (...calls: readonly [string, string][]): JsonMembers => ({
  role: "assistant",
  tool_calls: calls.map(([id, name]) => ({ id, type: "function", function: { name, arguments: "" } })),
});
const answered = (id: string, content: JsonValue): JsonMembers => ({ role: "tool", tool_call_id: id, content });
const user = { role: "user", content: "hi" };
const contentsOf = (messages: readonly JsonMembers[], model = three): JsonValue | undefined => bodyOf({ messages }, model)["contents"];
const image = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } };
const png = { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } };

/** A result of `f`. @param id Of its call, which models from before do not have. */
function result(content: string, id?: string): JsonMembers {
  return { functionResponse: { ...(id === undefined ? {} : { id }), name: "f", response: { content } } };
}

describe("messages", () => {
  it("have all instructions before the chat, or in it for a model without a place for them", () => {
    const messages = [{ role: "system", content: "a" }, user, { role: "developer", content: "b" }, user];
    assert.deepEqual(bodyOf({ messages }), {
      contents: [{ role: "user", parts: [{ text: "hi" }, { text: "hi" }] }],
      systemInstruction: { parts: [{ text: "a" }, { text: "b" }] },
    });
    assert.deepEqual(bodyOf({ messages }, "gemma-3-27b-it"), {
      contents: [{ role: "user", parts: [{ text: "a" }, { text: "b" }, { text: "hi" }, { text: "hi" }] }],
    });
    assert.deepEqual(contentsOf([{ role: "system", content: "a" }]), [{ role: "user", parts: [{ text: " " }] }]);
  });

  it("begin with the user, and end with what the model is to go on with where it can", () => {
    const messages = [{ role: "assistant", content: "a" }];
    assert.deepEqual(contentsOf(messages), [
      { role: "user", parts: [{ text: " " }] },
      { role: "model", parts: [{ text: "a" }] },
    ]);
    const error = geminiAdapter({ supports_assistant_prefill: false }).encode(chatCall({ messages }), three);
    assert.ok(error instanceof RouterError);
    assert.deepEqual([error.code, error.param], ["cannot_serve_this", "messages[0]"]);
  });

  it("have results in the order of their calls, and a proof of unknown origin for the first call alone", () => {
    const messages = [user, asked(["a", "f"], ["b", "f"]), answered("b", "2"), answered("a", "1")];
    assert.deepEqual((contentsOf(messages) as JsonValue[]).slice(1), [
      {
        role: "model",
        parts: [
          { functionCall: { id: "a", name: "f", args: {} }, thoughtSignature: "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=" },
          { functionCall: { id: "b", name: "f", args: {} } },
        ],
      },
      { role: "user", parts: [result("1", "a"), result("2", "b")] },
    ]);
    assert.deepEqual((contentsOf(messages, two) as JsonValue[]).slice(1), [
      { role: "model", parts: [{ functionCall: { name: "f", args: {} } }, { functionCall: { name: "f", args: {} } }] },
      { role: "user", parts: [result("1"), result("2")] },
    ]);
  });

  it("have images of results within them, or beside them at models from before", () => {
    const messages = [user, asked(["a", "f"]), answered("a", [{ type: "text", text: "see" }, image])];
    const functionResponse = { name: "f", response: { content: "see" } };
    assert.deepEqual((contentsOf(messages) as JsonValue[]).at(-1), {
      role: "user",
      parts: [{ functionResponse: { id: "a", ...functionResponse, parts: [png] } }],
    });
    assert.deepEqual((contentsOf(messages, two) as JsonValue[]).at(-1), { role: "user", parts: [{ functionResponse }, png] });
  });

  it("name a result whose call is missing", () => {
    const error = geminiAdapter().encode(chatCall({ messages: [user, answered("a", "1")] }), three);
    assert.ok(error instanceof RouterError);
    assert.deepEqual([error.code, error.param], ["invalid_request", "messages[0]"]);
  });

  it("have thoughts of Gemini's own, the proof of an answer with its text, and none of another provider's", () => {
    const message = {
      role: "assistant",
      content: "a",
      thinking_blocks: [
        { type: "thinking", thinking: "own" },
        { type: "thinking", thinking: "Claude's", signature: "s" },
        { type: "redacted_thinking", data: "x" },
      ],
      provider_specific_fields: { thought_signatures: ["c2ln"] },
    };
    assert.deepEqual((contentsOf([user, message, user]) as JsonValue[])[1], {
      role: "model",
      parts: [
        { text: "own", thought: true },
        { text: "a", thoughtSignature: "c2ln" },
      ],
    });
  });
});
