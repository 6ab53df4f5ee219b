import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../../src/core/errors.ts";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { bedrock } from "../../../src/formats/bedrock/index.ts";
import { chatCall, decoded, encodedBody, testHost, testRules, told } from "../kit/chat/support.ts";
import { eventFrame, exceptionFrame, frame } from "../kit/event-stream/frames.ts";

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const facts2025 = { max_output_tokens: 64_000, supports_assistant_prefill: true, supports_reasoning: true };

function adapter(facts: JsonMembers = facts2025, model = claude) {
  return bedrock.connect(testHost(), { rules: testRules(facts), takesPrefill: true, model });
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

describe("a chat in Converse's words", () => {
  it("has an image, a mark of the cache behind its text, a tool with another name and its result, and nothing about streams", () => {
    assert.deepEqual(encodedBody(adapter(), chatCall({ ...conversation, tool_choice: "auto" }), claude), {
      messages: [
        {
          role: "user",
          content: [{ text: "see" }, { cachePoint: { type: "default" } }, { image: { format: "png", source: { bytes: "iVBORw0KGgo=" } } }],
        },
        { role: "assistant", content: [{ toolUse: { toolUseId: "call_1", name: "get_weather", input: { city: "Bern" } } }] },
        { role: "user", content: [{ toolResult: { toolUseId: "call_1", content: [{ text: "4 C" }] } }, { text: "and now?" }] },
      ],
      system: [{ text: "be short" }],
      inferenceConfig: { maxTokens: 100, temperature: 0.3, stopSequences: ["END"] },
      toolConfig: {
        tools: [
          {
            toolSpec: {
              name: "get_weather",
              description: "d",
              inputSchema: { json: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
            },
          },
        ],
        toolChoice: { auto: {} },
      },
    });
  });
});

const events: readonly (readonly [string, JsonMembers])[] = [
  ["messageStart", { role: "assistant", p: "abc" }],
  ["contentBlockDelta", { contentBlockIndex: 0, delta: { reasoningContent: { text: "hm" } } }],
  ["contentBlockDelta", { contentBlockIndex: 0, delta: { reasoningContent: { signature: "s" } } }],
  ["contentBlockStop", { contentBlockIndex: 0 }],
  ["contentBlockDelta", { contentBlockIndex: 1, delta: { text: "Hi" }, p: "abcd" }],
  ["contentBlockStop", { contentBlockIndex: 1 }],
  ["contentBlockStart", { contentBlockIndex: 2, start: { toolUse: { toolUseId: "tooluse_1", name: "get_weather" } } }],
  ["contentBlockDelta", { contentBlockIndex: 2, delta: { toolUse: { input: '{"a":1}' } } }],
  ["contentBlockStop", { contentBlockIndex: 2 }],
  ["contentBlockStart", { contentBlockIndex: 3, start: { toolUse: { toolUseId: "tooluse_2", name: "get_weather" } } }],
  ["contentBlockStop", { contentBlockIndex: 3 }],
  ["messageStop", { stopReason: "tool_use" }],
  ["metadata", { usage: { inputTokens: 10, outputTokens: 20, totalTokens: 30, cacheReadInputTokens: 90 }, metrics: { latencyMs: 1 } }],
];

describe("a stream of Converse's events", () => {
  const frames = events.map(([type, payload]) => eventFrame(type, payload));
  const bytes = Buffer.concat(frames);
  const call = chatCall({ ...conversation, stream: true, stream_options: { include_usage: true } });
  const expected = [
    { role: "assistant", content: "" },
    { reasoning_content: "hm", thinking_blocks: [{ type: "thinking", thinking: "hm" }] },
    { reasoning_content: "", thinking_blocks: [{ type: "thinking", thinking: "", signature: "s" }] },
    { content: "Hi" },
    { tool_calls: [{ index: 0, id: "tooluse_1", type: "function", function: { name: "get/weather", arguments: "" } }] },
    { tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }] },
    { tool_calls: [{ index: 1, id: "tooluse_2", type: "function", function: { name: "get/weather", arguments: "" } }] },
    { tool_calls: [{ index: 1, function: { arguments: "{}" } }] },
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

  it("becomes OpenAI's chunks, with the caller's own names of tools and the usage that comes after the end", () => {
    assert.deepEqual(decoded(adapter(), call, [bytes]).map(told), expected);
  });

  it("becomes the same wherever it is cut", () => {
    for (let at = 1; at < bytes.length; at += 7) {
      const pieces = [bytes.subarray(0, at), bytes.subarray(at, at + 3), bytes.subarray(at + 3)];
      assert.deepEqual(decoded(adapter(), call, pieces).map(told), expected);
    }
  });

  it("may tell its usage before its end, or not at all", () => {
    const [stop, metadata] = frames.slice(-2) as [Buffer, Buffer];
    const begun = frames.slice(0, -2);
    assert.deepEqual(decoded(adapter(), call, [...begun, metadata, stop]).map(told), expected);
    assert.deepEqual(decoded(adapter(), call, [...begun, stop]).map(told), [...expected.slice(0, -2), "[DONE]"]);
  });

  it("is no whole answer without its end", () => {
    assert.deepEqual(decoded(adapter(), call, frames.slice(0, -2)).map(told), expected.slice(0, -3));
  });

  const exceptions: readonly (readonly [string, string, number, string])[] = [
    ["throttlingException", "slow", 429, "upstream_rate_limited"],
    ["internalServerException", "oops", 500, "upstream_error"],
    ["modelStreamErrorException", "oops", 424, "upstream_error"],
    ["validationException", "bad", 400, "invalid_request"],
    ["validationException", "Input is too long for requested model.", 400, "context_length_exceeded"],
    ["serviceUnavailableException", "busy", 503, "upstream_overloaded"],
    ["modelTimeoutException", "late", 408, "upstream_timeout"],
  ];
  for (const [type, message, status, code] of exceptions) {
    it(`ends with ${code} at a ${type} that says ${message}`, () => {
      const event = decoded(adapter(), call, [...frames.slice(0, 1), exceptionFrame(type, { message })]).at(-1);
      assert.deepEqual([event?.kind, event?.error?.code, event?.error?.upstream?.status], ["error", code, status]);
    });
  }

  it("ends with an error that comes without a payload", () => {
    const headers = { ":message-type": "error", ":error-code": "InternalFailure", ":error-message": "oops" };
    const event = decoded(adapter(), call, [frame(headers, "")]).at(-1);
    assert.deepEqual([event?.kind, event?.error?.upstream?.message], ["error", "oops"]);
  });

  it("ends with an error at a broken message", () => {
    const broken = Buffer.from(bytes);
    broken[200] = (broken[200] ?? 0) ^ 1;
    const last = decoded(adapter(), call, [broken]).at(-1);
    assert.deepEqual([last?.kind, last?.error?.code], ["error", "upstream_malformed"]);
  });

  it("is a failure where a malformed output is all there is", () => {
    const stop = eventFrame("messageStop", { stopReason: "malformed_tool_use" });
    const last = decoded(adapter(), call, [...frames.slice(0, 1), stop, ...frames.slice(-1)]).at(-1);
    assert.deepEqual([last?.kind, last?.error?.code], ["error", "upstream_malformed"]);
    const whole = { output: { message: { role: "assistant", content: [] } }, stopReason: "malformed_model_output" };
    const reply = adapter().decodeReply(call, {}, Buffer.from(JSON.stringify(whole)));
    assert.ok(reply instanceof RouterError);
    assert.equal(reply.code, "upstream_malformed");
  });

  it("may come as one whole reply", () => {
    const content = [{ text: "Hi" }, { toolUse: { toolUseId: "tooluse_1", name: "get_weather", input: { a: 1 } } }];
    const reply = {
      output: { message: { role: "assistant", content } },
      stopReason: "tool_use",
      usage: { inputTokens: 1, outputTokens: 2 },
    };
    assert.deepEqual(decoded(adapter(), call, [Buffer.from(JSON.stringify(reply))]).map(told), [
      { role: "assistant", content: "" },
      {
        content: "Hi",
        tool_calls: [{ index: 0, id: "tooluse_1", type: "function", function: { name: "get/weather", arguments: '{"a":1}' } }],
      },
      { finish_reason: "tool_calls" },
      { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
      "[DONE]",
    ]);
  });
});
