import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../../src/core/errors.ts";
import type { JsonMembers, JsonValue } from "../../../src/core/provider.ts";
import { bedrock } from "../../../src/formats/bedrock/index.ts";
import { chatCall, decoded, testHost, testRules, told } from "../kit/chat/support.ts";
import { eventFrame } from "../kit/event-stream/frames.ts";

const format = { type: "json_schema", json_schema: { name: "n", schema: { type: "object", properties: { a: { type: "integer" } } } } };
const tools = [{ type: "function", function: { name: "f" } }];

function adapter(facts: JsonMembers, model: string | undefined = "meta.llama4-scout-17b-instruct-v1:0", defaults: JsonMembers = {}) {
  return bedrock.connect(testHost({ defaults }), { rules: testRules(facts), takesPrefill: false, model });
}

const answer = (text: string): Buffer => eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text } });
const begin = (index: number, name: string): Buffer =>
  eventFrame("contentBlockStart", { contentBlockIndex: index, start: { toolUse: { toolUseId: `t${index}`, name } } });
const input = (index: number, piece: string): Buffer =>
  eventFrame("contentBlockDelta", { contentBlockIndex: index, delta: { toolUse: { input: piece } } });
const end = (index: number): Buffer => eventFrame("contentBlockStop", { contentBlockIndex: index });
const stop = eventFrame("messageStop", { stopReason: "tool_use" });

/** What the deltas of a stream say, and how it ends. */
function said(own: ReturnType<typeof adapter>, members: JsonMembers, frames: readonly Buffer[]): JsonValue[] {
  return decoded(own, chatCall({ ...members, stream: true }), [...frames, stop])
    .map(told)
    .slice(1, -1);
}

describe("an answer in JSON that comes as the input of a tool", () => {
  const frames = [answer("Here it is:"), begin(1, "json_tool_call"), input(1, '{"a"'), input(1, ":1}"), end(1)];

  it("is the stream's text, and what was said beside it is left out", () => {
    const expected = [{ content: '{"a"' }, { content: ":1}" }, { finish_reason: "stop" }];
    assert.deepEqual(said(adapter({}), { response_format: format }, frames), expected);
    assert.deepEqual(said(adapter({}, undefined, { response_format: format }), {}, frames), expected);
  });

  it("is no more than the text where no tool was called", () => {
    assert.deepEqual(said(adapter({}), { response_format: format }, [answer('{"a"'), answer(":1}")]), [
      { content: '{"a":1}' },
      { finish_reason: "stop" },
    ]);
  });

  it("is an empty object where the tool has no input", () => {
    assert.deepEqual(said(adapter({}), { response_format: format }, [begin(1, "json_tool_call"), end(1)]), [
      { content: "{}" },
      { finish_reason: "stop" },
    ]);
  });

  it("leaves calls of other tools as they are", () => {
    assert.deepEqual(said(adapter({}), { response_format: format, tools }, [begin(1, "f"), input(1, "{}"), end(1)]), [
      { tool_calls: [{ index: 0, id: "t1", type: "function", function: { name: "f", arguments: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: "{}" } }] },
      { finish_reason: "tool_calls" },
    ]);
  });

  it("comes piece by piece as text where the model itself was told the schema", () => {
    const native = adapter({ supports_native_structured_output: true });
    assert.deepEqual(said(native, { response_format: format }, [answer('{"a"'), answer(":1}")]), [
      { content: '{"a"' },
      { content: ":1}" },
      { finish_reason: "stop" },
    ]);
  });

  it("is the text of a whole reply", () => {
    const content = [{ text: "Here it is:" }, { toolUse: { toolUseId: "t", name: "json_tool_call", input: { a: 1 } } }];
    const body = Buffer.from(JSON.stringify({ output: { message: { role: "assistant", content } }, stopReason: "tool_use" }));
    const reply = adapter({}).decodeReply(chatCall({ response_format: format }), {}, body);
    assert.ok(!(reply instanceof RouterError));
    const { choices } = JSON.parse(reply.body.toString()) as { choices: JsonMembers[] };
    assert.deepEqual(choices, [{ index: 0, message: { role: "assistant", content: '{"a":1}' }, finish_reason: "stop" }]);
  });
});

describe("calls of tools that come side by side", () => {
  it("keep each their own input", () => {
    const frames = [begin(1, "f"), begin(2, "f"), input(2, "[2"), input(1, "[1"), input(2, "]"), end(2), input(1, "]"), end(1)];
    const pieces = said(adapter({}), { tools }, frames)
      .flatMap((delta) => (delta as { tool_calls?: { index: number; function: { arguments: string } }[] }).tool_calls ?? [])
      .reduce(
        (all, { index, function: { arguments: piece } }) => all.set(index, `${all.get(index) ?? ""}${piece}`),
        new Map<number, string>(),
      );
    assert.deepEqual(
      [...pieces],
      [
        [0, "[1]"],
        [1, "[2]"],
      ],
    );
  });
});

/** A whole reply with this content, as it is read. */
function read(content: JsonValue, more: JsonMembers = {}): JsonMembers {
  const body = Buffer.from(JSON.stringify({ output: { message: { role: "assistant", content } }, stopReason: "end_turn", ...more }));
  const reply = adapter({}).decodeReply(chatCall({}), {}, body);
  assert.ok(!(reply instanceof RouterError));
  return JSON.parse(reply.body.toString()) as JsonMembers;
}

describe("a whole reply of Converse", () => {
  it("has thinking, citations, what a guardrail did, and what is yet to come", () => {
    const content = [
      { reasoningContent: { reasoningText: { text: "hm", signature: "s" } } },
      { reasoningContent: { redactedContent: "ZGF0YQ==" } },
      { citationsContent: { content: [{ text: "It " }, { text: "is." }], citations: [{ title: "t" }] } },
      { blockOfTomorrow: {} },
    ];
    const { choices } = read(content, { stopReason: "guardrail_intervened", trace: { guardrail: {} } });
    assert.deepEqual(choices, [
      {
        index: 0,
        message: {
          role: "assistant",
          content: "It is.",
          reasoning_content: "hm",
          thinking_blocks: [
            { type: "thinking", thinking: "hm", signature: "s" },
            { type: "redacted_thinking", data: "ZGF0YQ==" },
          ],
          provider_specific_fields: { citations: [{ title: "t" }], content_blocks: [{ blockOfTomorrow: {} }], trace: { guardrail: {} } },
        },
        finish_reason: "content_filter",
      },
    ]);
  });

  it("tells its usage with what caches read and wrote, and what was thought", () => {
    const usage = { inputTokens: 10, outputTokens: 20, totalTokens: 30, cacheReadInputTokens: 80, cacheWriteInputTokens: 10 };
    const fields = { usage: { output_tokens_details: { thinking_tokens: 5 } } };
    assert.deepEqual(read([{ text: "a" }], { usage, additionalModelResponseFields: fields })["usage"], {
      prompt_tokens: 100,
      completion_tokens: 20,
      total_tokens: 120,
      prompt_tokens_details: { cached_tokens: 80, cache_creation_tokens: 10 },
      completion_tokens_details: { reasoning_tokens: 5 },
      cache_read_input_tokens: 80,
      cache_creation_input_tokens: 10,
    });
  });

  it("is a failure where it holds no message", () => {
    const own = adapter({});
    for (const [body, code] of [
      ["nothing", "upstream_malformed"],
      ["{}", "upstream_malformed"],
      ['{"message":"Too many requests, please wait before trying again."}', "upstream_rate_limited"],
    ]) {
      const reply = own.decodeReply(chatCall({}), {}, Buffer.from(body ?? ""));
      assert.ok(reply instanceof RouterError);
      assert.equal(reply.code, code);
    }
  });
});
