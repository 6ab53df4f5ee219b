import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../../../src/core/errors.ts";
import type { DecodedReply } from "../../../../src/core/provider.ts";
import { messagesAdapter, messagesCall } from "./support.ts";

const adapter = messagesAdapter();
const call = messagesCall('{"model":"m"}');

function read(body: string): DecodedReply {
  const reply = adapter.decodeReply(call, {}, Buffer.from(body));
  if (reply instanceof RouterError) throw reply;
  return reply;
}

describe("a whole message", () => {
  const body =
    '{ "id":"msg_1","model": "claude-x","content":[{"type":"text","text":"\\"model\\""}],"stop_reason":"end_turn","new":1.0,"usage":{"input_tokens":3,"output_tokens":4} }';

  it("goes on byte for byte but for the model's name, which is the caller's", () => {
    assert.equal(read(body).body.toString(), body.replace('"claude-x"', '"m"'));
    const named = Buffer.from(body.replace("claude-x", "m"));
    assert.equal((adapter.decodeReply(call, {}, named) as DecodedReply).body, named);
    const nameless = '{"content":[{"type":"text","text":"a"}]}';
    assert.equal(read(nameless).body.toString(), nameless);
  });

  it("goes on so with a member twice, of which the last counts", () => {
    const twice = '{"model":"x","content":[],"usage":{"output_tokens":1},"model":"y","usage":{"output_tokens":2}}';
    assert.equal(read(twice).body.toString(), twice.replace('"x"', '"m"').replace('"y"', '"m"'));
    assert.equal(read(twice).usage?.outputTokens, 2);
  });

  it("tells its usage; without one, what its reader sees is counted", () => {
    assert.deepEqual(read(body).usage, { promptTokens: 3, outputTokens: 4 });
    const { usage, text } = read('{"content":[{"type":"text","text":"Grüezi"},{"type":"tool_use","input":{"a":1}}]}');
    assert.equal(usage, undefined);
    assert.deepEqual(text, { pieces: 2, bytes: 7 + 7 });
  });

  it("is filtered where it is a refusal and nothing else", () => {
    assert.equal(read('{"content":[],"stop_reason":"refusal","usage":{"input_tokens":1}}').isFiltered, true);
    assert.equal(read('{"content":[{"type":"text","text":"a"}],"stop_reason":"refusal","usage":{"input_tokens":1}}').isFiltered, undefined);
  });

  it("is a fault where it is none, or is an error", () => {
    for (const wire of ["", "null", "[]", '{"content":"x"}', '{"content":[', '{"id":1}']) {
      const fault = adapter.decodeReply(call, {}, Buffer.from(wire));
      assert.ok(fault instanceof RouterError && fault.code === "upstream_malformed", wire);
    }
    const fault = adapter.decodeReply(call, {}, Buffer.from('{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'));
    assert.ok(fault instanceof RouterError && fault.code === "upstream_overloaded");
  });
});

const wrong = (message: string, type = "invalid_request_error"): string =>
  `{"type":"error", "error":{"type":"${type}","message":"${message}","details":null},"request_id":"req_1"}`;
const told = (status: number, body: string): RouterError =>
  adapter.decodeError(status, {}, Buffer.from(body), { call, wallTime: undefined });

describe("an error of a deployment that speaks Messages", () => {
  for (const [what, status, message, code] of [
    ["a request that is wrong", 400, "messages.1: `thinking` blocks cannot be modified", "invalid_request"],
    ["a prompt that is too long", 400, "prompt is too long: 210000 tokens > 200000 maximum", "context_length_exceeded"],
    ["a content that is refused", 400, "Output blocked by content filtering policy", "content_policy_violation"],
    ["a request that is too large", 413, "Request exceeds the maximum size", "request_too_large"],
  ] as const) {
    it(`of ${what} is kept byte for byte`, () => {
      const error = told(status, wrong(message));
      assert.equal(error.code, code);
      assert.equal(error.upstream?.status, status);
      assert.deepEqual(error.upstream.body, { format: "anthropic", bytes: Buffer.from(wrong(message)) });
    });
  }

  it("is written anew where it would show a secret, or is not in Anthropic's shape, or is longer than any", () => {
    assert.equal(told(400, wrong("the key secret is odd")).upstream?.body, undefined);
    assert.equal(told(400, wrong("the key \\u0073ecret is odd")).upstream?.body, undefined);
    assert.equal(told(400, '{"message":"Malformed input request"}').upstream?.body, undefined);
    assert.equal(told(400, "null").upstream?.body, undefined);
    assert.equal(told(400, wrong("a".repeat(70_000))).upstream?.body, undefined);
  });

  it("is written anew where the request is not at fault", () => {
    for (const [status, type] of [
      [401, "authentication_error"],
      [429, "rate_limit_error"],
      [500, "api_error"],
      [529, "overloaded_error"],
    ] as const) {
      assert.equal(told(status, wrong("Oh no", type)).upstream?.body, undefined);
    }
    assert.equal(told(529, wrong("Overloaded", "overloaded_error")).code, "upstream_overloaded");
  });
});
