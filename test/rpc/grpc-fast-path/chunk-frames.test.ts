import type { JsonObject } from "@bufbuild/protobuf";
import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, test, mock } from "node:test";
import { ChatCompletionStreamResponseSchema } from "../../../gen/huntgroup/v1/chat_pb.ts";
import { RouterError } from "../../../src/core/errors.ts";
import { ChunkFrames } from "../../../src/rpc/grpc-fast-path/chunk-frames.ts";
import { replyFrame } from "../../../src/rpc/grpc-fast-path/reply-frame.ts";
import { chatJson } from "../../support/chat-json.ts";

function hex(frame: Buffer | RouterError): string {
  return frame instanceof RouterError ? frame.code : frame.toString("hex");
}

function assertSame(frames: ChunkFrames, data: Buffer): void {
  assert.equal(hex(frames.frameOf(data)), hex(replyFrame(ChatCompletionStreamResponseSchema, data)), data.toString());
}

const kinds: readonly (readonly [what: string, chunk: (text: string) => JsonObject])[] = [
  ["text", (content) => ({ id: "1", created: 5, choices: [{ index: 0, delta: { content }, finish_reason: null }] })],
  [
    "text with more behind it",
    (content) => ({
      id: "1",
      choices: [{ delta: { content, role: "assistant" }, index: 1, x: [1] }],
      usage: { total_tokens: 300 },
      y: "z",
    }),
  ],
  ["reasoning", (text) => ({ choices: [{ index: 0, delta: { reasoning_content: text } }] })],
  ["a tool's arguments", (text) => ({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: text } }] } }] })],
  ["padded text", (content) => ({ choices: [{ index: 0, delta: { content } }], obfuscation: "p".repeat(content.length % 7) })],
  ["text behind its padding", (content) => ({ obfuscation: `${content}!`, choices: [{ index: 0, delta: { content } }] })],
  ["text that does not stand where it should", (content) => ({ choices: [{ index: 0, delta: { x: { content } } }] })],
  ["text that no field can hold", (content) => ({ choices: [{ index: "none", content }] })],
];

const texts = fc.array(
  fc.oneof(
    fc.string(),
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "binary" }),
    fc.constantFrom("", "\n", '"', "\\", "\ud800", "x".repeat(127), "x".repeat(16_400)),
  ),
  { minLength: 2, maxLength: 12 },
);

describe("a stream's chunks become the messages that each would become by itself", () => {
  for (const [what, chunk] of kinds) {
    test(what, () => {
      fc.assert(
        fc.property(texts, (all) => {
          const frames = new ChunkFrames();
          for (const text of all) assertSame(frames, Buffer.from(JSON.stringify(chunk(text))));
        }),
      );
    });
  }

  test("whatever they are", () => {
    fc.assert(
      fc.property(fc.array(chatJson(ChatCompletionStreamResponseSchema), { maxLength: 4 }), texts, (chunks, all) => {
        const frames = new ChunkFrames();
        for (const json of chunks) {
          for (const content of all.slice(0, 4)) {
            const delta = { content };
            assertSame(frames, Buffer.from(JSON.stringify({ ...json, choices: [{ index: 0, delta }] })));
            assertSame(frames, Buffer.from(JSON.stringify(json)));
          }
        }
      }),
    );
  });

  const first = '{"choices":[{"index":0,"delta":{"content":"hello"}}]}';
  const odd: readonly (readonly [what: string, text: string | Buffer])[] = [
    ["cut short", '{"choices":[{"index":0,"delta":{"content":"hel'],
    ["cut short behind the text", '{"choices":[{"index":0,"delta":{"content":"hello"'],
    ["with more behind its end", `${first}}`],
    ["with a raw line break in its text", first.replace("hello", "a\nb")],
    ["with an escape that is none", first.replace("hello", "a\\qb")],
    ["with half of an escape", first.replace("hello", "a\\u12")],
    ["with half of a character", first.replace("hello", "a\\ud800b")],
    ["that is no UTF-8", Buffer.from(first.replace("hello", "a\u00c3("), "latin1")],
    ["with a text twice", '{"choices":[{"index":0,"delta":{"content":"a","content":"b"}}]}'],
    ["with what stands for the text in templates", first.replace("hello", "{text of hole 0}")],
    ["with that before its text", '{"choices":[{"index":0,"delta":{"role":"{text of hole 0}","content":"a"}}]}'],
    ["with that beside its text", '{"choices":[{"index":0,"delta":{"content":"a","refusal":"{text of hole 0}"}}]}'],
    ["with other white space", first.replaceAll(":", ": ")],
  ];
  for (const [what, text] of odd) {
    test(`one ${what}, before others and after them`, () => {
      const frames = new ChunkFrames();
      for (const data of [text, first, text, first, text, text]) assertSame(frames, Buffer.from(data as string));
    });
  }
});

describe("chunks that differ in their text alone", () => {
  for (const [what, chunk] of kinds.slice(0, 5)) {
    test(`are not parsed: ${what}`, () => {
      const frames = new ChunkFrames();
      for (const text of ["some text", "more text"]) frames.frameOf(Buffer.from(JSON.stringify(chunk(text))));
      const parse = mock.method(JSON, "parse");
      try {
        frames.frameOf(Buffer.from(JSON.stringify(chunk("longer text than this — was none"))));
        assert.equal(parse.mock.callCount(), 0);
      } finally {
        parse.mock.restore();
      }
    });
  }

  test("are given up on where they differ in other ways too", () => {
    const frames = new ChunkFrames();
    for (let index = 0; index < 20; index++) frames.frameOf(Buffer.from(`{"choices":[{"index":${index},"delta":{"content":"a"}}]}`));
    const parse = mock.method(JSON, "parse");
    try {
      frames.frameOf(Buffer.from('{"choices":[{"index":20,"delta":{"content":"a"}}]}'));
      assert.equal(parse.mock.callCount(), 1);
    } finally {
      parse.mock.restore();
    }
  });
});
