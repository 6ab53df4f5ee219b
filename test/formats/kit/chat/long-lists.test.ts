import assert from "node:assert/strict";
import { test } from "node:test";
import { toConversation } from "../../../../src/formats/kit/chat/to-conversation.ts";
import type { JsonMembers } from "../../../../src/core/provider.ts";

/** More than fits on the stack as the arguments of a call. */
const many = 200_000;
const texts: readonly JsonMembers[] = Array.from({ length: many }, () => ({ type: "text", text: "a" }));
const user = { role: "user", content: "hi" };

for (const [what, messages] of [
  ["instructions", [{ role: "system", content: texts }, user]],
  ["what the user says next", [user, { role: "user", content: texts }]],
  ["what the assistant has said", [user, { role: "assistant", content: texts }]],
] as const) {
  test(`${what} may have as many parts as a request has room for`, () => {
    const { system, turns } = toConversation(messages);
    const parts = system.length + turns.reduce((sum, turn) => sum + turn.parts.length, 0);
    assert.equal(parts, many + 1);
  });
}

test("instructions between tens of thousands of messages are read in one pass", () => {
  const messages = Array.from({ length: 60_000 }, (_, index) => ({ role: index % 2 === 0 ? "user" : "system", content: "x" }));
  const begin = performance.now();
  assert.equal(toConversation(messages).turns.length, messages.length);
  // Some milliseconds. To look from each through the rest takes half a minute.
  assert.ok(performance.now() - begin < 5_000);
});

/** A call, an instruction, and only then what the call came to. */
function round(index: number): readonly JsonMembers[] {
  return [
    { role: "assistant", content: null, tool_calls: [{ id: `c${index}`, type: "function", function: { name: "f", arguments: "{}" } }] },
    { role: "system", content: "s" },
    { role: "tool", tool_call_id: `c${index}`, content: "r" },
  ];
}

test("results of tools come right behind their calls, however many turns with instructions in between there are", () => {
  const rounds = Array.from({ length: 15_000 }, (_, index) => round(index)).flat();
  const begin = performance.now();
  const { turns } = toConversation([user, ...rounds]);
  assert.deepEqual(
    turns.slice(0, 4).map(({ role, parts }) => [role, parts[0]?.kind]),
    [
      ["user", "text"],
      ["assistant", "tool_use"],
      ["user", "tool_result"],
      ["system", "text"],
    ],
  );
  assert.equal(turns.length, 45_001);
  assert.ok(performance.now() - begin < 5_000);
});
