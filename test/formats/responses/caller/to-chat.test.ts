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

  it("has what was said by sound, a choice among some tools, and odds, by chat's names", () => {
    const audio = { data: "UklGRg==", format: "wav" };
    const tool = { type: "function", name: "f", parameters };
    const { messages, ...chat } = chatOf({
      input: [{ role: "user", content: [{ type: "input_audio", input_audio: audio }] }],
      tools: [tool, { ...tool, name: "g" }],
      tool_choice: { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "g" }] },
      include: ["message.output_text.logprobs"],
      top_logprobs: 2,
    });
    assert.deepEqual(messages, [{ role: "user", content: [{ type: "input_audio", input_audio: audio }] }]);
    assert.partialDeepStrictEqual(chat, {
      // Few hosts know a choice among some of the tools: they are told of no others.
      tools: [{ type: "function", function: { name: "g", parameters } }],
      tool_choice: "required",
      logprobs: true,
      top_logprobs: 2,
    });
  });

  it("is cut short where a filter or the cap ends the answer, and tells the odds of its words", () => {
    const cut = responseOf({ content: "a" }, "content_filter");
    assert.partialDeepStrictEqual(cut, { status: "incomplete", incomplete_details: { reason: "content_filter" } });
    const capped = responseOf({ content: "a" }, "length");
    assert.partialDeepStrictEqual(capped, {
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ status: "incomplete" }],
    });
  });

  it("keeps Gemini's proofs from deployments that have Responses, which take ids of 64 characters", () => {
    const callId = `call_1__thought__${"a".repeat(80)}`;
    const input = [
      { type: "function_call", call_id: callId, name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: callId, output: "r" },
    ];
    const native = JSON.parse(bridgedCall({ input }).body.bytes.toString()) as { input: JsonMembers[] };
    assert.deepEqual(
      native.input.map(({ call_id: id }) => id),
      ["call_1", "call_1"],
    );
  });

  for (const [what, body, param] of [
    ["a tool of the provider's", { tools: [{ type: "file_search" }] }, "tools[0]"],
    ["a prompt that is kept", { prompt: { id: "p" } }, "prompt"],
    ["an uploaded file", { input: [{ role: "user", content: [{ type: "input_file", file_id: "f" }] }] }, "input[0].content[0].file_id"],
    ["an answer that nobody waits for", { background: true }, "background"],
  ] as const satisfies readonly (readonly [string, JsonMembers, string])[]) {
    it(`is none where it holds ${what}`, () => {
      assert.throws(
        () => chatOf(body),
        (error) => error instanceof RouterError && error.code === "cannot_serve_this" && error.param === param,
      );
    });
  }

  it("is none where it holds an item by an id that is not ours", () => {
    assert.throws(
      () => chatOf({ input: [{ type: "item_reference", id: "msg_1" }] }),
      (error) => error instanceof RouterError && error.code === "not_found" && error.param === "input",
    );
  });
});
