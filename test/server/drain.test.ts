import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as http2Connect, type ClientHttp2Session } from "node:http2";
import { connect } from "node:net";
import { test } from "node:test";
import { createServer } from "../../src/server/server.ts";
import type { HttpHandler } from "../../src/inbound/http-handler.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { holdingProxy } from "../support/holding-proxy.ts";
import { ask, rawConnection, watchedConnection } from "../support/http-client.ts";
import { listeningServer } from "../support/rest-fixture.ts";

const echo: HttpHandler = (request, response) => {
  request.resume();
  response.end(`answer to ${request.url}`);
};

/** Holds requests to `/slow` until told, answers the others. */
function slowPath() {
  const arrived = Promise.withResolvers<() => void>();
  const handler: HttpHandler = (request, response) => {
    if (request.url === "/slow") arrived.resolve(() => response.end("answer to /slow"));
    else echo(request, response);
  };
  return { handler, arrived: arrived.promise };
}

async function http2Text(session: ClientHttp2Session, path: string): Promise<string> {
  const stream = session.request({ ":path": path });
  stream.setEncoding("utf8");
  let text = "";
  for await (const chunk of stream) text += chunk as string;
  return text;
}

/** A session on which the first words of both sides have been said. */
async function settledSession(port: number): Promise<ClientHttp2Session> {
  const session = http2Connect(`http://127.0.0.1:${port}`);
  await once(session, "connect");
  for (let round = 0; round < 2; round++) await new Promise((resolve) => session.ping(resolve));
  return session;
}

/** The last stream ids of the GOAWAYs that a client gets. */
function goaways(session: ClientHttp2Session): number[] {
  const ids: number[] = [];
  session.on("goaway", (_code, lastStreamId) => ids.push(lastStreamId));
  return ids;
}

const fixture = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));

const highestStreamId = 2 ** 31 - 1;

test("in its delay a drain says that it drains, and serves on: HTTP/1.1 clients are told to connect anew, those of HTTP/2 nothing", async () => {
  const clock = new FakeClock();
  await using listening = await listeningServer(echo, { clock });
  const kept = await rawConnection(listening.port);
  const session = http2Connect(`http://127.0.0.1:${listening.port}`);
  const told = goaways(session);
  assert.equal(await http2Text(session, "/before"), "answer to /before");
  const drain = listening.server.drain(30_000, 5_000);
  assert.equal(listening.server.draining, true);
  clock.advance(4_999);
  kept.socket.write("GET /kept HTTP/1.1\r\nhost: x\r\n\r\n");
  assert.match(await kept.closed(), /connection: close[^]*answer to \/kept/i);
  for (const version of ["http1", "http2"] as const) assert.equal((await ask(listening.port, version, { path: "/" })).status, 200);
  assert.equal(await http2Text(session, "/meanwhile"), "answer to /meanwhile");
  assert.deepEqual(told, []);
  clock.advance(1);
  await assert.rejects(rawConnection(listening.port), { code: "ECONNREFUSED" });
  assert.equal(await drain, 0);
  assert.equal(clock.pending, 0);
});

test("HTTP/2: a request that was under way when the server said goodbye is served", async () => {
  await using listening = await listeningServer(echo);
  await using way = await holdingProxy(listening.port);
  const session = await settledSession(way.port);
  const told = goaways(session);
  assert.equal(await http2Text(session, "/before"), "answer to /before");
  const held = way.hold();
  const answer = http2Text(session, "/under-way");
  await held;
  const drain = listening.server.drain(30_000);
  await once(session, "goaway");
  way.release();
  assert.equal(await answer, "answer to /under-way");
  assert.equal(await drain, 0);
  assert.equal(told[0], highestStreamId);
});

test("HTTP/2: a connection that is made while the server says goodbye is served, and told", async () => {
  await using listening = await listeningServer(echo);
  const connection = await watchedConnection(listening.port);
  const drain = listening.server.drain(30_000);
  // Goes on with a connection that the server has accepted before.
  const session = http2Connect("http://x", { createConnection: () => connection.socket });
  const told = goaways(session);
  assert.equal(await http2Text(session, "/late"), "answer to /late");
  assert.equal(await drain, 0);
  assert.equal(told[0], highestStreamId);
});

test("HTTP/2: a client that does not answer the goodbye is left after a second, with its open request still served", async () => {
  const clock = new FakeClock();
  const { handler, arrived } = slowPath();
  await using listening = await listeningServer(handler, { clock });
  await using way = await holdingProxy(listening.port);
  const session = await settledSession(way.port);
  const told = goaways(session);
  const answer = http2Text(session, "/slow");
  const finish = await arrived;
  void way.hold();
  const drain = listening.server.drain(30_000);
  await once(session, "goaway");
  clock.advance(1_000);
  await once(session, "goaway");
  finish();
  assert.equal(await answer, "answer to /slow");
  way.release();
  assert.equal(await drain, 0);
  assert.deepEqual(told.slice(0, 2), [highestStreamId, 1]);
  assert.equal(clock.pending, 0);
});

test("HTTP/2: the goodbye does not tear what is being sent", async () => {
  const size = 2_000_000;
  await using listening = await listeningServer((request, response) => {
    request.resume();
    response.end(Buffer.alloc(size, 120));
  });
  const session = await settledSession(listening.port);
  const told = goaways(session);
  const lengths = Array.from({ length: 20 }, async (_, index) => {
    const stream = session.request({ ":path": `/${index}` });
    let length = 0;
    for await (const chunk of stream) {
      length += (chunk as Buffer).length;
      if (index === 0 && !listening.server.draining) void listening.server.drain(30_000);
    }
    return length;
  });
  assert.deepEqual(
    await Promise.all(lengths),
    lengths.map(() => size),
  );
  assert.equal(told[0], highestStreamId);
});

test("HTTP/2 over TLS: open streams end after the goodbye", async () => {
  const tls = { cert: fixture("cert.pem"), key: fixture("key.pem") };
  const { handler, arrived } = slowPath();
  await using listening = await listeningServer(handler, { tls });
  const session = http2Connect(`https://127.0.0.1:${listening.port}`, { ca: tls.cert });
  const answer = http2Text(session, "/slow");
  const finish = await arrived;
  const drain = listening.server.drain(30_000);
  assert.deepEqual((await once(session, "goaway")).slice(0, 2), [0, 1]);
  finish();
  assert.equal(await answer, "answer to /slow");
  assert.equal(await drain, 0);
});

for (const [draw, ageMs] of [
  [0, 54_000],
  [0.5, 60_000],
  [0.999_999, 65_999.988],
] as const) {
  test(`HTTP/2: a connection is left at its age of a minute, ${ageMs} ms by chance, with its open request still served`, async () => {
    const clock = new FakeClock();
    const { handler, arrived } = slowPath();
    const options = { clock, maxConnectionAgeMs: () => 60_000, random: { next: () => draw } };
    await using listening = await listeningServer(handler, options);
    const session = await settledSession(listening.port);
    const told = goaways(session);
    const answer = http2Text(session, "/slow");
    const finish = await arrived;
    clock.advance(ageMs - 1);
    assert.equal(await http2Text(session, "/before"), "answer to /before");
    assert.deepEqual(told, []);
    clock.advance(1);
    await once(session, "goaway");
    assert.equal(told[0], highestStreamId);
    const closed = once(session, "close");
    // A new connection is served meanwhile, and has an age of its own.
    const next = await settledSession(listening.port);
    clock.advance(ageMs - 2_000);
    assert.equal(await http2Text(next, "/next"), "answer to /next");
    finish();
    assert.equal(await answer, "answer to /slow");
    await closed;
    next.close();
  });
}

test("HTTP/2 over TLS: a connection is left at its age, with its open request still served", async () => {
  const clock = new FakeClock();
  const tls = { cert: fixture("cert.pem"), key: fixture("key.pem") };
  const { handler, arrived } = slowPath();
  await using listening = await listeningServer(handler, { clock, tls, maxConnectionAgeMs: () => 60_000, random: { next: () => 0.5 } });
  const session = http2Connect(`https://127.0.0.1:${listening.port}`, { ca: tls.cert });
  const answer = http2Text(session, "/slow");
  const finish = await arrived;
  clock.advance(60_000);
  await once(session, "goaway");
  finish();
  assert.equal(await answer, "answer to /slow");
});

test("HTTP/2: without a largest age a connection grows as old as it likes, and a closed one leaves no timer", async () => {
  const clock = new FakeClock();
  await using listening = await listeningServer(echo, { clock });
  const session = await settledSession(listening.port);
  clock.advance(10 * 86_400_000);
  assert.equal(await http2Text(session, "/"), "answer to /");
  const closed = once(session, "close");
  session.close();
  await closed;
});

test("who had connected and not yet spoken has a second to do so, and is served", async () => {
  const clock = new FakeClock();
  await using listening = await listeningServer(echo, { clock });
  const late = await watchedConnection(listening.port);
  const silent = await watchedConnection(listening.port);
  const drain = listening.server.drain(30_000);
  clock.advance(999);
  late.socket.write("GET /late HTTP/1.1\r\nhost: x\r\n\r\n");
  assert.match(await late.closed(), /connection: close[^]*answer to \/late/i);
  clock.advance(1);
  assert.equal(await silent.closed(), "");
  assert.equal(await drain, 0);
});

test("a drain tells how many requests it had to drop", async () => {
  const clock = new FakeClock();
  const { handler, arrived } = slowPath();
  await using listening = await listeningServer(handler, { clock });
  const answers = [
    ask(listening.port, "http1", { path: "/slow" }),
    arrived.then(() => ask(listening.port, "http2", { path: "/" })),
  ] as const;
  await answers[1];
  const drain = listening.server.drain(10_000, 5_000);
  clock.advance(14_999);
  assert.equal(listening.server.openRequests, 1);
  clock.advance(1);
  assert.equal(await drain, 1);
  await assert.rejects(answers[0]);
});

test("closing does not wait for a drain's delay", async () => {
  const clock = new FakeClock();
  await using listening = await listeningServer(echo, { clock });
  const drain = listening.server.drain(30_000, 5_000);
  await listening.server.close();
  assert.equal(await drain, 0);
  assert.equal(clock.pending, 0);
});

for (const delayMs of [0, 5_000])
  test(`a drain with a delay of ${delayMs} ms that begins while the server is about to listen ends, and nothing listens afterwards`, async () => {
    const clock = new FakeClock();
    const server = createServer({
      host: "localhost",
      port: 0,
      rest: echo,
      rpc: { matches: () => false, handle: () => undefined },
      clock,
      onInternalError: (error) => assert.fail(String(error)),
    });
    // The address's name is looked up first.
    const listening = server.listen();
    const drained = server.drain(0, delayMs);
    clock.advance(delayMs);
    const { host, port } = await listening;
    assert.equal(await drained, 0);
    const [error] = (await once(connect(port, host), "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ECONNREFUSED");
  });
