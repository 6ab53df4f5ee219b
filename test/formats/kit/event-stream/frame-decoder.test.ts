import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import fc from "fast-check";
import { type Frame, FrameDecoder } from "../../../../src/formats/kit/event-stream/frame-decoder.ts";
import { eventFrame, frame, framed, prelude } from "./frames.ts";

interface Read {
  readonly frames: readonly (readonly [string, string, string])[];
  readonly fault: string | undefined;
}

/** What is read of a stream that comes in these pieces. */
function read(pieces: readonly Buffer[]): Read {
  const decoder = new FrameDecoder();
  const frames: [string, string, string][] = [];
  let fault: string | undefined;
  const keep = ({ messageType, name, payload }: Frame): void => void frames.push([messageType, name, payload.toString()]);
  for (const piece of pieces) fault ??= decoder.push(piece, keep);
  return { frames, fault };
}

/** Messages as AWS's own codec writes them. */
const written: readonly (readonly [string, string, string, string])[] = [
  [
    "event",
    "messageStart",
    '{"role":"assistant"}',
    "000000760000005296d5fade0d3a6d6573736167652d747970650700056576656e740b3a6576656e742d7479706507000c6d65737361676553746172740d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b22726f6c65223a22617373697374616e74227d1cc6be18",
  ],
  [
    "event",
    "contentBlockDelta",
    '{"contentBlockIndex":0,"delta":{"text":"Hi"},"p":"ab"}',
    "0000009d00000057b9bbf89f0d3a6d6573736167652d747970650700056576656e740b3a6576656e742d74797065070011636f6e74656e74426c6f636b44656c74610d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b22636f6e74656e74426c6f636b496e646578223a302c2264656c7461223a7b2274657874223a224869227d2c2270223a226162227d302d70ec",
  ],
  [
    "event",
    "messageStop",
    '{"stopReason":"end_turn"}',
    "0000007a00000051ca2c46650d3a6d6573736167652d747970650700056576656e740b3a6576656e742d7479706507000b6d65737361676553746f700d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b2273746f70526561736f6e223a22656e645f7475726e227d3dc33bfa",
  ],
  [
    "exception",
    "throttlingException",
    '{"message":"slow"}',
    "0000008300000061a9d144e50d3a6d6573736167652d74797065070009657863657074696f6e0f3a657863657074696f6e2d747970650700137468726f74746c696e67457863657074696f6e0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b226d657373616765223a22736c6f77227dd4f2b6a9",
  ],
];
const frames = written.map(([messageType, name, payload]) => [messageType, name, payload]);
const stream = Buffer.concat(written.map(([, , , hex]) => Buffer.from(hex, "hex")));

describe("a stream of AWS's framing", () => {
  it("is read as AWS's codec writes it", () => {
    assert.deepEqual(read([stream]), { frames, fault: undefined });
  });

  it("is read the same however it is split", () => {
    for (let at = 1; at < stream.length; at++) {
      assert.deepEqual(read([stream.subarray(0, at), stream.subarray(at)]).frames, frames);
    }
    const single = Array.from(stream, (byte) => Buffer.from([byte]));
    assert.deepEqual(read(single), { frames, fault: undefined });
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        const pieces = places.slice(1).map((place, index) => stream.subarray(places[index], place));
        assert.deepEqual(read(pieces).frames, frames);
      }),
    );
  });

  it("ends with a fault where any one bit of it is another", () => {
    for (const [, , , hex] of written) {
      const whole = Buffer.from(hex, "hex");
      for (let at = 0; at < whole.length; at++) {
        const broken = Buffer.from(whole);
        broken[at] = (broken[at] ?? 0) ^ (1 << (at % 8));
        const told = read([broken, stream]);
        assert.deepEqual(told.frames, [], `byte ${at}`);
        assert.notEqual(told.fault, undefined, `byte ${at}`);
      }
    }
  });

  it("holds no message that is larger than 16 MiB, smaller than 16 bytes, or shorter than its headers", () => {
    assert.equal(read([prelude(15, 0)]).fault, "a message of 15 bytes");
    assert.equal(read([prelude(16 * 1024 * 1024 + 1, 0)]).fault, "a message of 16777217 bytes");
    assert.equal(read([prelude(32, 17)]).fault, "a message whose headers are longer than all of it");
    assert.equal(read([prelude(16 * 1024 * 1024, 0)]).fault, undefined);
    assert.equal(read([prelude(32, 16)]).fault, undefined);
  });

  it("steps over headers of other types, and refuses those that do not end where they should", () => {
    const name = Buffer.from("\u0001x", "latin1");
    const fixed = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16].map((length, type) =>
      length === undefined
        ? Buffer.concat([name, Buffer.from([type, 0, 3]), Buffer.from("abc")])
        : Buffer.concat([name, Buffer.from([type]), Buffer.alloc(length)]),
    );
    const last = Buffer.concat([Buffer.from("\u000d:message-type", "latin1"), Buffer.from([7, 0, 5]), Buffer.from("event")]);
    const head = Buffer.concat([...fixed, last]);
    assert.deepEqual(read([framed(head, Buffer.from("{}"))]).frames, [["event", "", "{}"]]);
    for (let length = 1; length < last.length; length++) {
      assert.match(read([framed(last.subarray(0, length), Buffer.from("{}"))]).fault ?? "", /headers/);
    }
    assert.match(read([framed(Buffer.concat([name, Buffer.from([10])]), Buffer.alloc(0))]).fault ?? "", /headers/);
  });

  it("is read in time that grows with its bytes, in however small pieces a large message comes", () => {
    const text = "a".repeat(2 * 1024 * 1024);
    const large = eventFrame("contentBlockDelta", text);
    const decoder = new FrameDecoder();
    const lengths: number[] = [];
    for (let at = 0; at < large.length; at += 16) {
      decoder.push(large.subarray(at, at + 16), ({ payload }) => void lengths.push(payload.length));
    }
    assert.deepEqual(lengths, [text.length + 2]);
  });

  it("says nothing of a message that is not whole", () => {
    assert.deepEqual(read([stream.subarray(0, stream.length - 1)]), { frames: frames.slice(0, -1), fault: undefined });
  });

  it("is what AWS's own client reads of it", async () => {
    const texts = fc.sample(fc.string({ unit: "binary" }), 50);
    const bytes = Buffer.concat(texts.map((text) => eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text } })));
    const client = new BedrockRuntimeClient({
      region: "us-east-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      requestHandler: {
        handle: () =>
          Promise.resolve({
            response: {
              statusCode: 200,
              headers: { "content-type": "application/vnd.amazon.eventstream" },
              body: Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]),
            },
          }),
      },
    });
    const theirs: string[] = [];
    const { stream: events = [] } = await client.send(new ConverseStreamCommand({ modelId: "m", messages: [] }));
    for await (const event of events as AsyncIterable<{ contentBlockDelta?: { delta?: { text?: string } } }>) {
      theirs.push(event.contentBlockDelta?.delta?.text ?? "");
    }
    const ours = read([bytes]).frames.map(([, , payload]) => (JSON.parse(payload) as { delta: { text: string } }).delta.text);
    assert.deepEqual(ours, theirs);
    assert.deepEqual(ours, texts);
  });

  it("tells the message of an error that has no payload", () => {
    const decoder = new FrameDecoder();
    const told: Frame[] = [];
    decoder.push(frame({ ":message-type": "error", ":error-code": "InternalFailure", ":error-message": "oops" }, ""), (one) =>
      told.push(one),
    );
    assert.deepEqual([told[0]?.messageType, told[0]?.name, told[0]?.errorMessage], ["error", "InternalFailure", "oops"]);
  });
});
