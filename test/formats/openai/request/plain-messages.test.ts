import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { JsonMembers, JsonValue } from "../../../../src/core/provider.ts";
import { type MessageQuirks, PlainMessages } from "../../../../src/formats/openai/request/plain-messages.ts";
import { scanMembers } from "../../../../src/lib/json/json-splice.ts";
import { type JsonText, PiecedText } from "../../../../src/lib/json/json-text.ts";

function text(value: JsonValue | string): JsonText {
  const bytes = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
  return { bytes, members: scanMembers(bytes) };
}

function plain(messages: JsonValue, quirks: MessageQuirks = {}, more: JsonMembers = {}): JsonMembers {
  const made = PlainMessages.for(quirks).of(text({ model: "m", messages, ...more }));
  assert.deepEqual(made.members, scanMembers(made.bytes));
  return JSON.parse(made.bytes.toString()) as JsonMembers;
}

const call = (id: string, more: JsonMembers = {}): JsonMembers => ({
  id,
  type: "function",
  function: { name: "f", arguments: "{}" },
  ...more,
});
const answer = (more: JsonMembers): JsonMembers => ({ role: "assistant", content: "a", ...more });
const mark = { cache_control: { type: "ephemeral" } };

describe("messages for hosts of OpenAI's format", () => {
  const cases: readonly [string, JsonMembers, JsonMembers][] = [
    ["blocks of thinking", answer({ thinking_blocks: [{ type: "thinking", thinking: "t", signature: "s" }] }), answer({})],
    ["a provider's own members", answer({ provider_specific_fields: { a: 1 } }), answer({})],
    [
      "a provider's own members of calls",
      answer({
        tool_calls: [
          call("1", {
            provider_specific_fields: { thought_signature: "s" },
            function: { name: "f", arguments: "{}", provider_specific_fields: {} },
          }),
        ],
      }),
      answer({ tool_calls: [call("1")] }),
    ],
    ["proofs in ids of calls", answer({ tool_calls: [call("1__thought__c2ln")] }), answer({ tool_calls: [call("1")] })],
    [
      "proofs in ids of results",
      { role: "tool", tool_call_id: "1__thought__c2ln", content: "r" },
      { role: "tool", tool_call_id: "1", content: "r" },
    ],
    [
      "thinking in the content",
      answer({
        content: [
          { type: "redacted_thinking", data: "d" },
          { type: "text", text: "a" },
        ],
        thinking_blocks: [],
      }),
      answer({ content: [{ type: "text", text: "a" }] }),
    ],
  ];
  for (const [what, message, left] of cases) {
    it(`lose ${what}`, () => {
      assert.deepEqual(plain([{ role: "user", content: "q" }, message])["messages"], [{ role: "user", content: "q" }, left]);
    });
  }

  it("lose what is refused by hosts that take nothing else than OpenAI's, and elsewhere keep it", () => {
    const messages = [{ role: "system", content: [{ type: "text", text: "a", ...mark }] }, answer({ reasoning_content: "r", ...mark })];
    const tools = [{ type: "function", function: { name: "f", ...mark }, ...mark }];
    assert.deepEqual(plain(messages, { strictMessages: true }, { tools }), {
      model: "m",
      messages: [{ role: "system", content: [{ type: "text", text: "a" }] }, answer({})],
      tools: [{ type: "function", function: { name: "f" } }],
    });
    const body = text({ messages, tools });
    assert.equal(PlainMessages.for({}).of(body), body);
  });

  it("have ids that the host takes, the same for a call and its result", () => {
    const messages = [
      answer({ tool_calls: [call("toolu_01ABC"), call("abcDEF123")] }),
      { role: "tool", tool_call_id: "toolu_01ABC", content: "r" },
    ];
    const made = plain(messages, { shortToolIds: true })["messages"] as JsonMembers[];
    const [first, second] = (made[0]?.["tool_calls"] ?? []) as JsonMembers[];
    assert.match(JSON.stringify(first?.["id"]), /^"[a-zA-Z0-9]{9}"$/);
    assert.deepEqual([second?.["id"], made[1]?.["tool_call_id"]], ["abcDEF123", first?.["id"]]);
  });

  it("go out as they came, to the byte, where there is nothing to take out", () => {
    const quirks = { strictMessages: true, shortToolIds: true };
    for (const body of [
      '{"messages": [ {"role":"user","content":"the thinking_blocks are 12345678901234567890"} ],"max_tokens":1}',
      '{"messages":"none, says provider_specific_fields"}',
      '{"messages":[1,null,{"content":3,"tool_calls":{"_calls":1}}]}',
    ]) {
      const given = text(body);
      assert.equal(PlainMessages.for(quirks).of(given), given);
    }
  });

  it("keep every other member and the spelling of numbers where something is taken out", () => {
    const body = '{"a":1.0,"messages":[{"role":"assistant","content":"x","thinking_blocks":[],"n":12345678901234567890}],"b" : 1e3}';
    assert.equal(
      PlainMessages.for({}).of(text(body)).bytes.toString(),
      '{"a":1.0,"messages":[{"role":"assistant","content":"x","n":12345678901234567890}],"b" : 1e3}',
    );
  });

  it("are looked through across the pieces that a body came in", () => {
    const { bytes, members } = text({ messages: [answer({ thinking_blocks: [] })], x: "y".repeat(40) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: bytes.length - 1 }), (at) => {
        const body = new PiecedText([bytes.subarray(0, at), bytes.subarray(at)], members);
        assert.doesNotMatch(PlainMessages.for({}).of(body).bytes.toString(), /thinking_blocks/);
      }),
    );
  });
});
