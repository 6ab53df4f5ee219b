import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { Exchange } from "../../src/rest/exchange.ts";

/** What is written in one turn of the event loop, and what ends the stream. */
interface Script {
  readonly writes: readonly (readonly string[])[];
  readonly last: readonly string[];
}

let script: Script = { writes: [], last: [] };
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

function buffers(pieces: readonly string[]): { readonly pieces: readonly Buffer[]; readonly bytes: number } {
  const all = pieces.map((piece) => Buffer.from(piece));
  return { pieces: all, bytes: all.reduce((sum, piece) => sum + piece.length, 0) };
}

async function byExchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const exchange = new Exchange({
    request,
    response,
    callId: "call-1",
    cors: undefined,
    onInternalError: (error) => assert.fail(String(error)),
  });
  const { writes, last } = script;
  exchange.startStream({ "content-type": "text/event-stream" });
  for (const write of writes) {
    const { pieces, bytes } = buffers(write);
    exchange.write(pieces, bytes);
    await nextTurn();
  }
  const { pieces, bytes } = buffers(last);
  exchange.endStream(pieces, bytes);
}

/** The same with the platform's own framing. */
async function byPlatform(response: ServerResponse): Promise<void> {
  const { writes, last } = script;
  const ids = { "x-request-id": "call-1", "x-huntgroup-call-id": "call-1", "x-litellm-call-id": "call-1" };
  response.writeHead(200, { "content-type": "text/event-stream", ...ids });
  for (const write of writes) {
    response.write(Buffer.concat(buffers(write).pieces));
    await nextTurn();
  }
  response.end(Buffer.concat(buffers(last).pieces));
}

const server = createServer((request, response) => {
  void (request.url === "/platform" ? byPlatform(response) : byExchange(request, response));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
after(() => {
  server.closeAllConnections();
  server.close();
});

interface Answer {
  readonly headers: unknown;
  readonly body: string;
}

async function ask(path: string): Promise<Answer> {
  const asked = request({ host: "127.0.0.1", port, path });
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const { date: _date, ...headers } = response.headers;
  return { headers, body: Buffer.concat(chunks).toString() };
}

/** All that comes on a connection until it is closed. */
async function askRaw(text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(text);
  let seen = "";
  for await (const chunk of socket.setEncoding("utf8")) seen += String(chunk);
  return seen.replaceAll(/Date: .*\r\n/g, "");
}

describe("a stream over HTTP/1.1", { timeout: 30_000 }, () => {
  it("arrives as the platform's own framing would bring it, however it is written", async () => {
    const pieces = fc.array(fc.oneof(fc.string({ unit: "grapheme", maxLength: 20 }), fc.constant("x".repeat(20_000))), {
      minLength: 1,
      maxLength: 4,
    });
    const write = pieces.filter((all) => all.join("") !== "");
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { maxLength: 4 }),
        fc.array(fc.string({ unit: "grapheme", maxLength: 20 }), { maxLength: 3 }),
        async (writes, last) => {
          script = { writes, last };
          const own = await ask("/");
          assert.deepEqual(own, await ask("/platform"));
          assert.equal(own.body, [...writes, last].flat().join(""));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("leaves the connection in order for the requests behind it", async () => {
    script = { writes: [["one ", "two "], ["three "]], last: ["four"] };
    const three =
      "GET / HTTP/1.1\r\nhost: x\r\n\r\nGET /platform HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    const answers = (await askRaw(three)).split("HTTP/1.1 200 OK\r\n").slice(1);
    assert.equal(answers.length, 3);
    for (const answer of answers) assert.match(answer, /\r\n\r\n8\r\none two \r\n6\r\nthree \r\n4\r\nfour\r\n0\r\n\r\n$/);
  });

  it("has no frames for a client of HTTP/1.0, and ends with the connection", async () => {
    script = { writes: [["one ", "two "]], last: ["three"] };
    const own = await askRaw("GET / HTTP/1.0\r\n\r\n");
    assert.match(own, /\r\n\r\none two three$/);
    assert.equal(own, await askRaw("GET /platform HTTP/1.0\r\n\r\n"));
  });
});
