import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, get as http1Get, request as http1Request, type IncomingMessage } from "node:http";
import { connect as http2Connect, type ClientHttp2Session } from "node:http2";
import { request as httpsRequest } from "node:https";
import { connect as tlsConnect } from "node:tls";
import { test } from "node:test";
import type { HttpHandler, HttpRequest } from "../../src/inbound/http-handler.ts";
import { createServer } from "../../src/server/server.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { ask, rawConnection, watchedConnection, type HttpVersion } from "../support/http-client.ts";
import { listeningServer } from "../support/rest-fixture.ts";

const fixture = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));
const tls = { cert: fixture("cert.pem"), key: fixture("key.pem") };
const versions: readonly HttpVersion[] = ["http1", "http2"];
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** The server's first frame: its length, then type 4 (SETTINGS), no flags and stream 0. */
const serverSettings = new RegExp(String.raw`^\0\0[^]\x04\0\0\0\0\0`);
const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

/** Says which version of HTTP it was asked in, and what for. */
const echo: HttpHandler = (request, response) => {
  request.resume();
  response.end(`${request.httpVersion} ${request.url}`);
};

/** For a compiler that cannot call a union of overloads. */
const writeTo = (response: { write(chunk: string): boolean }, text: string) => response.write(text);

/** Answers each request when the test says so. */
function heldRequests() {
  const waiting: (() => void)[] = [];
  const held: { finish: () => void; path: string | undefined }[] = [];
  const handler: HttpHandler = (request, response) => {
    writeTo(response, "begun,");
    held.push({ path: request.url, finish: () => response.end("ended") });
    for (const wake of waiting.splice(0)) wake();
  };
  const arrivals = async (count: number) => {
    while (held.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return { handler, held, arrivals };
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response) text += chunk as string;
  return text;
}

test("one port serves HTTP/1.1 and HTTP/2 without TLS", async () => {
  await using listening = await listeningServer(echo);
  assert.equal((await ask(listening.port, "http1", { path: "/a" })).text, "1.1 /a");
  assert.equal((await ask(listening.port, "http2", { path: "/b" })).text, "2.0 /b");
});

test("the HTTP/2 preface may be split anywhere", async () => {
  await using listening = await listeningServer(echo);
  for (let split = 1; split < preface.length; split++) {
    const connection = await watchedConnection(listening.port);
    connection.socket.write(preface.subarray(0, split));
    await connection.hasRead(split);
    connection.socket.write(Buffer.concat([preface.subarray(split), emptySettings]));
    await connection.until(serverSettings);
    connection.socket.destroy();
  }
});

for (const request of ["GET /a HTTP/1.1\r\nhost: x\r\n\r\n", "PUT /b HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"]) {
  test(`${request.slice(0, 3)} may arrive byte by byte`, async () => {
    await using listening = await listeningServer(echo);
    const connection = await watchedConnection(listening.port);
    for (const [index, byte] of request.split("").entries()) {
      connection.socket.write(byte);
      // Once HTTP/1.1 is recognised the platform reads past the socket, and no longer counts.
      if (index < 2) await connection.hasRead(index + 1);
      else await new Promise((resolve) => setImmediate(resolve));
    }
    await connection.until(/1\.1 \/[ab]/);
    connection.socket.destroy();
  });
}

for (const secure of [false, true]) {
  test(`a connection that ${secure ? "breaks TLS" : "is reset"} before it was recognised harms no other`, async () => {
    await using listening = await listeningServer(echo, secure ? { tls } : {});
    const connection = await watchedConnection(listening.port);
    if (secure) {
      const client = tlsConnect({ socket: connection.socket, ca: tls.cert, servername: "localhost" });
      client.on("error", () => undefined);
      await once(client, "secureConnect");
      // An application data record that nobody encrypted.
      connection.socket.write(Buffer.from([0x17, 0x03, 0x03, 0x00, 0x03, 1, 2, 3]));
      await connection.closed();
    } else {
      connection.socket.write("PRI");
      await connection.hasRead(3);
      connection.socket.resetAndDestroy();
    }
    const other = secure
      ? tlsConnect({ host: "127.0.0.1", port: listening.port, ca: tls.cert })
      : (await rawConnection(listening.port)).socket;
    other.setEncoding("latin1");
    other.write("GET /a HTTP/1.0\r\n\r\n");
    let text = "";
    for await (const chunk of other) text += String(chunk);
    assert.match(text, /\/a$/);
  });
}

test("with TLS, one port serves HTTP/1.1 and HTTP/2 as the client negotiates", async () => {
  await using listening = await listeningServer(echo, { tls });
  const { port } = listening;
  const request = httpsRequest({ host: "127.0.0.1", port, path: "/a", ca: tls.cert, agent: false }).end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  assert.equal(await textOf(response), "1.1 /a");

  const session = http2Connect(`https://127.0.0.1:${port}`, { ca: tls.cert });
  assert.equal(await http2Text(session, "/b"), "2.0 /b");
  assert.equal(session.alpnProtocol, "h2");
  session.close();
});

test("with TLS, a client that negotiates nothing is served HTTP/1.1", async () => {
  await using listening = await listeningServer(echo, { tls });
  const socket = tlsConnect({ host: "127.0.0.1", port: listening.port, ca: tls.cert });
  socket.write("GET /a HTTP/1.0\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  assert.match(text, /1\.0 \/a$/);
});

test("a TLS client on the plaintext port is dropped without an answer", async () => {
  await using listening = await listeningServer(echo);
  const connection = await rawConnection(listening.port);
  connection.socket.write(Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05, 1, 2, 3, 4, 5]));
  assert.equal(await connection.closed(), "");
});

test("a plaintext client on the TLS port is dropped, and the next one is served", async () => {
  await using listening = await listeningServer(echo, { tls });
  const connection = await rawConnection(listening.port);
  connection.socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await connection.closed();
  const session = http2Connect(`https://127.0.0.1:${listening.port}`, { ca: tls.cert });
  assert.equal(await http2Text(session, "/b"), "2.0 /b");
  session.close();
  assert.deepEqual(listening.internalErrors, []);
});

test("what the RPC handler claims goes there, the rest to REST", async () => {
  const rpc = {
    matches: (path: string) => path.startsWith("/huntgroup.v1."),
    handle: ((_request, response) => response.end("rpc")) satisfies HttpHandler,
  };
  await using listening = await listeningServer(echo, { rpc });
  for (const version of versions) {
    assert.equal((await ask(listening.port, version, { path: "/huntgroup.v1.ChatService/X?y=z" })).text, "rpc");
    assert.match((await ask(listening.port, version, { path: "/v1/models?a=/huntgroup.v1." })).text, /\/v1\/models/);
  }
});

for (const version of versions) {
  test(`${version}: a handler that throws costs its own request only`, async () => {
    const failure = new Error("a secret detail");
    await using listening = await listeningServer((request, response) => {
      if (request.url === "/broken") throw failure;
      echo(request, response);
    });
    const [broken, fine] = await Promise.all([
      ask(listening.port, version, { path: "/broken" }),
      ask(listening.port, version, { path: "/fine" }),
    ]);
    assert.equal(broken.status, 500);
    assert.match(broken.text, /"code":"internal"/);
    assert.doesNotMatch(broken.text, /secret/);
    assert.match(fine.text, /\/fine$/);
    assert.deepEqual(listening.internalErrors, [failure]);
  });

  test(`${version}: a handler that throws in the middle of a response breaks it off`, async () => {
    await using listening = await listeningServer((_request, response) => {
      writeTo(response, "half");
      throw new Error("failure");
    });
    await assert.rejects(ask(listening.port, version, { path: "/" }).then(({ text }) => assert.equal(text, "never whole")));
  });
}

test("pipelined requests are answered in their order, whichever is done first", async () => {
  const finish: (() => void)[] = [];
  const bothThere = Promise.withResolvers<void>();
  await using listening = await listeningServer((request, response) => {
    finish.push(() => response.end(`answer to ${request.url};`));
    if (finish.length === 2) bothThere.resolve();
  });
  const connection = await rawConnection(listening.port);
  connection.socket.write("GET /1 HTTP/1.1\r\nhost: x\r\n\r\nGET /2 HTTP/1.1\r\nhost: x\r\n\r\n");
  await bothThere.promise;
  finish[1]?.();
  finish[0]?.();
  assert.match(await connection.until(/answer to \/2/), /answer to \/1;[^]*answer to \/2;/);
  connection.socket.destroy();
});

test("every pipelined request hears of the connection's end", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let arrived = 0;
  let closed = 0;
  await using listening = await listeningServer((_request, response) => {
    response.on("close", () => {
      if (++closed === 3) resolve();
    });
    if (++arrived === 3) connection.socket.destroy();
  });
  const connection = await rawConnection(listening.port);
  connection.socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n".repeat(3));
  await promise;
  assert.equal(listening.server.openRequests, 0);
});

test("connections are kept between requests", async () => {
  await using listening = await listeningServer(echo);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number | undefined>();
  for (let round = 0; round < 3; round++) {
    const request = http1Get({ host: "127.0.0.1", port: listening.port, agent });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    ports.add(request.socket?.localPort);
    await textOf(response);
  }
  assert.equal(ports.size, 1);
  agent.destroy();
});

test("HTTP/1.0 is answered and its connection closed", async () => {
  await using listening = await listeningServer(echo);
  const connection = await rawConnection(listening.port);
  connection.socket.write("GET /old HTTP/1.0\r\n\r\n");
  assert.match(await connection.closed(), /^HTTP\/1\.1 200 [^]*1\.0 \/old$/);
});

const refused: readonly (readonly [what: string, bytes: string, status: number])[] = [
  ["a bad request line", "what is this\r\n\r\n", 400],
  ["bytes that are no text", "\0\u0001\u0002\r\n\r\n", 400],
  ["headers that are too large", `GET / HTTP/1.1\r\nhost: x\r\nx-large: ${"x".repeat(70_000)}\r\n\r\n`, 431],
];
for (const [what, bytes, status] of refused) {
  test(`${what} gets a ${status} with an OpenAI error object`, async () => {
    await using listening = await listeningServer(echo);
    const connection = await rawConnection(listening.port);
    connection.socket.write(bytes, "latin1");
    const answer = await connection.closed();
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
    const body = answer.slice(answer.indexOf("\r\n\r\n") + 4);
    assert.equal((JSON.parse(body) as { error: { type: string } }).error.type, "invalid_request_error");
  });
}

for (const protocol of ["websocket", "h2c"]) {
  test(`an offer to upgrade to ${protocol} is ignored: the request is answered as it is`, async () => {
    await using listening = await listeningServer(echo);
    const connection = await rawConnection(listening.port);
    connection.socket.write(`GET /a HTTP/1.1\r\nhost: x\r\nconnection: Upgrade, close\r\nupgrade: ${protocol}\r\n\r\n`);
    assert.match(await connection.closed(), /^HTTP\/1\.1 200 [^]*1\.1 \/a/);
  });
}

test("a client that says nothing is dropped", async () => {
  await using listening = await listeningServer(echo, { limits: { headersTimeoutMs: 60 } });
  const connection = await rawConnection(listening.port);
  assert.equal(await connection.closed(), "");
});

// The platform keeps the time of HTTP/1.1. The clock of what comes before, which ends in silence, stands still.
test("headers that do not end are cut off with a 408", async () => {
  await using listening = await listeningServer(echo, { clock: new FakeClock(), limits: { headersTimeoutMs: 60 } });
  const connection = await rawConnection(listening.port);
  connection.socket.write("GET / HTTP/1.1\r\nhost: ");
  assert.match(await connection.closed(), /^HTTP\/1\.1 408 /);
});

test("HTTP/1.1: a body that does not end is cut off with a 408", async () => {
  await using listening = await listeningServer((request) => void request.resume(), {
    clock: new FakeClock(),
    limits: { headersTimeoutMs: 60, requestTimeoutMs: 60 },
  });
  const connection = await rawConnection(listening.port);
  connection.socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf");
  assert.match(await connection.closed(), /^HTTP\/1\.1 408 /);
});

const waysToRead: readonly (readonly [how: string, read: (request: HttpRequest) => void])[] = [
  ["by the request", (request) => void request.resume()],
  ["by its stream", (request) => void ("stream" in request && request.stream.resume())],
];
for (const [how, read] of waysToRead)
  test(`HTTP/2: a body that does not end is cut off, one that has ended may wait for its answer, read ${how}`, async () => {
    const clock = new FakeClock();
    const { handler, held, arrivals } = heldRequests();
    await using listening = await listeningServer(
      (request, response) => {
        read(request);
        handler(request, response);
      },
      { clock, limits: { requestTimeoutMs: 1_000 } },
    );
    const session = http2Connect(`http://127.0.0.1:${listening.port}`);
    const whole = session.request({ ":method": "POST", ":path": "/whole" });
    whole.end("all of it");
    whole.setEncoding("utf8");
    const half = session.request({ ":method": "POST", ":path": "/half" });
    half.on("error", () => undefined);
    half.write("half of it");
    await arrivals(2);
    await Promise.all([once(whole, "response"), once(half, "response")]);
    clock.advance(1_500);
    await once(half, "close");
    held.find(({ path }) => path === "/whole")?.finish();
    let text = "";
    for await (const chunk of whole) text += chunk as string;
    assert.equal(text, "begun,ended");
    session.close();
  });

test("HTTP/2: an idle session is closed, one that waits for an answer is not", async () => {
  const { handler, held, arrivals } = heldRequests();
  await using listening = await listeningServer(handler, { limits: { idleSessionTimeoutMs: 60 } });
  const idle = http2Connect(`http://127.0.0.1:${listening.port}`);
  const busy = http2Connect(`http://127.0.0.1:${listening.port}`);
  const answer = http2Text(busy, "/");
  await arrivals(1);
  await once(idle, "close");
  assert.equal(busy.closed, false);
  held[0]?.finish();
  assert.equal(await answer, "begun,ended");
  busy.destroy();
});

for (const version of versions) {
  test(`${version}: a drain lets open streams end, then is done`, async () => {
    const { handler, held, arrivals } = heldRequests();
    await using listening = await listeningServer(handler);
    const answer = ask(listening.port, version, { path: "/" });
    await arrivals(1);
    assert.equal(listening.server.openRequests, 1);
    let drained = false;
    const drain = listening.server.drain(30_000).then(() => (drained = true));
    assert.equal(listening.server.draining, true);
    await assert.rejects(rawConnection(listening.port), { code: "ECONNREFUSED" });
    assert.equal(drained, false);
    held[0]?.finish();
    assert.equal((await answer).text, "begun,ended");
    await drain;
    assert.equal(listening.server.openRequests, 0);
  });

  test(`${version}: a drain drops what has not ended when its time is up`, async () => {
    const clock = new FakeClock();
    const { handler, arrivals } = heldRequests();
    await using listening = await listeningServer(handler, { clock });
    const answer = assert.rejects(ask(listening.port, version, { path: "/" }).then(({ text }) => assert.equal(text, "never whole")));
    await arrivals(1);
    const drain = listening.server.drain(30_000);
    clock.advance(30_000);
    await drain;
    await answer;
    assert.equal(listening.server.openRequests, 0);
    assert.equal(clock.pending, 0);
  });
}

test("a drain closes idle connections at once, and tells those in use that it will close them", async () => {
  const sent = Promise.withResolvers<() => void>();
  await using listening = await listeningServer((request, response) => {
    if (request.url === "/idle") response.end("idle");
    else sent.resolve(() => response.end("late"));
  });
  const idle = await rawConnection(listening.port);
  idle.socket.write("GET /idle HTTP/1.1\r\nhost: x\r\n\r\n");
  await idle.until(/idle$/);
  const busy = await rawConnection(listening.port);
  busy.socket.write("GET /busy HTTP/1.1\r\nhost: x\r\n\r\n");
  const finish = await sent.promise;
  const drain = listening.server.drain(30_000);
  await idle.closed();
  finish();
  assert.match(await busy.closed(), /connection: close[^]*late/i);
  await drain;
});

test("HTTP/2: a drain tells clients to go elsewhere for the next request, and ends the session after the last one", async () => {
  const { handler, held, arrivals } = heldRequests();
  await using listening = await listeningServer(handler);
  const session = http2Connect(`http://127.0.0.1:${listening.port}`);
  const answer = http2Text(session, "/");
  await arrivals(1);
  const drain = listening.server.drain(30_000);
  const [code] = (await once(session, "goaway")) as [number];
  assert.equal(code, 0);
  held[0]?.finish();
  assert.equal(await answer, "begun,ended");
  await drain;
});

test("a drain does not cut off a response that was ended but not yet read", async () => {
  const size = 8_000_000;
  const ended = Promise.withResolvers<void>();
  await using listening = await listeningServer((_request, response) => {
    response.end(Buffer.alloc(size, 120));
    ended.resolve();
  });
  const request = http1Request({ host: "127.0.0.1", port: listening.port, agent: new Agent({ keepAlive: true }) }).end();
  await ended.promise;
  const drain = listening.server.drain(30_000);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  assert.equal((await textOf(response)).length, size);
  await drain;
});

test("a second drain waits for the same end", async () => {
  const listening = await listeningServer(echo);
  await Promise.all([listening.server.drain(1_000), listening.server.drain(1_000), listening.server.close()]);
});

test("a port in use is refused with a message for people", async () => {
  await using listening = await listeningServer(echo);
  await assert.rejects(listeningServer(echo, { port: listening.port }), {
    message: `Cannot listen on 127.0.0.1:${listening.port}: another program uses this port (choose another one with --port)`,
  });
});

test("a server that never listened leaves nothing behind", () => {
  const clock = new FakeClock();
  createServer({
    host: "127.0.0.1",
    port: 0,
    rest: echo,
    rpc: { matches: () => false, handle: echo },
    clock,
    onInternalError: assert.ifError,
  });
  assert.equal(clock.pending, 0);
});

async function http2Text(session: ClientHttp2Session, path: string): Promise<string> {
  const stream = session.request({ ":path": path });
  stream.setEncoding("utf8");
  let text = "";
  for await (const chunk of stream) text += chunk as string;
  return text;
}

test("headers that are too large get a 431 over HTTP/2 as well, and the session goes on", async () => {
  await using listening = await listeningServer(echo);
  const session = http2Connect(`http://127.0.0.1:${listening.port}`, { maxSendHeaderBlockLength: 200_000 });
  const status = async (headers: Record<string, string>): Promise<unknown> => {
    const stream = session.request({ ":path": "/", ...headers });
    const [head] = (await once(stream, "response")) as [Record<string, unknown>];
    stream.resume();
    await once(stream, "close");
    return head[":status"];
  };
  try {
    assert.equal(await status({ "x-large": "x".repeat(70_000) }), 431);
    assert.equal(await status({ "x-small": "x" }), 200);
  } finally {
    session.close();
  }
});
