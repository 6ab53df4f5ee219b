import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { StreamEvent } from "../../../../src/core/provider.ts";
import { ChunkTemplate } from "../../../../src/formats/openai/stream/chunk-template.ts";
import { OpenAiStreamDecoder } from "../../../../src/formats/openai/stream/stream-decoder.ts";
import { callOf, partsOf, source } from "../support.ts";

const call = callOf({ model: "mine", stream: true });

function decode(text: string): { readonly kind: string; readonly bytes: string; readonly data: string | undefined }[] {
  const events: StreamEvent[] = [];
  const decoder = new OpenAiStreamDecoder(call, source);
  // The byte order mark is settled with the first bytes.
  decoder.push(Buffer.from(": hi\n\n"), () => {});
  decoder.push(Buffer.from(text), (event) => events.push(...partsOf(event)));
  decoder.end((event) => events.push(...partsOf(event)));
  return events.map(({ kind, bytes, data }) => ({ kind, bytes: bytes.toString(), data: data?.toString() }));
}

const base = '"id":"c","object":"chat.completion.chunk","created":1';

function like(over: object): string {
  return `data: ${JSON.stringify({ id: "c", model: "gpt", choices: [{ index: 0, delta: { content: "a" }, finish_reason: null }], ...over })}\n\n`;
}

describe("ChunkTemplate", () => {
  it("gives what a look at each event in full gives, whatever the texts and wherever the model's name stands", () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 8 }),
      fc.constantFrom("", '"', "\\", '\\"', "\n", '","content":"', '"}]}\n\ndata: '),
    );
    const shape = fc.constantFrom(
      (content: string) => `{${base},"model":"gpt","choices":[{"index":0,"delta":{"content":${content}},"finish_reason":null}]}`,
      (content: string) => `{${base},"choices":[{"index":0,"delta":{"content":${content}},"finish_reason":null}],"model":"gpt"}`,
      (content: string, pad: string) =>
        `{${base},"model":"gpt","choices":[{"index":0,"delta":{"content":${content}},"finish_reason":null}],"usage":null,"obfuscation":${pad}}`,
      (content: string) => `{${base},"model":"mine","choices":[{"index":0,"delta":{"reasoning_content":${content}},"finish_reason":null}]}`,
      (content: string) => `{${base},"choices":[{"index":0,"delta":{"content":${content},"role":"assistant"},"finish_reason":"stop"}]}`,
      (content: string) => `{${base},"choices":[{"index":0,"text":${content}},{"index":1,"text":${content}}]}`,
    );
    fc.assert(
      fc.property(shape, fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 12 }), (write, texts) => {
        const events = texts.map(([content, pad]) => `data: ${write(JSON.stringify(content), JSON.stringify(pad))}\n\n`);
        assert.deepEqual(decode(events.join("")), events.flatMap(decode));
      }),
      { numRuns: 2_000 },
    );
  });

  it("has what comes together go on together, and no more than so much at once", () => {
    const events: StreamEvent[] = [];
    const decoder = new OpenAiStreamDecoder(call, source);
    const texts = Array.from({ length: 600 }, (_, index) =>
      like({ choices: [{ index: 0, delta: { content: `${index}` }, finish_reason: null }] }),
    );
    decoder.push(Buffer.from(`: hi\n\n${texts.join("")}`), (event) => events.push(event));
    // The comment, the one that is learnt from, and the rest.
    assert.deepEqual(
      events.map((event) => event.parts?.().length ?? 1),
      [1, 1, 256, 256, 87],
    );
    const told = events.slice(1).flatMap(partsOf);
    assert.deepEqual(
      told.map((event) => [event.kind, event.bytes.toString(), event.data?.toString()]),
      texts.map((text) => {
        const mine = text.replace('"gpt"', '"mine"');
        return ["content", mine, mine.slice("data: ".length, -"\n\n".length)];
      }),
    );
  });

  it("does not take a chunk that differs in anything but its texts", () => {
    const heard = { pieces: 0, bytes: 0 };
    const template = new ChunkTemplate(heard);
    const event = Buffer.from(like({}));
    const data = event.subarray("data: ".length, event.length - "\n\n".length);
    const model = { start: data.indexOf('"gpt"'), end: data.indexOf('"gpt"') + 5, json: Buffer.from('"mine"') };
    template.learn(event, data, data.indexOf("["), [model], { pieces: 1, bytes: 1 });
    const match = (bytes: Buffer): number => template.match(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
    assert.equal(match(event), event.length);
    assert.equal(template.write(event).bytes.toString(), like({ model: "mine" }));
    const others = [
      like({ id: "d" }),
      like({ usage: null }),
      like({ choices: [{ index: 0, delta: { content: "" }, finish_reason: null }] }),
      like({ choices: [{ index: 0, delta: { content: "a" }, finish_reason: "stop" }] }),
      like({}).slice(0, -1),
      like({}).replace("\n\n", "\r\n\r\n"),
      `event: x\n${like({})}`,
    ];
    for (const other of others) assert.equal(match(Buffer.from(other)), -1, other);
  });
});
