import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { anthropic } from "../../../src/formats/anthropic/index.ts";
import { chatCall, decoded, encoded, encodedBody, testHost, testRules, told } from "../kit/chat/support.ts";

const facts2025 = { max_output_tokens: 64_000, supports_assistant_prefill: true, supports_reasoning: true };
const facts2026 = {
  max_output_tokens: 128_000,
  supports_reasoning: true,
  supports_sampling_params: false,
  supports_assistant_prefill: false,
  supports_forced_tool_use: false,
  supports_adaptive_thinking: true,
  thinking_always_on: true,
  supports_native_structured_output: true,
};

function adapter(facts: JsonMembers, over: { dropParams?: boolean; modifyParams?: boolean } = {}) {
  return anthropic.connect(testHost(), { rules: testRules(facts, over), takesPrefill: true, host: { takesUrls: true }, model: undefined });
}

const conversation: JsonMembers = {
  messages: [
    { role: "system", content: "be short" },
    {
      role: "user",
      content: [
        { type: "text", text: "see", cache_control: { type: "ephemeral" } },
        { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
      ],
    },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "call_1", type: "function", function: { name: "get/weather", arguments: '{"city":"Bern"}' } }],
    },
    { role: "tool", tool_call_id: "call_1", content: "4 C" },
    { role: "user", content: "and now?" },
  ],
  tools: [
    {
      type: "function",
      function: {
        name: "get/weather",
        description: "d",
        parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      },
    },
  ],
  max_tokens: 100,
  temperature: 0.3,
  stop: ["END"],
};

describe("a chat in Anthropic's words", () => {
  it("has an image, a mark of the cache, a tool with another name and its result", () => {
    const call = chatCall({ ...conversation, tool_choice: "required", parallel_tool_calls: false, user: "u1" });
    assert.deepEqual(encodedBody(adapter(facts2025), call, "claude-haiku-4-5"), {
      model: "claude-haiku-4-5",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "see", cache_control: { type: "ephemeral" } },
            { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
          ],
        },
        { role: "assistant", content: [{ type: "tool_use", id: "call_1", name: "get_weather", input: { city: "Bern" } }] },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "call_1", content: "4 C" },
            { type: "text", text: "and now?" },
          ],
        },
      ],
      system: [{ type: "text", text: "be short" }],
      max_tokens: 100,
      stop_sequences: ["END"],
      temperature: 0.3,
      tools: [
        {
          name: "get_weather",
          input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
          type: "custom",
          description: "d",
        },
      ],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
      metadata: { user_id: "u1" },
    });
  });

  it("thinks within a budget below the cap, with neither temperature nor a forced tool, and says what it changed", () => {
    const messages = [{ role: "user", content: "hi" }];
    const call = chatCall({ ...conversation, messages, tool_choice: "required", reasoning_effort: "low" });
    const request = encoded(adapter(facts2025), call, "claude-haiku-4-5");
    const body = JSON.parse(Buffer.concat(request.body).toString()) as JsonMembers;
    assert.deepEqual(body["thinking"], { type: "enabled", budget_tokens: 1024 });
    assert.equal(body["max_tokens"], 1124);
    assert.equal(body["temperature"], undefined);
    assert.deepEqual(body["tool_choice"], { type: "auto" });
    assert.deepEqual(request.adjusted?.toSorted(), ["max_tokens", "temperature", "tool_choice"]);
  });

  it("thinks as much as its effort says, by a budget or by an effort", () => {
    const adaptive = { type: "adaptive", display: "summarized" };
    const rows: readonly (readonly [effort: string, budget: number | undefined, late: string])[] = [
      ["none", undefined, "low"],
      ["minimal", 1024, "low"],
      ["low", 1024, "low"],
      ["medium", 2048, "medium"],
      ["high", 4096, "high"],
    ];
    for (const [effort, budget, late] of rows) {
      const call = chatCall({ reasoning_effort: effort });
      const thinking = budget === undefined ? undefined : { type: "enabled", budget_tokens: budget };
      assert.deepEqual(encodedBody(adapter(facts2025), call, "claude-haiku-4-5")["thinking"], thinking, effort);
      const body = encodedBody(adapter(facts2026), call, "claude-opus-5-5");
      assert.deepEqual([body["thinking"], body["output_config"]], [effort === "none" ? undefined : adaptive, { effort: late }], effort);
    }
  });

  it("has a schema of its own for its answer where the model takes one", () => {
    const schema = { type: "object", properties: { a: { type: "integer" } }, required: ["a"] };
    const call = chatCall({
      reasoning_effort: "high",
      response_format: { type: "json_schema", json_schema: { name: "n", schema } },
    });
    assert.deepEqual(encodedBody(adapter(facts2026), call, "claude-opus-5-5"), {
      model: "claude-opus-5-5",
      messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
      max_tokens: 128_000,
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "high", format: { type: "json_schema", schema: { ...schema, additionalProperties: false } } },
    });
  });

  it("has its betas in the header, with those of its deployment and of its tools, and none in the body", () => {
    const host = testHost({ headers: { "anthropic-beta": "a-1,b-2" } });
    const own = anthropic.connect(host, { rules: testRules(facts2025), takesPrefill: true, host: { takesUrls: true }, model: undefined });
    const tools = [{ type: "computer_20250124", name: "computer" }];
    const { headers, body } = encoded(own, chatCall({ anthropic_beta: ["c-3", "a-1"], tools }), "claude-haiku-4-5");
    assert.equal(headers["anthropic-beta"], "c-3,a-1,b-2,computer-use-2025-01-24");
    assert.doesNotMatch(Buffer.concat(body).toString(), /beta/);
  });

  it("is refused with a tool that only another provider has", () => {
    const call = chatCall({ tools: [{ type: "web_search_20250305", name: "web_search" }, { googleSearch: {} }] });
    assert.throws(() => encoded(adapter(facts2025), call, "claude-haiku-4-5"), { code: "cannot_serve_this", param: "tools[1]" });
  });

  it("is refused with a temperature that a model of late does not take, unless that may be dropped", () => {
    const call = chatCall({ temperature: 0.3 });
    assert.throws(() => encoded(adapter(facts2026), call, "claude-opus-5-5"), { code: "cannot_serve_this", param: "temperature" });
    assert.equal(encodedBody(adapter(facts2026, { dropParams: true }), call, "claude-opus-5-5")["temperature"], undefined);
    assert.equal(encodedBody(adapter(facts2026), chatCall({ temperature: 1 }), "claude-opus-5-5")["temperature"], 1);
  });
});

describe("a temperature of OpenAI's scale", () => {
  it("goes out up to where Claude's ends, and is asked of another deployment beyond, or dropped", () => {
    assert.equal(encodedBody(adapter(facts2025), chatCall({ temperature: 1 }), "claude-haiku-4-5")["temperature"], 1);
    const hot = chatCall({ temperature: 1.2 });
    assert.throws(() => encoded(adapter(facts2025), hot, "claude-haiku-4-5"), { code: "cannot_serve_this", param: "temperature" });
    const dropped = encoded(adapter(facts2025, { dropParams: true }), hot, "claude-haiku-4-5");
    assert.deepEqual(dropped.adjusted, ["temperature"]);
    assert.doesNotMatch(Buffer.concat(dropped.body).toString(), /temperature/);
  });
});

const events: (JsonMembers & { readonly type: string })[] = [
  { type: "message_start", message: { usage: { input_tokens: 10, cache_read_input_tokens: 90, output_tokens: 1 } } },
  { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "", signature: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "hm" } },
  { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "sig" } },
  { type: "content_block_stop", index: 0 },
  { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
  { type: "ping" },
  { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "Hi" } },
  { type: "content_block_stop", index: 1 },
  { type: "content_block_start", index: 2, content_block: { type: "tool_use", id: "toolu_1", name: "get_weather", input: {} } },
  { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: '{"a":1}' } },
  { type: "content_block_stop", index: 2 },
  { type: "message_delta", delta: { stop_reason: "tool_use", stop_sequence: null }, usage: { output_tokens: 20 } },
  { type: "message_stop" },
];

describe("a stream of Anthropic's events", () => {
  const bytes = Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
  const expected = [
    { role: "assistant", content: "" },
    { reasoning_content: "hm", thinking_blocks: [{ type: "thinking", thinking: "hm" }] },
    { reasoning_content: "", thinking_blocks: [{ type: "thinking", thinking: "", signature: "sig" }] },
    { content: "Hi" },
    { tool_calls: [{ index: 0, id: "toolu_1", type: "function", function: { name: "get/weather", arguments: "" } }] },
    { tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }] },
    { finish_reason: "tool_calls" },
    {
      prompt_tokens: 100,
      completion_tokens: 20,
      total_tokens: 120,
      prompt_tokens_details: { cached_tokens: 90 },
      cache_read_input_tokens: 90,
    },
    "[DONE]",
  ];
  const call = chatCall({ ...conversation, stream: true, stream_options: { include_usage: true } });

  it("becomes OpenAI's chunks, with the caller's own names of tools and the usage of the whole", () => {
    assert.deepEqual(decoded(adapter(facts2025), call, [bytes]).map(told), expected);
  });

  it("becomes the same wherever it is cut", () => {
    for (let at = 1; at < bytes.length; at += 7) {
      const pieces = [bytes.subarray(0, at), bytes.subarray(at, at + 3), bytes.subarray(at + 3)];
      assert.deepEqual(decoded(adapter(facts2025), call, pieces).map(told), expected);
    }
  });

  it("tells the sources of its text, and how much of it was thought", () => {
    const source = { type: "char_location", cited_text: "Hi", document_index: 0 };
    const more = [
      { type: "content_block_delta", index: 1, delta: { type: "citations_delta", citation: source } },
      {
        type: "message_delta",
        delta: { stop_reason: "end_turn" },
        usage: { output_tokens: 20, output_tokens_details: { thinking_tokens: 5 } },
      },
      { type: "message_stop" },
    ];
    const cited = Buffer.from([...events.slice(0, 8), ...more].map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""));
    const [specific, end, usage] = decoded(adapter(facts2025), call, [cited]).map(told).slice(4);
    assert.deepEqual(specific, { provider_specific_fields: { citations: [source] } });
    assert.deepEqual(end, { finish_reason: "stop" });
    assert.partialDeepStrictEqual(usage, { prompt_tokens: 100, completion_tokens: 20, completion_tokens_details: { reasoning_tokens: 5 } });
  });

  it("may come as one whole message", () => {
    const content = [
      { type: "text", text: "Hi" },
      { type: "tool_use", id: "toolu_1", name: "get_weather", input: { a: 1 } },
    ];
    const message = { type: "message", content, stop_reason: "tool_use", usage: { input_tokens: 1, output_tokens: 2 } };
    assert.deepEqual(decoded(adapter(facts2025), call, [Buffer.from(JSON.stringify(message))]).map(told), [
      { role: "assistant", content: "" },
      {
        content: "Hi",
        tool_calls: [{ index: 0, id: "toolu_1", type: "function", function: { name: "get/weather", arguments: '{"a":1}' } }],
      },
      { finish_reason: "tool_calls" },
      { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
      "[DONE]",
    ]);
  });
});
