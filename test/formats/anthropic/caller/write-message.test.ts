import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError, type UpstreamErrorDetail } from "../../../../src/core/errors.ts";
import type { DecodedReply, JsonMembers } from "../../../../src/core/provider.ts";
import { writeMessagesError } from "../../../../src/formats/anthropic/caller/write-error.ts";
import { writeMessage } from "../../../../src/formats/anthropic/caller/write-message.ts";
import { chatReply, messagesCall } from "./support.ts";

const longName = "n".repeat(70);

function messageOf(reply: DecodedReply, body: JsonMembers = {}): JsonMembers {
  const written = writeMessage(reply, messagesCall(body));
  if (written instanceof RouterError) throw written;
  return JSON.parse(written.toString()) as JsonMembers;
}

describe("a reply of OpenAI's as a message", () => {
  it("has thinking, text and calls in this order, and the usage without what caches read", () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 20,
      prompt_tokens_details: { cached_tokens: 90 },
      completion_tokens_details: { reasoning_tokens: 5 },
    };
    const call = { id: "call_1", type: "function", function: { name: `${"n".repeat(55)}_85069ddf`, arguments: '{"a":1}' } };
    const reply = chatReply({ content: "Hi", reasoning_content: "hm", tool_calls: [call] }, "tool_calls", usage);
    assert.deepEqual(messageOf(reply, { tools: [{ name: longName, input_schema: {} }] }), {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [
        { type: "thinking", thinking: "hm", signature: "" },
        { type: "text", text: "Hi" },
        { type: "tool_use", id: "call_1", name: longName, input: { a: 1 } },
      ],
      stop_reason: "tool_use",
      stop_sequence: null,
      usage: {
        input_tokens: 10,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 90,
        output_tokens: 20,
        output_tokens_details: { thinking_tokens: 5 },
      },
    });
  });

  const ends: readonly (readonly [string, JsonMembers, string | null, JsonMembers])[] = [
    ["an end", { content: "a" }, "stop", { stop_reason: "end_turn" }],
    ["no end that was told", { content: "a" }, null, { stop_reason: "end_turn" }],
    ["a cap that was reached", { content: "a" }, "length", { stop_reason: "max_tokens" }],
    [
      "a filter",
      { content: null },
      "content_filter",
      { stop_reason: "refusal", content: [], stop_details: { type: "refusal", category: null, explanation: null } },
    ],
    ["a refusal", { content: null, refusal: "no" }, "stop", { stop_reason: "refusal", content: [{ type: "text", text: "no" }] }],
    [
      "a call without arguments",
      { tool_calls: [{ id: "c", function: { name: "f", arguments: "" } }] },
      "stop",
      { stop_reason: "tool_use", content: [{ type: "tool_use", id: "c", name: "f", input: {} }] },
    ],
  ];
  for (const [name, message, finish, expected] of ends) {
    it(`tells ${name}`, () => assert.partialDeepStrictEqual(messageOf(chatReply(message, finish)), expected));
  }

  it("keeps Gemini's proof in a call's id, where a client sends it back", () => {
    const call = { id: "c", function: { name: "f", arguments: "{}" }, provider_specific_fields: { thought_signature: "a+/9" } };
    assert.partialDeepStrictEqual(messageOf(chatReply({ tool_calls: [call] })), { content: [{ id: "c__thought__a-_9" }] });
    // LiteLLM's SDK would make an underscore of the last character, and the proof another.
    const named = { ...call, id: "c__thought__a+/9aa==", provider_specific_fields: { thought_signature: "a+/9aa==" } };
    assert.partialDeepStrictEqual(messageOf(chatReply({ tool_calls: [named] })), { content: [{ id: "c__thought__a-_9aa" }] });
  });

  it("passes a message of the deployment's own, byte for byte", () => {
    const body = Buffer.from('{ "type" : "message" }');
    assert.equal(writeMessage({ format: "anthropic", body, usage: undefined }, messagesCall({})), body);
  });
});

describe("an error in Messages' shape", () => {
  const upstream: UpstreamErrorDetail = { status: 400, message: "too many tokens", type: undefined, param: undefined, code: undefined };
  const own = Buffer.from(
    '{"type":"error", "error":{"type":"invalid_request_error","message":"prompt is too long: 2 tokens > 1 maximum"}}',
  );
  const errors: readonly (readonly [RouterError, number, number, string, string])[] = [
    [new RouterError("unauthenticated", "a"), 401, 401, "authentication_error", "a"],
    [new RouterError("permission_denied", "a"), 403, 403, "permission_error", "a"],
    [new RouterError("model_not_found", "a"), 404, 404, "not_found_error", "a"],
    [new RouterError("request_too_large", "a"), 413, 413, "request_too_large", "a"],
    [new RouterError("no_capacity", "a"), 429, 429, "rate_limit_error", "a"],
    [new RouterError("upstream_overloaded", "a"), 503, 529, "overloaded_error", "a"],
    [new RouterError("upstream_error", "a", { upstream }), 502, 502, "api_error", "a"],
    [
      new RouterError("context_length_exceeded", "a", { upstream }),
      400,
      400,
      "invalid_request_error",
      "prompt is too long: too many tokens",
    ],
  ];
  for (const [error, usual, status, type, message] of errors) {
    it(`says ${error.code} by ${status} and ${type}`, () => {
      const written = writeMessagesError(error, usual);
      assert.equal(written.status, status);
      assert.deepEqual(JSON.parse(written.body.toString()), { type: "error", error: { type, message }, request_id: null });
    });
  }

  it("passes what the provider says of the request, byte for byte, and no fault of a deployment's", () => {
    const body = { format: "anthropic", bytes: own };
    const passed = writeMessagesError(
      new RouterError("context_length_exceeded", "a", { upstream: { ...upstream, status: 413, body } }),
      400,
    );
    assert.deepEqual([passed.status, passed.body], [413, own]);
    const fault = writeMessagesError(new RouterError("upstream_auth", "a", { upstream: { ...upstream, status: 401, body } }), 502);
    assert.equal(fault.status, 502);
    assert.doesNotMatch(fault.body.toString(), /maximum/);
  });
});
