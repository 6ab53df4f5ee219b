import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { after, test, type TestContext } from "node:test";
import { brotliCompressSync, constants, createGzip, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { HttpUpstream } from "../../src/upstream/http-upstream.ts";
import { Recorder } from "./support.ts";

const upstream = new HttpUpstream();
after(() => upstream.destroy());

const text = `{"choices":[{"message":{"content":"${"hello ".repeat(5_000)}"}}]}`;

/** A server that answers each request with these bytes. */
async function answering(t: TestContext, reply: () => Buffer): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => socket.write(reply()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function replyOf(coding: string, body: Buffer, status = "200 OK"): Buffer {
  return Buffer.concat([
    Buffer.from(
      `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-encoding: ${coding}\r\ncontent-length: ${body.length}\r\n\r\n`,
    ),
    body,
  ]);
}

function ask(origin: string): Recorder {
  return Recorder.send(upstream, { method: "POST", origin, path: "/", headers: {}, body: [Buffer.from("{}")] });
}

const packings = [
  { name: "gzip", coding: "gzip", body: gzipSync(text) },
  { name: "deflate as zlib has it", coding: "deflate", body: deflateSync(text) },
  { name: "deflate without zlib's head", coding: "deflate", body: deflateRawSync(text) },
  { name: "br", coding: "br", body: brotliCompressSync(text) },
  { name: "zstd", coding: "zstd", body: zstdCompressSync(text) },
  { name: "two codings", coding: "GZIP, br", body: brotliCompressSync(gzipSync(text)) },
  { name: "identity", coding: "identity", body: Buffer.from(text) },
];

for (const { name, coding, body } of packings) {
  for (const status of ["200 OK", "500 Oops"]) {
    test(`a reply of ${status} packed by ${name} is unpacked, and its connection is used again`, async (t) => {
      const origin = await answering(t, () => replyOf(coding, body, status));
      for (let index = 0; index < 2; index++) {
        const recorder = ask(origin);
        await recorder.settled();
        assert.equal(recorder.text, text);
        if (coding !== "identity") assert.equal(recorder.headers["content-encoding"], undefined);
      }
    });
  }
}

test("a packed stream's events come one by one", async (t) => {
  const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n\r\n");
    gzip.on("data", (piece: Buffer) => socket.write(piece));
    gzip.on("end", () => socket.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const recorder = ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  gzip.write("data: one\n\n");
  await recorder.until(({ text: so }) => so === "data: one\n\n");
  gzip.end("data: two\n\n");
  await recorder.settled();
  assert.equal(recorder.text, "data: one\n\ndata: two\n\n");
});

test("a listener that pauses pauses the unpacking, so a bomb is unpacked no further than it is read", async (t) => {
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
  const origin = await answering(t, () => replyOf("gzip", bomb));
  const recorder = ask(origin);
  recorder.onChunk = () => {
    if (recorder.bytes > 1024 * 1024) recorder.exchange?.abort();
  };
  await recorder.until(({ bytes }) => bytes > 1024 * 1024);
  const seen = recorder.bytes;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(recorder.bytes, seen);
  assert.ok(seen < 2 * 1024 * 1024, `${seen} bytes`);
});

const unreadable = [
  { what: "bytes that are not what the header says", coding: "gzip", body: Buffer.from(text), reason: "unreadable content-encoding gzip" },
  { what: "a coding that is not known", coding: "snappy", body: Buffer.from(text), reason: "unreadable content-encoding snappy" },
  {
    what: "codings without end",
    coding: "gzip, gzip, gzip, gzip",
    body: Buffer.from(text),
    reason: "unreadable content-encoding too many codings",
  },
];

for (const { what, coding, body, reason } of unreadable) {
  test(`${what}: a failure that says so`, async (t) => {
    const origin = await answering(t, () => replyOf(coding, body));
    const recorder = ask(origin);
    await recorder.settled();
    assert.deepEqual([recorder.ended, recorder.failure?.kind, recorder.failure?.reason], [false, "broken", reason]);
  });
}
