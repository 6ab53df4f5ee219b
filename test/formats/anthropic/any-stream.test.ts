import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { anthropic } from "../../../src/formats/anthropic/index.ts";
import { propertyRuns } from "../../support/property-runs.ts";
import { chatCall, decoded, testHost, testRules } from "../kit/chat/support.ts";
import { eventFrame } from "../kit/event-stream/frames.ts";
import { wordsOf } from "../../support/fakes/shape.ts";

const target = { rules: testRules(), takesPrefill: false, model: "claude-sonnet-4-5" };
const ownHost = { takesUrls: true };
const invokeHost = { takesUrls: false, bodyVersion: "bedrock-2023-05-31", betas: "bedrock-invoke", framesEvents: true } as const;
const adapters = {
  events: anthropic.connect(testHost(), { ...target, host: ownHost }),
  frames: anthropic.connect(testHost(), { ...target, host: invokeHost }),
};

const words = fc.oneof(fc.constantFrom("", "\u{1f642}", "\n\ndata: x\r\n", "\u2028", "ü"), fc.string({ maxLength: 8 }));
const block = fc.oneof(
  words.map((text): JsonMembers => ({ type: "text", text })),
  words.map((thinking): JsonMembers => ({ type: "thinking", thinking, signature: "" })),
  fc.constantFrom<JsonMembers>(
    { type: "redacted_thinking", data: "eA==" },
    { type: "tool_use", id: "toolu_1", name: "f", input: {} },
    { type: "tool_use", id: "toolu_2", name: "json_tool_call", input: { whole: true } },
    { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} },
    { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] },
    { type: "block_of_tomorrow" },
  ),
);
const delta = fc.oneof(
  words.map((text): JsonMembers => ({ type: "text_delta", text })),
  words.map((thinking): JsonMembers => ({ type: "thinking_delta", thinking })),
  words.map((signature): JsonMembers => ({ type: "signature_delta", signature })),
  words.map((json): JsonMembers => ({ type: "input_json_delta", partial_json: json })),
  fc.constantFrom<JsonMembers>({ type: "citations_delta", citation: { title: "t" } }, { type: "delta_of_tomorrow", more: 1 }),
);
const event = fc.oneof(
  { weight: 4, arbitrary: delta.map((one): JsonMembers => ({ type: "content_block_delta", index: 0, delta: one })) },
  { weight: 2, arbitrary: block.map((one): JsonMembers => ({ type: "content_block_start", index: 0, content_block: one })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<JsonMembers>(
      { type: "content_block_stop", index: 0 },
      { type: "message_start", message: { usage: { input_tokens: 3, output_tokens: 1 } } },
      { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 5 } },
      { type: "ping" },
      { type: "event_of_tomorrow" },
      { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
    ),
  },
);
const cuts = fc.array(fc.nat(4_000), { maxLength: 8 });

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const all = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((one, other) => one - other), bytes.length];
  return all.slice(1).map((end, index) => bytes.subarray(all[index], end));
}

const ends: readonly JsonMembers[] = [
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 7 } },
  { type: "message_stop" },
];

describe("any stream of Anthropic's", () => {
  for (const [asked, format] of [
    ["text", {}],
    ["JSON by a tool", { response_format: { type: "json_object" } }],
  ] as const) {
    const call = chatCall({ stream: true, ...format });

    it(`says the same however it was cut on its way, as events and in AWS's frames, where ${asked} was asked for`, () => {
      const property = fc.property(fc.array(event, { maxLength: 12 }), fc.constantFrom("\n", "\r\n", "\r"), cuts, (some, line, places) => {
        const all = [...some, ...ends];
        const named = all.map((one) => `event: ${wordsOf(one["type"])}${line}data: ${JSON.stringify(one)}${line}${line}`);
        const framed = all.map((one) => eventFrame("chunk", { bytes: Buffer.from(JSON.stringify(one)).toString("base64"), p: "ab" }));
        const streams = { events: Buffer.from(named.join("")), frames: Buffer.concat(framed) };
        const whole = decoded(adapters.events, call, [streams.events]);
        assert.equal(whole.filter(({ kind }) => kind === "done").length, 1);
        for (const way of ["events", "frames"] as const) assert.deepEqual(decoded(adapters[way], call, cutAt(streams[way], places)), whole);
      });
      fc.assert(property, propertyRuns(50));
    });
  }
});
