import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMembers } from "../../../../src/core/provider.ts";
import { connect } from "../../../providers/support.ts";
import { chatCall, encodedBody } from "../chat/support.ts";

const user = (content: string): JsonMembers => ({ role: "user", content });
const answer = (content: string): JsonMembers => ({ role: "assistant", content });
const result: JsonMembers = { role: "tool", tool_call_id: "call_1", content: "4 C" };
const thought = { thinking_blocks: [{ type: "thinking", thinking: "hm", signature: "s" }] };

function calls(id: string, more: JsonMembers = {}): JsonMembers {
  return { role: "assistant", content: null, tool_calls: [{ id, type: "function", function: { name: "f", arguments: "{}" } }], ...more };
}

const cases: readonly (readonly [string, readonly JsonMembers[], boolean])[] = [
  ["stays on where the user has the word", [user("a"), answer("b"), user("c")], true],
  ["stays on behind calls that began with thinking", [user("a"), calls("call_1", thought), result], true],
  [
    "stays on in a loop of calls of which the first began with thinking",
    [user("a"), calls("call_1", thought), result, calls("call_2"), { ...result, tool_call_id: "call_2" }],
    true,
  ],
  ["is off behind calls that came without", [user("a"), calls("call_1"), result], false],
  [
    "is off behind such calls and further instructions",
    [user("a"), calls("call_1"), result, { role: "system", content: "b" }, user("c")],
    false,
  ],
  ["is off where a message is to be gone on with", [user("a"), answer("b")], false],
  ["stays on where that message is but space", [user("a"), answer(" ")], true],
  ["stays on behind calls that are answered for", [user("a"), calls("call_1"), result, answer("b"), user("c")], true],
];

describe("the thinking of a Claude that takes a budget", () => {
  const { adapter, model } = connect({
    address: "anthropic/claude-haiku-4-5",
    modelFact: (_of, name) => (name === "supports_assistant_prefill" ? true : undefined),
  });
  for (const [what, messages, isOn] of cases) {
    it(what, () => {
      const body = encodedBody(adapter, chatCall({ messages, reasoning_effort: "low" }), model);
      assert.equal(body["thinking"] !== undefined, isOn);
    });
  }
});
