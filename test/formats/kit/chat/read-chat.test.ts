import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { JsonMembers } from "../../../../src/core/provider.ts";
import type { ChatRequest } from "../../../../src/formats/kit/chat/conversation.ts";
import { parseChat, readChat, requestOf } from "../../../../src/formats/kit/chat/read-chat.ts";
import { anyChat } from "../../../support/fakes/any-chat.ts";
import { chatCall } from "./support.ts";

const read = (members: JsonMembers): ChatRequest => readChat({ messages: [], ...members });

describe("a chat request", () => {
  it("is parsed once for all attempts of a call", () => {
    const call = chatCall({});
    assert.equal(parseChat(call.body), parseChat(call.body));
    assert.equal(requestOf(call), parseChat(call.body));
  });

  const cases: readonly [string, JsonMembers, Partial<ChatRequest>][] = [
    ["no more than its messages", {}, { maxTokens: undefined, stop: [], toolChoice: undefined, responseFormat: undefined, rest: {} }],
    ["the larger of two caps", { max_tokens: 5, max_completion_tokens: 9 }, { maxTokens: 9 }],
    ["one cap by either name", { max_completion_tokens: 0 }, { maxTokens: 0 }],
    ["numbers that clients write as texts", { max_tokens: "7", temperature: "0.5" }, { maxTokens: 7, temperature: 0.5 }],
    ["one stop", { stop: "END" }, { stop: ["END"] }],
    ["several stops", { stop: ["a", "b"] }, { stop: ["a", "b"] }],
    ["a choice of tools in a word", { tool_choice: "required" }, { toolChoice: { kind: "required" } }],
    ["Anthropic's word for it", { tool_choice: { type: "any" } }, { toolChoice: { kind: "required" } }],
    ["one tool", { tool_choice: { type: "function", function: { name: "f" } } }, { toolChoice: { kind: "tool", name: "f" } }],
    ["one tool as Anthropic has it", { tool_choice: { type: "tool", name: "f" } }, { toolChoice: { kind: "tool", name: "f" } }],
    ["a custom tool", { tool_choice: { type: "custom", custom: { name: "f" } } }, { toolChoice: { kind: "tool", name: "f" } }],
    ["an answer in JSON", { response_format: { type: "json_object" } }, { responseFormat: { kind: "json" } }],
    [
      "an answer by a schema",
      { response_format: { type: "json_schema", json_schema: { name: "n", schema: { a: 1 }, strict: true } } },
      { responseFormat: { kind: "schema", name: "n", schema: { a: 1 }, strict: true } },
    ],
    ["what no format knows", { top_k: 4, seed: 1, stream: true, model: "x" }, { rest: { top_k: 4, seed: 1 } }],
  ];
  for (const [what, members, expected] of cases) {
    it(`has ${what}`, () => {
      assert.partialDeepStrictEqual(read(members), expected);
    });
  }

  it("has tools of the caller and of the provider", () => {
    const parameters = { type: "object" };
    const cache = { type: "ephemeral" };
    const tools = [
      { type: "function", function: { name: "f", description: "d", parameters, strict: true }, cache_control: cache },
      { type: "web_search_20250305", name: "web_search" },
    ];
    assert.deepEqual(read({ tools }).tools, [
      { kind: "function", name: "f", description: "d", parameters, strict: true, cache },
      { kind: "hosted", type: "web_search_20250305", tool: tools[1] },
    ]);
  });

  it("says where it is wrong", () => {
    const wrong: readonly [JsonMembers, string][] = [
      [{ messages: "hi" }, "messages"],
      [{ max_tokens: "many" }, "max_tokens"],
      [{ stop: [1] }, "stop[0]"],
      [{ tools: [{ type: "function" }] }, "tools[0].function"],
      [{ tools: [{ type: "function", function: { name: "" } }] }, "tools[0].function.name"],
      [{ tool_choice: "perhaps" }, "tool_choice"],
      [{ tool_choice: { type: "function" } }, "tool_choice.function.name"],
      [{ response_format: { type: "xml" } }, "response_format.type"],
      [{ response_format: { type: "json_schema", json_schema: {} } }, "response_format.json_schema.schema"],
    ];
    for (const [members, param] of wrong) assert.throws(() => read(members), { code: "invalid_request", param });
  });

  it("asks another deployment for a choice among some tools", () => {
    const choice = { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [] } };
    assert.throws(() => read({ tool_choice: choice }), { code: "cannot_serve_this", param: "tool_choice" });
  });

  it("asks another deployment for a tool whose input is a text of any form", () => {
    const tools = [{ type: "custom", custom: { name: "run" } }];
    assert.throws(() => read({ tools }), { code: "cannot_serve_this", param: "tools[0]" });
    const own = { type: "custom", name: "run", input_schema: { type: "object" } };
    assert.deepEqual(read({ tools: [own] }).tools, [{ kind: "hosted", type: "custom", tool: own }]);
  });

  it("loses no parameter, whatever the chat is", () => {
    const known = new Set([
      "model",
      "stream",
      "stream_options",
      "messages",
      "tools",
      "tool_choice",
      "parallel_tool_calls",
      "response_format",
    ]);
    for (const name of ["max_tokens", "max_completion_tokens", "stop", "temperature", "top_p", "reasoning_effort", "thinking", "user"])
      known.add(name);
    fc.assert(
      fc.property(anyChat, (chat) => {
        const members = requestOf(chatCall(chat));
        const request = readChat(members);
        for (const [name, value] of Object.entries(members)) if (!known.has(name)) assert.deepEqual(request.rest[name], value);
        assert.equal(request.tools.length, ((members["tools"] as readonly unknown[] | null | undefined) ?? []).length);
      }),
    );
  });
});
