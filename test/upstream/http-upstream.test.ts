import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { after, test } from "node:test";
import type { UpstreamExchange, UpstreamFailure, UpstreamHeaders, UpstreamListener, UpstreamRequest } from "../../src/core/upstream.ts";
import { HttpUpstream } from "../../src/upstream/http-upstream.ts";

const upstream = new HttpUpstream({ connectTimeoutMs: 2_000 });
const servers: Server[] = [];
after(async () => {
  await upstream.close();
  for (const server of servers) server.close();
});

async function host(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function requestTo(origin: string, over: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    method: "POST",
    origin,
    path: "/v1/x?y=1",
    headers: { "content-type": "application/json" },
    body: [Buffer.from("ab"), Buffer.from("c")],
    ...over,
  };
}

/** Records what an exchange says, and resolves when it has ended. */
class Recorder implements UpstreamListener {
  readonly log: string[] = [];
  readonly ended: Promise<void>;
  status = 0;
  headers: UpstreamHeaders = {};
  failure: UpstreamFailure | undefined;
  bytes = 0;
  take: () => boolean = () => true;
  #end!: () => void;

  constructor() {
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  onHead(status: number, headers: UpstreamHeaders): void {
    this.log.push("head");
    this.status = status;
    this.headers = headers;
  }

  onData(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    if (this.log.at(-1) !== "data") this.log.push("data");
    return this.take();
  }

  onEnd(): void {
    this.log.push("end");
    this.#end();
  }

  onFailure(failure: UpstreamFailure): void {
    this.log.push("failure");
    this.failure = failure;
    this.#end();
  }
}

function send(request: UpstreamRequest): { recorder: Recorder; exchange: UpstreamExchange } {
  const recorder = new Recorder();
  return { recorder, exchange: upstream.send(request, recorder) };
}

test("method, path, headers and all pieces of the body arrive; status, headers and body come back", async () => {
  let seen = "";
  const origin = await host((request, response) => {
    request.setEncoding("utf8");
    let body = "";
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      seen = [request.method, request.url, request.headers["content-type"], request.headers["content-length"], body].join(" ");
      response.writeHead(429, { "retry-after": "3" }).end("slow down");
    });
  });
  const { recorder } = send(requestTo(origin));
  await recorder.ended;
  assert.equal(seen, "POST /v1/x?y=1 application/json 3 abc");
  assert.deepEqual([recorder.status, recorder.headers["retry-after"], recorder.bytes], [429, "3", 9]);
  assert.deepEqual(recorder.log, ["head", "data", "end"]);
});

test("a refused connection is told from one that broke", async () => {
  const closed = createTcpServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  closed.close();
  const { recorder } = send(requestTo(`http://127.0.0.1:${port}`));
  assert.deepEqual(recorder.log, [], "nothing is said from within send");
  await recorder.ended;
  assert.deepEqual([recorder.failure?.kind, recorder.failure?.reason], ["connect", "ECONNREFUSED"]);
});

test("a host name that does not exist is a failure to connect", async () => {
  const { recorder } = send(requestTo("http://does-not-exist.invalid"));
  await recorder.ended;
  assert.equal(recorder.failure?.kind, "connect");
  assert.match(recorder.failure.reason, /^E[A-Z_]+$/);
});

test("a connection lost before the head, or in the middle of the body, is broken", async () => {
  const before = await host((request) => request.socket.destroy());
  const during = await host((_request, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("half", () => response.socket?.destroy());
  });
  for (const [origin, log] of [
    [before, ["failure"]],
    [during, ["head", "data", "failure"]],
  ] as const) {
    const { recorder } = send(requestTo(origin));
    await recorder.ended;
    assert.equal(recorder.failure?.kind, "broken");
    assert.deepEqual(recorder.log, log);
  }
});

test("aborting closes the connection, and nothing is said afterwards", async () => {
  let arrived: () => void;
  const arrival = new Promise<void>((resolve) => (arrived = resolve));
  let closed: Promise<unknown> | undefined;
  const origin = await host((request) => {
    closed = once(request.socket, "close");
    arrived();
  });
  const { recorder, exchange } = send(requestTo(origin));
  await arrival;
  exchange.abort();
  exchange.abort();
  await closed;
  assert.deepEqual(recorder.log, []);
});

test("an exchange aborted before it is connected never reaches the host", async () => {
  let hits = 0;
  const origin = await host((_request, response) => {
    hits++;
    response.end();
  });
  send(requestTo(origin)).exchange.abort();
  const { recorder } = send(requestTo(origin));
  await recorder.ended;
  assert.equal(hits, 1);
});

test("a listener that takes no more stops the host, and resuming loses nothing", async () => {
  const total = 32 * 1024 * 1024;
  let written = 0;
  const origin = await host((_request, response) => {
    const piece = Buffer.alloc(64 * 1024);
    const fill = (): void => {
      while (written < total) {
        written += piece.length;
        if (!response.write(piece)) return;
      }
      response.end();
    };
    response.on("drain", fill);
    fill();
  });
  const recorder = new Recorder();
  let paused: () => void;
  const pause = new Promise<void>((resolve) => (paused = resolve));
  let flowing = false;
  recorder.take = () => {
    paused();
    return flowing;
  };
  const exchange = upstream.send(requestTo(origin), recorder);
  await pause;
  // Enough turns of the loop for the host to fill every buffer on the way.
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(written < total, "the host could write everything to a listener that takes nothing");
  flowing = true;
  exchange.resume();
  await recorder.ended;
  assert.equal(recorder.bytes, total);
  assert.equal(recorder.log.at(-1), "end");
});

test("connections are used again", async () => {
  const ports = new Set<number | undefined>();
  const origin = await host((request, response) => {
    ports.add(request.socket.remotePort);
    response.end("ok");
  });
  for (let call = 0; call < 20; call++) await send(requestTo(origin)).recorder.ended;
  // The next request may be sent in the very step in which the reply ends, when its connection is not free yet.
  assert.ok(ports.size <= 2, `${ports.size} connections for 20 requests in a row`);
});

test("redirects are handed back, not followed", async () => {
  let hits = 0;
  const origin = await host((_request, response) => {
    hits++;
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  const { recorder } = send(requestTo(origin));
  await recorder.ended;
  assert.deepEqual([recorder.status, hits], [307, 1]);
});
