import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { after, test, type TestContext } from "node:test";
import { HttpUpstream } from "../../src/upstream/http-upstream.ts";
import { Recorder } from "./support.ts";

const upstream = new HttpUpstream();
after(() => upstream.destroy());

const ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/** What a server does with the n-th request on a connection, both counted from 1. */
type Behaviour = (socket: Socket, request: number, connection: number) => void;

async function serve(t: TestContext, behave: Behaviour): Promise<{ origin: string; requests: () => number; connections: () => number }> {
  let connections = 0;
  let requests = 0;
  const server = createServer((socket) => {
    const connection = ++connections;
    let request = 0;
    socket.on("error", () => {});
    socket.on("data", () => {
      requests++;
      behave(socket, ++request, connection);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests, connections: () => connections };
}

function ask(origin: string): Recorder {
  return Recorder.send(upstream, { method: "POST", origin, path: "/", headers: {}, body: [Buffer.from("{}")] });
}

const endings = { "is ended": (socket: Socket) => void socket.end(), "is reset": (socket: Socket) => void socket.resetAndDestroy() };

for (const [how, close] of Object.entries(endings)) {
  test(`a used connection that ${how} without a byte of reply: the request goes out again on a new one, unseen`, async (t) => {
    const server = await serve(t, (socket, request, connection) => {
      if (connection === 1 && request === 2) close(socket);
      else socket.write(ok);
    });
    for (let index = 0; index < 2; index++) {
      const recorder = ask(server.origin);
      await recorder.settled();
      assert.deepEqual([recorder.text, recorder.failure], ["ok", undefined]);
    }
    assert.deepEqual([server.connections(), server.requests()], [2, 3]);
  });
}

test("a request is sent again once only", async (t) => {
  const server = await serve(t, (socket, _request, connection) => {
    if (connection === 1 && server.requests() === 1) socket.write(ok);
    else socket.end();
  });
  await ask(server.origin).settled();
  const recorder = ask(server.origin);
  await recorder.settled();
  assert.equal(recorder.failure?.kind, "broken");
  assert.equal(server.requests(), 3);
});

test("a first request on a connection, and one of which a part was answered, are not sent again", async (t) => {
  const fresh = await serve(t, (socket) => void socket.end());
  const first = ask(fresh.origin);
  await first.settled();
  assert.deepEqual([first.failure?.kind, fresh.requests()], ["broken", 1]);

  const begun = await serve(t, (socket, request) => {
    if (request === 1) socket.write(ok);
    else socket.end("HTTP/1.1 200 OK\r\ncontent-le");
  });
  await ask(begun.origin).settled();
  const second = ask(begun.origin);
  await second.settled();
  assert.deepEqual([second.failure?.kind, begun.requests()], ["broken", 2]);
});

const malformed = [
  {
    what: "a length and a transfer coding",
    reply: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok",
    reason: "it has a length and a transfer coding",
  },
  { what: "a head that is too long", reply: `HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}`, reason: "its head is too long" },
  { what: "another protocol", reply: "SSH-2.0-OpenSSH\r\n", reason: "it is not HTTP/1.1" },
];

for (const { what, reply, reason } of malformed) {
  test(`a reply with ${what} fails with that reason, not only with a code`, async (t) => {
    const server = await serve(t, (socket) => void socket.write(reply));
    const recorder = ask(server.origin);
    await recorder.settled();
    assert.equal(recorder.failure?.reason, `HPE_INVALID_REPLY: ${reason}`);
  });
}
