import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { JsonMembers, JsonValue } from "../../../../src/core/provider.ts";
import type { Conversation, Part, Turn } from "../../../../src/formats/kit/chat/conversation.ts";
import { toConversation } from "../../../../src/formats/kit/chat/to-conversation.ts";
import { anyChat } from "../../../support/fakes/any-chat.ts";

const user = (content: JsonValue): JsonMembers => ({ role: "user", content });
const assistant = (more: JsonMembers): JsonMembers => ({ role: "assistant", content: null, ...more });
const call = (id: string | null, name = "f", args: JsonValue = "{}"): JsonMembers => ({
  id,
  type: "function",
  function: { name, arguments: args },
});
const result = (id: string, content: JsonValue = "r"): JsonMembers => ({ role: "tool", tool_call_id: id, content });

const piece = (thinking: string, signature?: string): JsonMembers => ({
  type: "thinking",
  thinking,
  ...(signature === undefined ? {} : { signature }),
});

/** The turns as their roles and what their parts say. */
function turns(messages: readonly JsonValue[]): (readonly [Turn["role"], readonly string[]])[] {
  return toConversation(messages).turns.map(({ role, parts }) => [role, parts.map(shown)]);
}

function shown(part: Part): string {
  switch (part.kind) {
    case "text":
      return part.text;
    case "thinking":
      return `thinking ${part.redacted ?? part.text} by ${part.signature}`;
    case "tool_use":
      return `${part.id}: ${part.name}(${JSON.stringify(part.input)})${part.signature === undefined ? "" : ` by ${part.signature}`}`;
    case "tool_result":
      return `${part.id} of ${part.name}: ${part.content.map(shown).join("+")}`;
    default:
      return part.kind;
  }
}

describe("messages as a conversation", () => {
  it("begins with the instructions apart; later ones stay where they are", () => {
    const messages = [{ role: "system", content: "a" }, { role: "developer", content: "b" }, user("c"), { role: "system", content: "d" }];
    assert.deepEqual(toConversation(messages).system.map(shown), ["a", "b"]);
    assert.deepEqual(turns(messages), [
      ["user", ["c"]],
      ["system", ["d"]],
    ]);
  });

  it("has the results of calls right behind the calls, before instructions that stand in between", () => {
    const late = { role: "developer", content: "d" };
    const calls = assistant({ tool_calls: [call("a"), call("b")] });
    const asked = ["assistant", ["a: f({})", "b: f({})"]];
    assert.deepEqual(turns([user("q"), calls, late, result("a"), late, result("b"), user("u"), assistant({ content: "x" }), late]), [
      ["user", ["q"]],
      asked,
      ["user", ["a of f: r", "b of f: r"]],
      ["system", ["d"]],
      ["system", ["d"]],
      ["user", ["u"]],
      ["assistant", ["x"]],
      ["system", ["d"]],
    ]);
    assert.deepEqual(turns([user("q"), calls, result("a"), late, result("b")]), [
      ["user", ["q"]],
      asked,
      ["user", ["a of f: r", "b of f: r"]],
      ["system", ["d"]],
    ]);
    assert.deepEqual(turns([user("q"), calls, user("u"), late, result("a"), result("b")]), [
      ["user", ["q"]],
      asked,
      ["user", ["a of f: r", "b of f: r", "u"]],
      ["system", ["d"]],
    ]);
  });

  it("joins messages of one side, and leaves texts without a character out", () => {
    assert.deepEqual(turns([user("a"), user(["", "b"]), assistant({ content: "" }), user("c"), assistant({ content: " " })]), [
      ["user", ["a", "b", "c"]],
      ["assistant", [" "]],
    ]);
  });

  it("puts the results of tools before what the user says, and knows their tools", () => {
    const messages = [
      user("a"),
      assistant({ tool_calls: [call("1", "f"), call("2", "g")] }),
      user("b"),
      result("2"),
      result("1"),
      result("3"),
    ];
    assert.deepEqual(turns(messages).at(-1), ["user", ["2 of g: r", "1 of f: r", "3 of undefined: r", "b"]]);
  });

  const inputs: readonly [string, JsonValue, JsonMembers][] = [
    ["a JSON object", '{"a":1}', { a: 1 }],
    ["an object", { a: 1 }, { a: 1 }],
    ["nothing", "", {}],
    ["what is no JSON", "{a", {}],
    ["a list", "[1]", {}],
  ];
  for (const [what, args, input] of inputs) {
    it(`reads ${what} as the arguments of a call`, () => {
      assert.deepEqual(turns([assistant({ tool_calls: [call("1", "f", args)] })]), [["assistant", [`1: f(${JSON.stringify(input)})`]]]);
    });
  }

  it("keeps integers that JavaScript cannot hold as they are spelled", () => {
    assert.deepEqual(turns([assistant({ tool_calls: [call("1", "f", '{"n":12345678901234567890}')] })])[0]?.[1], [
      '1: f({"n":12345678901234567890})',
    ]);
  });

  it("gives a call that has no id one, and takes one that is given twice once", () => {
    assert.deepEqual(turns([assistant({ tool_calls: [call("1"), call("1"), call(""), call(null), call(null, "g")] })])[0]?.[1], [
      "1: f({})",
      "call_f: f({})",
      "call_f_3: f({})",
      "call_g: g({})",
    ]);
  });

  it("tells calls apart that have the same id in different answers, and gives each result to the latest of them", () => {
    const asked = [assistant({ tool_calls: [call("1")] }), result("1"), assistant({ tool_calls: [call("1", "g"), call("1_2")] })];
    assert.deepEqual(turns([...asked, result("1"), result("1_2")]), [
      ["assistant", ["1: f({})"]],
      ["user", ["1 of f: r"]],
      ["assistant", ["1_2: g({})", "1_2_2: f({})"]],
      ["user", ["1_2 of g: r", "1_2_2 of f: r"]],
    ]);
    const old = [assistant({ function_call: { name: "f", arguments: "{}" } }), { role: "function", name: "f", content: "r" }];
    assert.deepEqual(
      turns([...old, ...old]).map(([, told]) => told[0]),
      ["call_f: f({})", "call_f of f: r", "call_f_2: f({})", "call_f_2 of f: r"],
    );
  });

  it("keeps the text that a custom tool was called with", () => {
    const custom = { id: "a", type: "custom", custom: { name: "run", input: "print(1)" } };
    assert.deepEqual(turns([assistant({ tool_calls: [custom] })]), [["assistant", ['a: run({"input":"print(1)"})']]]);
  });

  it("reads calls and results from before there were tools", () => {
    const old = [assistant({ function_call: { name: "f", arguments: "{}" } }), { role: "function", name: "f", content: "r" }];
    assert.deepEqual(turns(old), [
      ["assistant", ["call_f: f({})"]],
      ["user", ["call_f of f: r"]],
    ]);
  });

  it("finds Gemini's proof in a call's id or beside it, and takes it out of ids", () => {
    const beside = { ...call("2"), provider_specific_fields: { thought_signature: "s2" } };
    const messages = [
      assistant({ tool_calls: [call("1__thought__s__thought__1"), beside, call("3__thought__")] }),
      result("1__thought__x"),
    ];
    assert.deepEqual(turns(messages), [
      ["assistant", ["1: f({}) by s__thought__1", "2: f({}) by s2", "3: f({})"]],
      ["user", ["1 of f: r"]],
    ]);
  });

  it("puts thinking before the text and calls after it, wherever it is written", () => {
    const block = { type: "thinking", thinking: "t", signature: "s" };
    const redacted = { type: "redacted_thinking", data: "d" };
    const told = ["thinking t by s", "thinking d by undefined", "a", "1: f({})"];
    assert.deepEqual(turns([assistant({ thinking_blocks: [block, redacted], content: "a", tool_calls: [call("1")] })])[0]?.[1], told);
    assert.deepEqual(
      turns([assistant({ content: [{ type: "text", text: "a" }, block, redacted], tool_calls: [call("1")] })])[0]?.[1],
      told,
    );
  });

  it("joins the pieces of a stream's thinking to what was signed, and nothing else", () => {
    const blocks = [piece("a"), piece("b"), piece("", "s1"), piece("c"), piece("d", "s2"), piece("", "s3")];
    assert.deepEqual(turns([assistant({ thinking_blocks: blocks })])[0]?.[1], [
      "thinking ab by s1",
      "thinking c by undefined",
      "thinking d by s2",
      "thinking  by s3",
    ]);
  });

  it("says of a message that is wrong where it is", () => {
    const wrong: readonly [JsonValue, string][] = [
      [[1], "messages[0]"],
      [[{ role: "nobody", content: "a" }], "messages[0].role"],
      [[user(3)], "messages[0].content"],
      [[user([{ type: "text", text: 3 }])], "messages[0].content[0].text"],
      [[user([{ type: "thinking", thinking: "t" }])], "messages[0].content[0].type"],
      [[{ role: "system", content: [{ type: "image_url", image_url: "data:image/png;base64," }] }], "messages[0].content"],
      [[assistant({ tool_calls: [{ id: "1", function: {} }] })], "messages[0].tool_calls[0].function.name"],
    ];
    for (const [messages, param] of wrong)
      assert.throws(() => toConversation(messages as readonly JsonValue[]), { code: "invalid_request", param });
  });

  it("asks another deployment for an answer whose sound only its provider knows", () => {
    const spoken = assistant({ audio: { id: "audio_1" } });
    assert.throws(() => toConversation([user("a"), spoken]), { code: "cannot_serve_this", param: "messages[1].audio" });
    assert.deepEqual(turns([{ ...spoken, content: "hello" }]), [["assistant", ["hello"]]]);
  });

  it("has turns that alternate, results first, and all that any chat says", () => {
    fc.assert(
      fc.property(anyChat, ({ messages }) => {
        const list = messages as readonly JsonMembers[];
        const before = JSON.stringify(list);
        const conversation = toConversation(list);
        assert.equal(JSON.stringify(list), before);
        checkTurns(conversation);
        const parts = conversation.turns.flatMap((turn) => turn.parts);
        const count = (kind: Part["kind"]): number => parts.filter((part) => part.kind === kind).length;
        const calls = list.flatMap((message) => (message["tool_calls"] as readonly JsonValue[] | undefined) ?? []);
        assert.deepEqual([count("tool_use"), count("tool_result")], [calls.length, list.filter(({ role }) => role === "tool").length]);
        assert.equal(
          textOf([...conversation.system, ...parts]),
          list.reduce((sum, { content }) => sum + lengthOf(content), 0),
        );
      }),
    );
  });
});

function checkTurns({ turns: all }: Conversation): void {
  for (const [index, { role, parts }] of all.entries()) {
    assert.ok(parts.length > 0);
    if (role !== "system") assert.notEqual(role, all[index - 1]?.role);
    const lastResult = parts.findLastIndex(({ kind }) => kind === "tool_result");
    assert.ok(parts.slice(0, lastResult + 1).every(({ kind }) => kind === "tool_result"));
  }
}

/** Characters of all texts, those within results of tools included. */
function textOf(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => {
    if (part.kind === "tool_result") return sum + textOf(part.content);
    return sum + (part.kind === "text" ? part.text.length : 0);
  }, 0);
}

function lengthOf(content: JsonValue | undefined): number {
  if (typeof content === "string") return content.length;
  if (!Array.isArray(content)) return 0;
  return (content as readonly JsonMembers[]).reduce((sum, { text }) => sum + (typeof text === "string" ? text.length : 0), 0);
}
