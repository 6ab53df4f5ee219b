import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../../../src/core/errors.ts";
import type { JsonMembers } from "../../../../src/core/provider.ts";
import { bridgedCall, chatOf, responseOf } from "./support.ts";

const parameters = { type: "object", properties: {} };

describe("a request for a response, as a chat", () => {
  it("has its items folded into messages, its tools a level deeper, and what both have by chat's names", () => {
    const chat = chatOf({
      instructions: "i",
      max_output_tokens: 9,
      parallel_tool_calls: false,
      store: false,
      stream: true,
      reasoning: { effort: "low", summary: "auto" },
      tool_choice: { type: "function", name: "f" },
      text: { format: { type: "json_schema", name: "n", schema: { type: "object" }, strict: true } },
      tools: [{ type: "function", name: "f", description: "d", parameters, strict: true }, { type: "web_search" }],
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "q" },
            { type: "input_image", image_url: "https://e.x/a.png", detail: "low" },
          ],
        },
        { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "th" }] },
        { type: "function_call", id: "fc_1", call_id: "call_1", name: "f", arguments: '{"a":1}' },
        { type: "function_call_output", call_id: "call_1", output: "r" },
        { role: "developer", content: "d" },
      ],
    });
    assert.deepEqual(chat, {
      model: "m",
      messages: [
        { role: "system", content: "i" },
        {
          role: "user",
          content: [
            { type: "text", text: "q" },
            { type: "image_url", image_url: { url: "https://e.x/a.png", detail: "low" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          reasoning_content: "th",
          tool_calls: [{ id: "call_1", type: "function", function: { name: "f", arguments: '{"a":1}' } }],
        },
        { role: "tool", content: "r", tool_call_id: "call_1" },
        { role: "system", content: "d" },
      ],
      tools: [{ type: "function", function: { name: "f", description: "d", parameters, strict: true } }],
      tool_choice: { type: "function", function: { name: "f" } },
      parallel_tool_calls: false,
      max_tokens: 9,
      response_format: { type: "json_schema", json_schema: { name: "n", schema: { type: "object" }, strict: true } },
      web_search_options: {},
      reasoning_effort: "low",
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it("gives back thinking with its proofs, and the proof of a call, to a client that keeps the transcript", () => {
    const thinking = [{ type: "thinking", thinking: "hm", signature: "s/+=" }];
    const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
    const message = {
      content: null,
      thinking_blocks: thinking,
      tool_calls: [{ ...call, provider_specific_fields: { thought_signature: "YQ==" } }],
    };
    const { output } = responseOf(message, "tool_calls", undefined, bridgedCall({ include: ["reasoning.encrypted_content"] }));
    const { messages } = chatOf({ input: output as never });
    assert.deepEqual(messages, [{ role: "assistant", ...message, reasoning_content: "hm" }]);
    // A deployment that has Responses did not make it.
    const native = JSON.parse(bridgedCall({ input: output as never }).body.bytes.toString()) as { input: JsonMembers[] };
    assert.deepEqual(
      native.input.map(({ type }) => type),
      ["function_call"],
    );
  });

  for (const [what, body, param] of [
    ["a tool of the provider's", { tools: [{ type: "file_search" }] }, "tools[0]"],
    ["a prompt that is kept", { prompt: { id: "p" } }, "prompt"],
    ["an uploaded file", { input: [{ role: "user", content: [{ type: "input_file", file_id: "f" }] }] }, "input[0].content[0].file_id"],
    ["an item by its id", { input: [{ type: "item_reference", id: "msg_1" }] }, "input[0]"],
    ["an answer that nobody waits for", { background: true }, "background"],
  ] as const satisfies readonly (readonly [string, JsonMembers, string])[]) {
    it(`is none where it holds ${what}`, () => {
      assert.throws(
        () => chatOf(body),
        (error) => error instanceof RouterError && error.code === "cannot_serve_this" && error.param === param,
      );
    });
  }
});
