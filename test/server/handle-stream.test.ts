import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as http2Connect, constants, type ServerHttp2Stream } from "node:http2";
import { describe, test } from "node:test";
import type { HttpHandler } from "../../src/inbound/http-handler.ts";
import type { StreamHandler, StreamHead } from "../../src/inbound/stream-handler.ts";
import type { ServerOptions } from "../../src/server/server.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { ask, rawConnection } from "../support/http-client.ts";
import { listeningServer, type ListeningServer } from "../support/rest-fixture.ts";

const echo: HttpHandler = (request, response) => {
  request.resume();
  response.end(`request ${request.url}`);
};

/** A server whose streams to `/stream` are handled as such. */
function streamServer(handle: (stream: ServerHttp2Stream, head: StreamHead) => void, options: Partial<ServerOptions> = {}) {
  const handleStream: StreamHandler = (stream, head) => {
    if (head.headers[":path"] !== "/stream") return false;
    handle(stream, head);
    return true;
  };
  return listeningServer(echo, { rpc: { matches: () => false, handle: echo, handleStream }, ...options });
}

function answer(stream: ServerHttp2Stream): void {
  stream.respond({ ":status": 200 });
  stream.end("stream");
}

/** Keeps the streams that it was handed. */
function heldStreams() {
  const held: ServerHttp2Stream[] = [];
  const hold = (stream: ServerHttp2Stream): void => void held.push(stream);
  const arrivals = async (count: number): Promise<readonly ServerHttp2Stream[]> => {
    while (held.length < count) await nextTurn();
    return held;
  };
  return { hold, arrivals };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function noneOpen({ server }: ListeningServer): Promise<void> {
  while (server.openRequests > 0) await nextTurn();
}

test("a stream that is taken is no request, all others are, also of HTTP/1.1", async () => {
  await using listening = await streamServer(answer);
  assert.equal((await ask(listening.port, "http2", { path: "/stream" })).text, "stream");
  assert.equal((await ask(listening.port, "http2", { path: "/other" })).text, "request /other");
  assert.equal((await ask(listening.port, "http1", { path: "/stream" })).text, "request /stream");
});

test("the head says what was sent, and by whom", async () => {
  const heads: StreamHead[] = [];
  await using listening = await streamServer((stream, head) => {
    heads.push(head);
    answer(stream);
  });
  await ask(listening.port, "http2", { path: "/stream", headers: { "x-a": "b" } });
  assert.equal(heads[0]?.address, "127.0.0.1");
  assert.equal(heads[0].headers["x-a"], "b");
  assert.deepEqual(heads[0].rawHeaders.slice(-2), ["x-a", "b"]);
});

test("whatever comes before a request comes before a stream", async () => {
  const order: string[] = [];
  const options = { onRequest: () => order.push("before") };
  await using listening = await streamServer((stream) => {
    order.push("stream");
    answer(stream);
  }, options);
  await ask(listening.port, "http2", { path: "/stream" });
  assert.deepEqual(order, ["before", "stream"]);
});

test("a handler that throws costs its own stream only", async () => {
  const failure = new Error("a secret detail");
  await using listening = await streamServer(() => {
    throw failure;
  });
  const broken = await ask(listening.port, "http2", { path: "/stream" });
  assert.equal(broken.status, 500);
  assert.match(broken.text, /"code":"internal"/);
  assert.doesNotMatch(broken.text, /secret/);
  assert.equal((await ask(listening.port, "http2", { path: "/fine" })).status, 200);
  assert.deepEqual(listening.internalErrors, [failure]);
});

test("one whose headers are too large is not handed over", async () => {
  await using listening = await streamServer(() => assert.fail("It was handed over."));
  const session = http2Connect(`http://127.0.0.1:${listening.port}`, { maxSendHeaderBlockLength: 200_000 });
  const stream = session.request({ ":path": "/stream", "x-large": "x".repeat(70_000) });
  const [head] = (await once(stream, "response")) as [Record<string, unknown>];
  assert.equal(head[":status"], 431);
  session.destroy();
});

test("it counts as an open request until it is closed, and a drain waits for it", async () => {
  const { hold, arrivals } = heldStreams();
  await using listening = await streamServer(hold);
  const asked = ask(listening.port, "http2", { path: "/stream" });
  const [stream] = await arrivals(1);
  assert.equal(listening.server.openRequests, 1);
  const drain = listening.server.drain(30_000);
  answer(stream!);
  assert.equal((await asked).text, "stream");
  assert.equal(await drain, 0);
  assert.equal(listening.server.openRequests, 0);
});

test("a drain drops what is left of it, and tells of it", async () => {
  const clock = new FakeClock();
  const { hold, arrivals } = heldStreams();
  await using listening = await streamServer(hold, { clock });
  const asked = assert.rejects(ask(listening.port, "http2", { path: "/stream" }).then(({ text }) => assert.equal(text, "never")));
  await arrivals(1);
  const drain = listening.server.drain(10_000);
  clock.advance(10_000);
  assert.equal(await drain, 1);
  await asked;
});

test("a body that does not end is cut off, one that has ended may wait for its answer", async () => {
  const clock = new FakeClock();
  const { hold, arrivals } = heldStreams();
  const ended = Promise.withResolvers<void>();
  await using listening = await streamServer(
    (stream) => {
      hold(stream);
      stream.resume();
      stream.once("end", () => ended.resolve());
    },
    { clock, limits: { requestTimeoutMs: 1_000 } },
  );
  const session = http2Connect(`http://127.0.0.1:${listening.port}`);
  const whole = session.request({ ":method": "POST", ":path": "/stream" });
  whole.end("all of it");
  const [first] = await arrivals(1);
  await ended.promise;
  const half = session.request({ ":method": "POST", ":path": "/stream" });
  half.on("error", () => undefined);
  half.write("half of it");
  const [, second] = await arrivals(2);
  clock.advance(1_000);
  assert.equal(second?.closed, false);
  clock.advance(500);
  await once(half, "close");
  assert.equal(half.rstCode, constants.NGHTTP2_CANCEL);
  answer(first!);
  assert.equal((await once(whole, "data")).toString(), "stream");
  session.destroy();
});

function frame(type: number, flags: number, id: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

/** GET with this path. */
function headers(id: number, path: string): Buffer {
  const block = Buffer.concat([Buffer.from([0x82, 0x86, 0x41, 1]), Buffer.from("x"), Buffer.from([0x04, path.length]), Buffer.from(path)]);
  return frame(1, 0x5, id, block);
}

describe("a stream that is reset", () => {
  const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const settings = frame(4, 0, 0);

  const reset = (id: number): Buffer => frame(3, 0, id, Buffer.from([0, 0, 0, constants.NGHTTP2_INTERNAL_ERROR]));

  for (const path of ["/stream", "/other"]) {
    test(`with its headers, before it was heard of, harms no other: ${path}`, async () => {
      await using listening = await streamServer(answer);
      const connection = await rawConnection(listening.port);
      const bytes = [Buffer.from(preface), settings, headers(1, path), reset(1), headers(3, "/after")];
      connection.socket.write(Buffer.concat(bytes));
      await connection.until(/request \/after/);
      await noneOpen(listening);
      assert.deepEqual(listening.internalErrors, []);
      connection.socket.destroy();
    });
  }

  test("while it is open, is no open request any more", async () => {
    const { hold, arrivals } = heldStreams();
    await using listening = await streamServer(hold);
    const connection = await rawConnection(listening.port);
    connection.socket.write(Buffer.concat([Buffer.from(preface), settings, headers(1, "/stream")]));
    await arrivals(1);
    assert.equal(listening.server.openRequests, 1);
    connection.socket.write(reset(1));
    await noneOpen(listening);
    connection.socket.destroy();
  });
});
