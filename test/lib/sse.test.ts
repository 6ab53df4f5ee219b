import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SseSplitter, type SseEvent } from "../../src/lib/sse.ts";

/** What an event says, apart from how it is written. */
function meaning(events: readonly Seen[] | undefined): unknown {
  return events?.map(({ data, name }) => ({ data, name }));
}

type Seen = { bytes: string; data: string | undefined; name: string | undefined };

function read(chunks: readonly Buffer[], maxEventBytes?: number): Seen[] {
  const splitter = new SseSplitter(maxEventBytes);
  const seen: Seen[] = [];
  const emit = (event: SseEvent): void => {
    seen.push({ bytes: event.bytes.toString(), data: event.data?.toString(), name: event.name });
  };
  for (const chunk of chunks) splitter.push(chunk, emit);
  splitter.end(emit);
  return seen;
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((end, index) => bytes.subarray(places[index - 1] ?? 0, end));
}

const streamText = fc
  .array(
    fc.constantFrom(
      "\n",
      "\r\n",
      "\r",
      "data: x",
      "data:",
      "data",
      "data:  two",
      'data: {"é":"😀"}',
      "event: e",
      "event",
      ": hi",
      "id: 1",
      "dat",
      "datax: 1",
      "eventful: 2",
      "\ufeff",
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));

describe("SseSplitter", () => {
  it("gives the same events wherever the bytes are split", () => {
    fc.assert(
      fc.property(streamText, fc.array(fc.nat(), { maxLength: 10 }), (text, cuts) => {
        const bytes = Buffer.from(text);
        const whole = read([bytes]);
        assert.deepEqual(read(split(bytes, cuts)), whole);
        assert.deepEqual(read([...bytes].map((byte) => Buffer.from([byte]))), whole);
      }),
      { numRuns: 1_000 },
    );
  });

  it("reads the same data whichever way lines end", () => {
    const lines = fc.array(fc.constantFrom("data: a", "data: b", ": c", "event: d", ""), { maxLength: 20 });
    fc.assert(
      fc.property(lines, (parts) => {
        const [lf, crlf, cr] = ["\n", "\r\n", "\r"].map((end) => read([Buffer.from(parts.map((line) => line + end).join(""))]));
        assert.deepEqual(meaning(crlf), meaning(lf));
        assert.deepEqual(meaning(cr), meaning(lf));
      }),
    );
  });

  it("emits bytes that read as the same events again", () => {
    fc.assert(
      fc.property(streamText, (text) => {
        const events = read([Buffer.from(text)]);
        // Behind a first event, since a byte order mark means something else at the very beginning.
        const again = read([Buffer.from([": first\n\n", ...events.map((event) => event.bytes)].join(""))]);
        assert.deepEqual(again.slice(1), events);
      }),
    );
  });

  it("understands the fields", () => {
    const cases: [string, Omit<Seen, "bytes">[]][] = [
      ["data: a\n\n", [{ data: "a", name: undefined }]],
      [
        "data:a\n\ndata:  b\n\n",
        [
          { data: "a", name: undefined },
          { data: " b", name: undefined },
        ],
      ],
      ["data: a\ndata: b\n\n", [{ data: "a\nb", name: undefined }]],
      ["data\n\n", [{ data: "", name: undefined }]],
      ["event: error\ndata: a\n\n", [{ data: "a", name: "error" }]],
      [": keep-alive\n\n", [{ data: undefined, name: undefined }]],
      ["\n\n\r\n\ndata: a\n\n\n\n", [{ data: "a", name: undefined }]],
      ["\ufeffdata: a\n\n", [{ data: "a", name: undefined }]],
      [
        "data: a\n\ndata: cut",
        [
          { data: "a", name: undefined },
          { data: "cut", name: undefined },
        ],
      ],
      ["data: a\n", [{ data: "a", name: undefined }]],
    ];
    for (const [text, expected] of cases) {
      assert.deepEqual(
        read([Buffer.from(text)]).map(({ data, name }) => ({ data, name })),
        expected,
        JSON.stringify(text),
      );
    }
  });

  it("ends every event with a blank line, that of a stream cut short included", () => {
    for (const text of ["data: a", "data: a\n", "data: a\r\n", "data: a\r\r", "data: a\r\n\r\n"]) {
      assert.match(read([Buffer.from(text)])[0]?.bytes ?? "", /(\n|\r|\r\n)(\n|\r\n)$/, JSON.stringify(text));
    }
  });

  it("emits an event as soon as its blank line is there, even a lone CR", () => {
    let count = 0;
    const splitter = new SseSplitter();
    splitter.push(Buffer.from("data: a\r\n\r"), () => count++);
    assert.equal(count, 1);
    splitter.push(Buffer.from("\ndata: b\n\n"), () => count++);
    assert.equal(count, 2);
  });

  it("does not copy events that lie whole in one chunk", () => {
    const chunk = Buffer.from("data: a\n\ndata: b\n\n");
    new SseSplitter().push(chunk, (event) => assert.equal(event.bytes.buffer, chunk.buffer));
  });

  it("gives up on an event beyond its bound, and emits nothing from then on", () => {
    for (const chunks of [["data: 0123456789\n\n"], ["data: 01", "23456789"], "data: 0123456789".split("")]) {
      const splitter = new SseSplitter(12);
      let emitted = 0;
      const results = [...chunks, "\n\ndata: ok\n\n"].map((text) => splitter.push(Buffer.from(text), () => emitted++));
      splitter.end(() => emitted++);
      assert.equal(results.at(-1), false);
      assert.equal(emitted, 0);
    }
    assert.equal(read([Buffer.from("data: 1\n\n".repeat(10))], 12).length, 10);
  });

  it("takes a long event byte by byte without taking quadratic time", () => {
    const splitter = new SseSplitter();
    const byte = Buffer.from("x");
    let seen = 0;
    splitter.push(Buffer.from("data: "), () => {});
    for (let index = 0; index < 300_000; index++) splitter.push(byte, () => {});
    splitter.push(Buffer.from("\n\n"), (event) => (seen = event.data?.length ?? 0));
    assert.equal(seen, 300_000);
  });
});
