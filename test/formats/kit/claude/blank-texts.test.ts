import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMembers, JsonValue } from "../../../../src/core/provider.ts";
import { RouterError } from "../../../../src/core/errors.ts";
import { anthropic } from "../../../../src/formats/anthropic/index.ts";
import { bedrock } from "../../../../src/formats/bedrock/index.ts";
import type { ChatRules } from "../../../../src/formats/kit/chat/chat-rules.ts";
import { chatCall, encodedBody, testHost, testRules } from "../chat/support.ts";

const formats = [
  { name: "Messages", format: anthropic, model: "claude-haiku-4-5", stops: "stop_sequences" },
  { name: "Converse", format: bedrock, model: "anthropic.claude-haiku-4-5-20251001-v1:0", stops: "stopSequences" },
];

const call = { id: "t1", type: "function", function: { name: "look", arguments: "{}" } };
const tools: JsonValue = [{ type: "function", function: { name: "look" } }];
const user = (content: string): JsonMembers => ({ role: "user", content });

for (const { name, format, model, stops } of formats) {
  const write = (members: JsonMembers, over: Partial<ChatRules> = {}): JsonMembers => {
    const quirks = {
      rules: testRules({ supports_assistant_prefill: false }, over),
      takesPrefill: false,
      model,
      host: { takesUrls: true },
    };
    return encodedBody(format.connect(testHost(), quirks), chatCall(members), model);
  };
  const told = (members: JsonMembers): readonly (readonly [string, number])[] => {
    const messages = write(members)["messages"] as readonly { readonly role: string; readonly content: readonly JsonValue[] }[];
    return messages.map(({ role, content }) => [role, content.length]);
  };

  describe(`texts of mere space in a chat with Claude by ${name}`, () => {
    it("does not go out beside a call", () => {
      const messages = [
        user("a"),
        { role: "assistant", content: "\n\n", tool_calls: [call] },
        { role: "tool", tool_call_id: "t1", content: " " },
      ];
      assert.deepEqual(told({ messages, tools }), [
        ["user", 1],
        ["assistant", 1],
        ["user", 1],
      ]);
      assert.ok(!/" "|\\n/.test(JSON.stringify(write({ messages, tools })["messages"])));
    });

    it("leaves words of the same side in one message", () => {
      assert.deepEqual(told({ messages: [user("a"), { role: "assistant", content: " " }, user("b")] }), [["user", 2]]);
    });

    it("is no answer to go on with", () => {
      assert.deepEqual(told({ messages: [user("a"), { role: "assistant", content: " \n" }] }), [["user", 1]]);
    });

    it("begins a chat all the same", () => {
      const messages = [user(" "), { role: "assistant", content: "b" }, user("c")];
      assert.deepEqual(told({ messages }), [
        ["user", 1],
        ["assistant", 1],
        ["user", 1],
      ]);
    });

    it("asks something all the same where a chat has nothing else", () => {
      assert.deepEqual(told({ messages: [user("  ")] }), [["user", 1]]);
      assert.equal(write({ messages: [{ role: "system", content: " " }, user("a")] })["system"], undefined);
    });

    it("ends no answer: another deployment is asked, unless it may be dropped", () => {
      const asked = { stop: ["END", "\n", ""] };
      assert.throws(
        () => write(asked),
        (error) => error instanceof RouterError && error.code === "cannot_serve_this",
      );
      assert.ok(JSON.stringify(write(asked, { dropParams: true })).includes(`"${stops}":["END"]`));
      assert.ok(JSON.stringify(write({ stop: ["END", ""] })).includes(`"${stops}":["END"]`));
    });
  });
}
