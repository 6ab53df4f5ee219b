import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ToolNames, type ToolNameRule } from "../../../../src/formats/kit/chat/tool-names.ts";

const rule: ToolNameRule = { illegal: /[^a-zA-Z0-9_-]/g, longest: 10, beginsWithLetter: true };

function namesOf(names: readonly string[], of = rule): ToolNames {
  return new ToolNames({ tools: names.map((name) => ({ type: "function", function: { name } })) }, of);
}

describe("the names of a request's tools", () => {
  it("stay as they are where they are legal", () => {
    assert.equal(namesOf(["get_weather"]).legal("get-a"), "get-a");
  });

  it("are repaired, each to one that no other has", () => {
    const names = namesOf(["a/b", "a_b", "a.b", "9", "x".repeat(12), `${"x".repeat(10)}!`]);
    assert.deepEqual(
      ["a/b", "a_b", "a.b", "9", "x".repeat(12), `${"x".repeat(10)}!`].map((name) => names.legal(name)),
      ["a_b_2", "a_b", "a_b_3", "t9", "x".repeat(10), "xxxxxxxx_2"],
    );
  });

  it("are those of calls in messages too", () => {
    const names = new ToolNames({ messages: [{ role: "assistant", tool_calls: [{ function: { name: "a b" } }] }] }, rule);
    assert.deepEqual([names.legal("a b"), names.original("a_b")], ["a_b", "a b"]);
  });

  it("lead back to what the caller wrote, whatever the names are", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 14 }), { maxLength: 12 }), (given) => {
        const names = namesOf(given);
        const legal = given.map((name) => names.legal(name));
        assert.equal(new Set(legal).size, given.length);
        for (const [index, name] of legal.entries()) {
          assert.match(name, /^[a-zA-Z][a-zA-Z0-9_-]{0,9}$/);
          assert.equal(names.original(name), given[index]);
        }
      }),
    );
  });
});
