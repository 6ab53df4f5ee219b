import assert from "node:assert/strict";
import { test } from "node:test";
import { CallIntake } from "../../../src/core/call/call-intake.ts";
import { KeyLimits } from "../../../src/core/keys/key-limits.ts";
import { BufferedBytes } from "../../../src/lib/shared/buffered-bytes.ts";
import { boundedBody } from "../../../src/rpc/kit/bounded-body.ts";
import { fromGrpcWebText } from "../../../src/rpc/kit/grpc-web-text.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function intakeOf(buffered = new BufferedBytes()): CallIntake {
  return new CallIntake(buffered, new KeyLimits(new FakeClock()));
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* pieces(count: number, bytes: number): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece < count; piece++) yield Buffer.alloc(bytes, piece);
}

async function all(body: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const got: Uint8Array[] = [];
  for await (const piece of body) got.push(piece);
  return got;
}

test("a body in a million pieces of three bytes goes on in under a hundred, byte for byte", async () => {
  const got = await all(boundedBody(pieces(1_000_000, 3), intakeOf(), (error) => error));
  assert.ok(got.length < 100, `${got.length} pieces`);
  const whole = Buffer.concat(got);
  assert.equal(whole.length, 3_000_000);
  for (let piece = 0; piece < 1_000_000; piece += 997) assert.equal(whole[piece * 3], piece % 256);
});

test("its first pieces go on as they come", async () => {
  const body = boundedBody(pieces(1_000, 3), intakeOf(), (error) => error);
  for (let piece = 0; piece < 64; piece++) assert.equal((await body.next()).value?.length, 3);
  await body.return(undefined);
});

test("what has come is held, and a body without room fails there", async () => {
  const buffered = new BufferedBytes();
  buffered.limit = 1_048_576;
  const intake = intakeOf(buffered);
  await assert.rejects(all(boundedBody(pieces(1_000, 4_096), intake, (error) => new Error(error.code))), { message: "local_fault" });
  assert.ok(buffered.bytes <= 1_048_576);
  intake.release();
  assert.equal(buffered.bytes, 0);
});

test("base64 of single bytes, each with padding, is decoded into one piece for each that came", async () => {
  const text = Buffer.from("Zg==".repeat(100_000));
  const header = new Headers({ "content-type": "application/grpc-web-text" });
  const request = { httpVersion: "1.1", method: "POST", url: "http://host/", header, signal: new AbortController().signal };
  // eslint-disable-next-line @typescript-eslint/require-await
  const body = (async function* () {
    yield text.subarray(0, 200_001);
    yield text.subarray(200_001);
  })();
  const decoded = fromGrpcWebText({ ...request, body }, body).body as AsyncIterable<Uint8Array>;
  const got = await all(decoded);
  assert.ok(got.length <= 3);
  assert.equal(Buffer.concat(got).toString(), "f".repeat(100_000));
});
