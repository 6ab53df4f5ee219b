import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mapMessages } from "../../../src/rpc/kit/map-messages.ts";
import { envelope } from "../../support/grpc-cases.ts";

async function* inPieces(body: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const cut of cuts) {
    yield body.subarray(at, at + cut);
    at += cut;
  }
  yield body.subarray(at);
}

async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

const doubled = (message: Buffer): Buffer => Buffer.concat([message, message]);
const cuts = fc.array(fc.nat(20), { maxLength: 20 });
const message = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes));

test("each message in an envelope is mapped, however the body is cut; packed ones and a rest stay", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(message, fc.constantFrom(0, 0, 1)), { maxLength: 5 }), message, cuts, async (messages, rest, at) => {
      const shortRest = rest.subarray(0, 4);
      const body = Buffer.concat([...messages.map(([bytes, flags]) => envelope(bytes, flags)), shortRest]);
      const expected = Buffer.concat([
        ...messages.map(([bytes, flags]) => (flags === 0 ? envelope(doubled(bytes)) : envelope(bytes, flags))),
        shortRest,
      ]);
      assert.deepEqual(await gathered(mapMessages(inPieces(body, at), { isEnveloped: true, maxBytes: 12 }, doubled)), expected);
    }),
  );
});

test("a body without envelopes is one message", async () => {
  await fc.assert(
    fc.asyncProperty(message, cuts, async (body, at) => {
      assert.deepEqual(await gathered(mapMessages(inPieces(body, at), { isEnveloped: false, maxBytes: 12 }, doubled)), doubled(body));
    }),
  );
});

test("from a message that is too large on, a body stays as it is", async () => {
  const large = Buffer.alloc(13, "x");
  for (const at of [[], [1, 2, 3], Array.from({ length: 17 }, () => 1)]) {
    assert.deepEqual(await gathered(mapMessages(inPieces(large, at), { isEnveloped: false, maxBytes: 12 }, doubled)), large);
    const body = Buffer.concat([envelope(large), envelope(Buffer.from("a"))]);
    assert.deepEqual(await gathered(mapMessages(inPieces(body, at), { isEnveloped: true, maxBytes: 12 }, doubled)), body);
  }
});
