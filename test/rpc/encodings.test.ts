import assert from "node:assert/strict";
import { connect } from "node:http2";
import { describe, test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { envelope, requestMessage } from "../support/grpc-cases.ts";
import { rawExchange } from "../support/raw-exchange.ts";
import { listening } from "../support/rpc-fixture.ts";
import { ScriptedRouter } from "../support/scripted-router.ts";

const reply = { kind: "reply", body: { id: "1", choices: [] } } as const;
const path = "/huntgroup.v1.ChatService/ChatCompletion";
const message = requestMessage({ model: "gpt-4", messages: [] });

describe("a compressed request is read", () => {
  for (const [encoding, pack] of Object.entries({ gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync })) {
    for (const type of ["application/grpc", "application/grpc-web+proto"]) {
      test(`${encoding}, ${type}`, async () => {
        const router = new ScriptedRouter(reply);
        await using server = await listening(router);
        const headers = { "content-type": type, "grpc-encoding": encoding };
        const answer = await rawExchange(server.http2Port, { path, headers, body: [envelope(pack(message), 1)] });
        assert.equal(answer.headers[":status"], 200);
        assert.deepEqual(
          router.calls.map(({ model }) => model),
          ["gpt-4"],
        );
      });
    }
  }
});

test("a deflated message is bounded by its unpacked size", async () => {
  const router = new ScriptedRouter(reply);
  await using server = await listening(router, { readMaxBytes: 10_000 });
  const bomb = deflateSync(requestMessage({ model: "x".repeat(1_000_000) }));
  const answer = await rawExchange(server.http2Port, { path, headers: { "grpc-encoding": "deflate" }, body: [envelope(bomb, 1)] });
  assert.equal(answer.trailers["grpc-status"], "8");
  assert.equal(router.calls.length, 0);
});

test("what cannot be unpacked is refused with the encodings that can", async () => {
  await using server = await listening(new ScriptedRouter(reply));
  const answer = await rawExchange(server.http2Port, { path, headers: { "grpc-encoding": "snappy" }, body: [envelope(message, 1)] });
  assert.equal(answer.headers["grpc-accept-encoding"], "gzip,br,deflate");
  assert.equal(answer.trailers["grpc-status"], "12");
});

test("gRPC-Web in base64 is read, in pieces that were encoded apart, and answered so", async () => {
  const router = new ScriptedRouter(reply);
  await using server = await listening(router);
  const bytes = envelope(message);
  const text = Buffer.from(bytes.subarray(0, 4).toString("base64") + bytes.subarray(4).toString("base64"));
  const body = [text.subarray(0, 3), text.subarray(3, 9), text.subarray(9)];
  const headers = { "content-type": "application/grpc-web-text" };
  const answer = await rawExchange(server.http2Port, { path, headers, body });
  assert.equal(answer.headers["content-type"], "application/grpc-web-text+proto");
  assert.equal(router.calls.length, 1);
  const plain = Buffer.from(answer.body, "hex").toString();
  const parts = plain.match(/[^=]+={0,2}/g) ?? [];
  const frames = Buffer.concat(parts.map((part) => Buffer.from(part, "base64")));
  assert.equal(frames[0], 0);
  assert.match(frames.toString("latin1"), /grpc-status: 0/i);
});

describe("an unknown service or method is unimplemented, in the words of its protocol", () => {
  for (const unknown of ["/no.such.Service/Method", "/huntgroup.v1.ChatService/Nothing", "/huntgroup.v1.AdminService/Nothing"]) {
    for (const type of ["application/grpc", "application/grpc+json", "application/grpc-web", "application/grpc-web-text"]) {
      test(`${unknown}, ${type}`, async () => {
        await using server = await listening(new ScriptedRouter(reply));
        const { headers } = await rawExchange(server.http2Port, {
          path: unknown,
          headers: { "content-type": type },
          body: [envelope(message)],
        });
        assert.equal(headers[":status"], 200);
        assert.equal(headers["content-type"], type);
        assert.equal(headers["grpc-status"], "12");
        assert.equal(headers["grpc-message"], `There is no method ${unknown} here.`);
      });
    }
    test(`${unknown}, application/proto`, async () => {
      await using server = await listening(new ScriptedRouter(reply));
      const response = await fetch(server.http1Url + unknown, {
        method: "POST",
        headers: { "content-type": "application/proto" },
        body: message,
      });
      assert.equal(response.status, 404);
      assert.equal(((await response.json()) as { code: string }).code, "unimplemented");
    });
  }

  test("with a body that never ends", async () => {
    await using server = await listening(new ScriptedRouter(reply));
    const session = connect(server.http2Url);
    try {
      const stream = session.request({ ":method": "POST", ":path": "/no.such.Service/Method", "content-type": "application/grpc" });
      stream.on("error", () => {});
      stream.write(envelope(message));
      const headers = await new Promise<Record<string, unknown>>((resolve) => stream.on("response", resolve));
      assert.equal(headers["grpc-status"], "12");
    } finally {
      session.destroy();
    }
  });
});
