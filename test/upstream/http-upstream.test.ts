import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { after, describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { UpstreamRequest } from "../../src/core/upstream.ts";
import { HttpUpstream } from "../../src/upstream/http-upstream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { Recorder } from "./support.ts";

const upstream = new HttpUpstream();
after(() => upstream.destroy());

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

async function serve(t: TestContext, handle: Handler): Promise<{ origin: string; server: Server; sockets: Set<Socket> }> {
  const server = createServer((request, response) => void handle(request, response));
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, sockets };
}

function post(origin: string, ...body: Uint8Array[]): UpstreamRequest {
  return { method: "POST", origin, path: "/v1/x?y=1", headers: { "content-type": "application/json", "x-a": "b" }, body };
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe("HttpUpstream", () => {
  it("carries request and reply", async (t) => {
    let seen: { method: string | undefined; url: string | undefined; header: unknown; length: unknown; body: string } | undefined;
    const { origin } = await serve(t, async (request, response) => {
      const body = (await readAll(request)).toString();
      seen = { method: request.method, url: request.url, header: request.headers["x-a"], length: request.headers["content-length"], body };
      response.writeHead(201, { "X-Reply": "yes", "set-cookie": ["a=1", "b=2"] });
      response.write("one ");
      response.end("two");
    });
    const recorder = Recorder.send(upstream, post(origin, Buffer.from('{"a"'), Buffer.from(":1}")));
    await recorder.settled();
    assert.deepEqual(seen, { method: "POST", url: "/v1/x?y=1", header: "b", length: "7", body: '{"a":1}' });
    assert.equal(recorder.status, 201);
    assert.equal(recorder.headers["x-reply"], "yes");
    assert.deepEqual(recorder.headers["set-cookie"], ["a=1", "b=2"]);
    assert.equal(recorder.text, "one two");
    assert.ok(recorder.ended);
  });

  it("sends large bodies piece by piece, whole and with their length", async (t) => {
    const pieces = Array.from({ length: 7 }, (_, index) => Buffer.alloc(100_000 + index, `${index}`));
    let seen: Buffer | undefined;
    let length: string | undefined;
    const { origin } = await serve(t, async (request, response) => {
      length = request.headers["content-length"];
      seen = await readAll(request);
      response.end();
    });
    await Recorder.send(upstream, post(origin, ...pieces)).settled();
    assert.equal(length, String(Buffer.concat(pieces).length));
    assert.ok(seen?.equals(Buffer.concat(pieces)));
  });

  it("uses a connection again", async (t) => {
    let connections = 0;
    const { origin, server } = await serve(t, (request, response) => {
      request.resume();
      response.end("ok");
    });
    server.on("connection", () => connections++);
    for (let index = 0; index < 3; index++) {
      await Recorder.send(upstream, post(origin, Buffer.from("{}"))).settled();
    }
    assert.equal(connections, 1);
  });

  it("does not use a connection again that was idle for too long, or for longer than its server says", async (t) => {
    const clock = new FakeClock();
    const own = new HttpUpstream({ clock, keepAliveMs: 1_000 });
    t.after(() => own.destroy());
    let connections = 0;
    let hint = "";
    const { origin, server } = await serve(t, (request, response) => {
      request.resume();
      if (hint !== "") response.setHeader("keep-alive", hint);
      response.end("ok");
    });
    server.keepAliveTimeout = 0;
    server.on("connection", () => connections++);
    const steps = [
      { afterMs: 0, connections: 1 },
      { afterMs: 900, connections: 1 },
      { afterMs: 1_000, connections: 2 },
      // Two seconds are taken off what the server says.
      { afterMs: 100, connections: 2, hint: "timeout=5" },
      { afterMs: 2_900, connections: 2 },
      { afterMs: 1_000, connections: 3, hint: "timeout=2" },
      { afterMs: 0, connections: 4, hint: "" },
    ];
    for (const [index, step] of steps.entries()) {
      clock.advance(step.afterMs);
      hint = step.hint ?? hint;
      await Recorder.send(own, post(origin, Buffer.from("{}"))).settled();
      assert.equal(connections, step.connections, `step ${index}`);
      if (index === 3) hint = "";
    }
  });

  it("takes a large reply", async (t) => {
    const { origin } = await serve(t, (_request, response) => response.end(Buffer.alloc(20_000_000, "x")));
    const recorder = Recorder.send(upstream, post(origin));
    await recorder.settled();
    assert.equal(recorder.bytes, 20_000_000);
  });

  it("neither follows redirects nor shows informational replies", async (t) => {
    const { origin } = await serve(t, (_request, response) => {
      response.writeEarlyHints({ link: "</x>; rel=preload" });
      response.writeHead(302, { location: "/elsewhere" });
      response.end();
    });
    const recorder = Recorder.send(upstream, post(origin));
    await recorder.settled();
    assert.equal(recorder.status, 302);
  });

  it("says that a refused connection was never reached", async () => {
    const probe = createTcpServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, "close");
    const recorder = Recorder.send(upstream, post(`http://127.0.0.1:${port}`, Buffer.from("{}")));
    await recorder.settled();
    assert.equal(recorder.failure?.kind, "connect");
    assert.equal(recorder.failure?.reason, "ECONNREFUSED");
  });

  it("fails what cannot be sent at all as never reached, and not from within send", async () => {
    const recorder = Recorder.send(upstream, { ...post("http://127.0.0.1:1"), headers: { "bad name": "x" } });
    await recorder.settled();
    assert.equal(recorder.failure?.kind, "connect");
    assert.equal(recorder.failure?.reason, "UND_ERR_INVALID_ARG");
  });

  it("does not speak to TLS servers it cannot trust or to what is no TLS", async (t) => {
    const { origin } = await serve(t, (_request, response) => response.end());
    const recorder = Recorder.send(upstream, post(origin.replace("http:", "https:")));
    await recorder.settled();
    assert.equal(recorder.failure?.kind, "connect");
  });

  it("says that a connection broke: before the head, and in the middle of a body", async (t) => {
    const { origin } = await serve(t, (request, response) => {
      request.resume();
      if (request.headers["x-a"] === "b") {
        request.socket.destroy();
        return;
      }
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => request.socket.resetAndDestroy());
    });
    const early = Recorder.send(upstream, post(origin, Buffer.from("{}")));
    await early.settled();
    assert.equal(early.status, undefined);
    assert.equal(early.failure?.kind, "broken");
    const late = Recorder.send(upstream, { ...post(origin), headers: {} });
    await late.settled();
    assert.equal(late.failure?.kind, "broken");
    assert.equal(late.ended, false);
  });

  it("sees a chunked reply that stops without its end as broken", async (t) => {
    const { origin } = await serve(t, (request, response) => {
      response.write("data: x\n\n", () => request.socket.end());
    });
    const recorder = Recorder.send(upstream, post(origin));
    await recorder.settled();
    assert.equal(recorder.failure?.kind, "broken");
    assert.equal(recorder.text, "data: x\n\n");
  });

  it("frees the socket on abort and calls nothing back after it", async (t) => {
    const closed: Promise<unknown>[] = [];
    const { origin, sockets } = await serve(t, (_request, response) => {
      closed.push(once(response, "close"));
      response.write("first");
    });
    const recorder = Recorder.send(upstream, post(origin));
    await recorder.until((it) => it.bytes > 0);
    recorder.exchange?.abort();
    recorder.exchange?.abort();
    recorder.exchange?.resume();
    await Promise.all(closed);
    await sleep(20);
    assert.equal(recorder.failure, undefined);
    assert.equal(recorder.ended, false);
    assert.equal(sockets.size, 0);
  });

  it("may be aborted at once, from within the head, and from within a chunk", async (t) => {
    let responses = 0;
    const closed: Promise<unknown>[] = [];
    const { origin } = await serve(t, (_request, response: ServerResponse) => {
      responses++;
      closed.push(once(response, "close"));
      response.write("first");
      response.write("second");
    });
    const atOnce = Recorder.send(upstream, post(origin));
    atOnce.exchange?.abort();
    const inHead = Recorder.send(upstream, post(origin));
    inHead.onHead = function (status) {
      this.status = status;
      this.exchange?.abort();
    };
    const inChunk = Recorder.send(upstream, post(origin));
    inChunk.onChunk = () => inChunk.exchange?.abort();
    await inChunk.until((it) => it.bytes > 0);
    await sleep(50);
    await Promise.all(closed);
    assert.equal(atOnce.status, undefined);
    assert.equal(inHead.chunks.length, 0);
    assert.equal(inChunk.chunks.length, 1);
    for (const recorder of [atOnce, inHead, inChunk]) assert.equal(recorder.failure, undefined);
    assert.ok(responses >= 2);
  });

  it("stops reading while it is asked to, and loses nothing", async (t) => {
    const total = 30_000_000;
    let written = 0;
    const { origin } = await serve(t, async (_request, response) => {
      const piece = Buffer.alloc(100_000, "x");
      while (written < total) {
        written += piece.length;
        if (!response.write(piece)) await once(response, "drain");
      }
      response.end();
    });
    const recorder = Recorder.send(upstream, post(origin));
    recorder.wantsMore = false;
    await recorder.until((it) => it.bytes > 0);
    // Until the buffers between the two are full, and the writer waits.
    let before = -1;
    while (before !== written) {
      before = written;
      await sleep(60);
    }
    assert.ok(recorder.bytes < 1_000_000, `${recorder.bytes} bytes came while paused`);
    assert.ok(written < total, "the server was never held up");
    recorder.wantsMore = true;
    recorder.exchange?.resume();
    await recorder.settled();
    assert.equal(recorder.bytes, total);
  });

  it("tells no end while it is asked to wait, whatever becomes of the connection meanwhile", async (t) => {
    for (const connection of ["keep-alive", "close"]) {
      const { origin } = await serve(t, (request, response) => {
        request.resume();
        response.writeHead(200, { connection, "content-length": "2" });
        response.end("ok");
      });
      const recorder = Recorder.send(upstream, post(origin));
      recorder.wantsMore = false;
      await recorder.until((it) => it.bytes > 0);
      await sleep(20);
      assert.equal(recorder.ended, false);
      recorder.exchange?.resume();
      await recorder.settled();
      assert.equal(recorder.text, "ok");
      assert.ok(recorder.ended);
    }
  });

  it("goes on when asked to from within a chunk", async (t) => {
    const { origin } = await serve(t, (_request, response) => response.end(Buffer.alloc(5_000_000, "x")));
    const recorder = Recorder.send(upstream, post(origin));
    recorder.wantsMore = false;
    recorder.onChunk = () => recorder.exchange?.resume();
    await recorder.settled();
    assert.equal(recorder.bytes, 5_000_000);
  });

  it("keeps many exchanges apart", async (t) => {
    const { origin } = await serve(t, async (request, response) => response.end(await readAll(request)));
    const recorders = Array.from({ length: 100 }, (_, index) => Recorder.send(upstream, post(origin, Buffer.from(`body ${index}`))));
    await Promise.all(recorders.map((recorder) => recorder.settled()));
    for (const [index, recorder] of recorders.entries()) assert.equal(recorder.text, `body ${index}`);
  });

  it("breaks off what runs when it is destroyed", async (t) => {
    const own = new HttpUpstream();
    const { origin } = await serve(t, (_request, response) => response.write("a"));
    const recorder = Recorder.send(own, post(origin));
    await recorder.until((it) => it.bytes > 0);
    await own.destroy();
    await recorder.settled();
    assert.equal(recorder.failure?.kind, "broken");
  });
});
