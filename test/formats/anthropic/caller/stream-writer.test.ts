import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../../../src/core/errors.ts";
import type { JsonMembers } from "../../../../src/core/provider.ts";
import { MessageStreamWriter } from "../../../../src/formats/anthropic/caller/stream-writer.ts";
import { propertyRuns } from "../../../support/property-runs.ts";
import { chunkEvents, dataOf, delta, messagesCall, readByPackage, written } from "./support.ts";

const tool = (index: number, args: string, head?: { id: string; name: string }): JsonMembers => ({
  tool_calls: [{ index, ...(head && { id: head.id, type: "function" }), function: { ...(head && { name: head.name }), arguments: args } }],
});
const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120, prompt_tokens_details: { cached_tokens: 90 } };
const [f, g] = [
  { id: "call_1", name: "f" },
  { id: "call_2", name: "g" },
];

/** Each event in a few words: `+text`, `text Hi`, `-`. */
function told(stream: string): string[] {
  return dataOf(stream).map((event) => {
    const { type, index, content_block: block, delta: piece } = event as unknown as Told;
    switch (type) {
      case "content_block_start":
        return `+${block.type}${block.name === undefined ? "" : ` ${block.name}`}`;
      case "content_block_delta":
        return piece.text ?? piece.thinking ?? piece.partial_json ?? piece.signature ?? JSON.stringify(piece);
      case "content_block_stop":
        return `-${index}`;
      default:
        return type;
    }
  });
}

interface Told {
  readonly type: string;
  readonly index: number;
  readonly content_block: { readonly type: string; readonly name?: string };
  readonly delta: { readonly text?: string; readonly thinking?: string; readonly partial_json?: string; readonly signature?: string };
}

describe("a stream of OpenAI's chunks as Anthropic's events", () => {
  it("tells thinking, text and two calls block by block, and the usage at the end", () => {
    const stream = written(
      chunkEvents([
        delta({ role: "assistant", content: "" }),
        delta({ reasoning_content: "hm" }),
        delta({ content: "Hi" }),
        delta({ content: " you" }),
        delta(tool(0, "", f)),
        delta(tool(0, '{"a":')),
        delta(tool(0, "1}")),
        delta(tool(1, "{}", g)),
        delta({}, "tool_calls"),
        { usage },
        undefined,
      ]),
    );
    assert.deepEqual(dataOf(stream), [
      {
        type: "message_start",
        message: {
          id: "msg_1",
          type: "message",
          role: "assistant",
          model: "m",
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 },
        },
      },
      { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "", signature: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "hm" } },
      { type: "content_block_stop", index: 0 },
      { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "Hi" } },
      { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: " you" } },
      { type: "content_block_stop", index: 1 },
      { type: "content_block_start", index: 2, content_block: { type: "tool_use", id: "call_1", name: "f", input: {} } },
      { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: '{"a":' } },
      { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: "1}" } },
      { type: "content_block_stop", index: 2 },
      { type: "content_block_start", index: 3, content_block: { type: "tool_use", id: "call_2", name: "g", input: {} } },
      { type: "content_block_delta", index: 3, delta: { type: "input_json_delta", partial_json: "{}" } },
      { type: "content_block_stop", index: 3 },
      {
        type: "message_delta",
        delta: { stop_reason: "tool_use", stop_sequence: null },
        usage: { input_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 90, output_tokens: 20 },
      },
      { type: "message_stop" },
    ]);
  });

  it("tells calls one after the other that come piece by piece in turn", async () => {
    const stream = written(
      chunkEvents([
        delta(tool(0, '{"a"', f)),
        delta(tool(1, '{"b"', g)),
        delta(tool(0, ':"}"')),
        delta(tool(1, ":2}")),
        delta(tool(0, "}")),
        delta({ content: "done" }, "stop"),
        undefined,
      ]),
    );
    const events = ["message_start", "+tool_use f", '{"a"', ':"}"', "}", "-0", "+tool_use g", '{"b"', ":2}", "-1", "+text", "done", "-2"];
    assert.deepEqual(told(stream), [...events, "message_delta", "message_stop"]);
    assert.partialDeepStrictEqual((await readByPackage(stream)).content, [{ input: { a: "}" } }, { input: { b: 2 } }, { text: "done" }]);
  });

  it("splits a chunk that holds text, a call, its end and the usage at once", async () => {
    const chunk = { ...delta({ content: "Hi", ...tool(0, "", f) }, "stop"), usage };
    const message = await readByPackage(written(chunkEvents([chunk, undefined])));
    assert.partialDeepStrictEqual(message.content, [
      { type: "text", text: "Hi" },
      { type: "tool_use", input: {} },
    ]);
    assert.equal(message.stop_reason, "tool_use");
    assert.equal(message.usage.output_tokens, 20);
  });

  it("takes calls for two that have one index and two ids", () => {
    const stream = written(chunkEvents([delta(tool(0, "{}", f)), delta(tool(0, "{}", g)), delta({}, "tool_calls"), undefined]));
    assert.deepEqual(told(stream).slice(1, -2), ["+tool_use f", "{}", "-0", "+tool_use g", "{}", "-1"]);
  });

  it("keeps proofs of thinking, and thinking that may not be seen", async () => {
    const stream = written(
      chunkEvents([
        delta({ reasoning_content: "a", thinking_blocks: [{ type: "thinking", thinking: "a" }] }),
        delta({ reasoning_content: "", thinking_blocks: [{ type: "thinking", thinking: "", signature: "s1" }] }),
        delta({ reasoning_content: "", thinking_blocks: [{ type: "redacted_thinking", data: "x" }] }),
        delta({ reasoning_content: "b", thinking_blocks: [{ type: "thinking", thinking: "b" }] }),
        delta({ content: "c" }, "stop"),
        undefined,
      ]),
    );
    assert.deepEqual(
      (await readByPackage(stream)).content.map((block) => ({ ...block })),
      [
        { type: "thinking", thinking: "a", signature: "s1" },
        { type: "redacted_thinking", data: "x" },
        { type: "thinking", thinking: "b", signature: "" },
        { type: "text", text: "c" },
      ],
    );
  });

  it("ends with an error and nothing behind it", () => {
    const writer = new MessageStreamWriter(messagesCall({ stream: true }));
    const [first, ...rest] = chunkEvents([delta({ content: "a" }), delta({ content: "b" }, "stop"), undefined]);
    assert.ok(first !== undefined);
    writer.write(first);
    const error = dataOf(writer.fail(new RouterError("upstream_overloaded", "Busy.")).toString());
    assert.deepEqual(error, [{ type: "error", error: { type: "overloaded_error", message: "Busy." }, request_id: "1" }]);
    assert.deepEqual([...rest.map((event) => writer.write(event)), writer.end()], [undefined, undefined, undefined]);
  });

  it("may be kept open before it begins, and tells at its end what its headers could not", async () => {
    const writer = new MessageStreamWriter(messagesCall({ stream: true }));
    const [text, last, done] = chunkEvents([delta({ content: "a" }), delta({}, "stop"), undefined]);
    assert.ok(text !== undefined && last !== undefined && done !== undefined);
    const pieces = [writer.ping(), writer.write(text), writer.writeWith({ deployment: "d" }, last), writer.write(done), writer.end()];
    const stream = Buffer.concat(pieces.filter((piece) => piece !== undefined)).toString();
    assert.equal((await readByPackage(stream)).content.length, 1);
    assert.deepEqual(dataOf(stream).at(-2)?.["huntgroup"], { deployment: "d" });
  });

  const words = fc.string({ maxLength: 5 });
  const piece = fc.oneof(
    words.map((content): JsonMembers => ({ content })),
    words.map((reasoning_content): JsonMembers => ({ reasoning_content })),
    fc
      .tuple(fc.nat(2), fc.constantFrom("{", '{"a":1}', "}", '"', ""))
      .map(([index, args]) => tool(index, args, { id: `c${index}`, name: "f" })),
    fc.constantFrom<JsonMembers>({}, { thinking_blocks: [{ type: "thinking", thinking: "", signature: "s" }] }, { refusal: "no" }),
  );

  it("is whole, in order and read by Anthropic's package, whatever chunks come", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), fc.boolean(), async (pieces, isMarked) => {
        const chunks = [...pieces.map((one) => delta(one)), delta({}, "stop"), ...(isMarked ? [undefined] : [])];
        const stream = written(chunkEvents(chunks));
        const events = dataOf(stream);
        let open: unknown;
        let count = 0;
        for (const { type, index } of events) {
          if (type === "content_block_start") {
            assert.deepEqual([open, index], [undefined, count]);
            open = index;
          } else if (type === "content_block_delta") assert.equal(index, open);
          else if (type === "content_block_stop") {
            assert.equal(index, open);
            open = undefined;
            count++;
          }
        }
        assert.deepEqual(
          [events[0]?.["type"], events.at(-2)?.["type"], events.at(-1)?.["type"]],
          ["message_start", "message_delta", "message_stop"],
        );
        const text = pieces
          .map(
            (one) =>
              `${typeof one["content"] === "string" ? one["content"] : ""}${typeof one["refusal"] === "string" ? one["refusal"] : ""}`,
          )
          .join("");
        const { content } = await readByPackage(stream).catch(() => ({ content: undefined }));
        // Its reader of calls' input refuses what is no JSON.
        if (content !== undefined) assert.equal(content.map((block) => (block.type === "text" ? block.text : "")).join(""), text);
      }),
      propertyRuns(60),
    );
  });
});
