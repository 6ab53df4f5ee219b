import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../../src/core/errors.ts";
import type { JsonMembers, JsonValue } from "../../../src/core/provider.ts";
import { anthropic } from "../../../src/formats/anthropic/index.ts";
import { wordsOf } from "../../support/fakes/shape.ts";
import { chatCall, decoded, testHost, testRules } from "../kit/chat/support.ts";

const adapter = anthropic.connect(testHost(), {
  rules: testRules(),
  takesPrefill: false,
  model: "claude-haiku-4-5",
  host: { takesUrls: true },
});

const begin: JsonMembers = { type: "message_start", message: { role: "assistant", usage: { input_tokens: 3, output_tokens: 1 } } };
const text: JsonMembers = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi" } };
const call: JsonMembers = {
  type: "content_block_start",
  index: 1,
  content_block: { type: "tool_use", id: "toolu_1", name: "f", input: {} },
};
const usageAlone: JsonMembers = { type: "message_delta", delta: { stop_reason: null }, usage: { output_tokens: 5 } };
const stop: JsonMembers = { type: "message_stop" };

/** The kinds of a stream's events, with the finish reasons. */
function heard(events: readonly JsonMembers[], more: JsonMembers = {}): readonly string[] {
  const bytes = Buffer.from(events.map((event) => `event: ${wordsOf(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
  return decoded(adapter, chatCall({ stream: true, ...more }), [bytes]).map(({ kind, data }) => {
    const { choices = [] } = JSON.parse(data?.toString() ?? "{}") as { choices?: readonly { finish_reason: string | null }[] };
    return choices[0]?.finish_reason ?? kind;
  });
}

describe("a stream of Anthropic's that does not say why it ends", () => {
  it("has come to its end where the message is whole: like any other, or for its calls", () => {
    assert.deepEqual(heard([begin, text, stop]), ["preamble", "content", "stop", "usage", "done"]);
    assert.deepEqual(heard([begin, text, usageAlone, stop]), ["preamble", "content", "stop", "usage", "done"]);
    assert.deepEqual(heard([begin, call, usageAlone, stop]), ["preamble", "content", "tool_calls", "usage", "done"]);
  });

  it("says a text that is no JSON where JSON by a tool was asked for and none came", () => {
    const events = heard([begin, text, stop], { response_format: { type: "json_object" } });
    assert.deepEqual(events, ["preamble", "content", "stop", "usage", "done"]);
  });

  it("is cut where the message is not whole: nothing is made up", () => {
    assert.deepEqual(heard([begin, text, usageAlone]), ["preamble", "content"]);
  });
});

function reasonOf(stopReason: JsonValue, ...content: readonly JsonMembers[]): string | undefined {
  const body = Buffer.from(JSON.stringify({ type: "message", content, stop_reason: stopReason }));
  const reply = adapter.decodeReply(chatCall({}), {}, body);
  if (reply instanceof RouterError) throw reply;
  return (JSON.parse(reply.body.toString()) as { choices: readonly { finish_reason: string }[] }).choices[0]?.finish_reason;
}

describe("a whole message of Anthropic's", () => {
  const calls = { type: "tool_use", id: "toolu_1", name: "f", input: {} };

  for (const [stopReason, told, ...content] of [
    [null, "stop", { type: "text", text: "Hi" }],
    [null, "tool_calls", calls],
    ["reason_of_tomorrow", "tool_calls", calls],
    ["reason_of_tomorrow", "stop"],
    ["tool_use", "stop", { type: "text", text: "Hi" }],
    ["max_tokens", "length", calls],
    ["refusal", "content_filter"],
    ["pause_turn", "length"],
  ] as const) {
    it(`that ends by ${stopReason ?? "nothing"} has finished by ${told}`, () => assert.equal(reasonOf(stopReason, ...content), told));
  }
});
