import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type { Upstream } from "../../src/core/upstream.ts";
import { HttpUpstream } from "../../src/upstream/http-upstream.ts";
import { Recorder } from "./support.ts";
import { UndiciUpstream } from "./undici-upstream.ts";

/** What a server does with a request: the pieces that it writes, and whether it ends the connection behind them. */
interface Script {
  readonly pieces: readonly Buffer[];
  readonly ends: boolean;
}

/** One that says to every request what the script of the moment has. */
const server = createServer({ noDelay: true }, (socket: Socket) => {
  let seen = "";
  socket.on("error", () => {});
  socket.on("data", (data) => {
    seen += data.toString("latin1");
    if (!seen.endsWith("\r\n\r\n{}")) return;
    requests.push(seen);
    latest = socket;
    seen = "";
    void play(socket, script);
  });
});
let script: Script = { pieces: [], ends: false };
/** The connection that was asked last. */
let latest: Socket | undefined;
const requests: string[] = [];

async function play(socket: Socket, { pieces, ends }: Script): Promise<void> {
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await new Promise(setImmediate);
    socket.write(piece);
  }
  if (ends) socket.end();
}

server.listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const own = new HttpUpstream();
const undici = new UndiciUpstream();
after(async () => {
  await Promise.all([own.destroy(), undici.destroy()]);
  server.close();
});

interface Seen {
  readonly status: number | undefined;
  readonly headers: unknown;
  readonly body: string;
  /** `connect` or `broken` where it failed; undefined: it ended well. */
  readonly failure: string | undefined;
}

async function ask(upstream: Upstream): Promise<Seen> {
  const request = {
    method: "POST",
    origin,
    path: "/v1/x",
    headers: { "content-type": "application/json" },
    body: [Buffer.from("{}")],
  } as const;
  const recorder = Recorder.send(upstream, request);
  await recorder.settled();
  const { status, headers, text, failure } = recorder;
  return { status, headers: { ...headers }, body: text, failure: failure?.kind };
}

async function askBoth(text: string, ends: boolean, cuts: readonly number[] = []): Promise<{ readonly own: Seen; readonly undici: Seen }> {
  const bytes = Buffer.from(text, "latin1");
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  const pieces = [0, ...places]
    .map((from, index) => bytes.subarray(from, places[index] ?? bytes.length))
    .filter((piece) => piece.length > 0);
  script = { pieces, ends };
  return { own: await ask(own), undici: await ask(undici) };
}

const ok = "HTTP/1.1 200 OK\r\n";

const replies: Readonly<Record<string, { readonly text: string; readonly ends?: boolean }>> = {
  "a length": { text: `${ok}content-length: 5\r\n\r\nhello` },
  "no body": { text: `${ok}content-length: 0\r\n\r\n` },
  chunks: { text: `${ok}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n` },
  "chunks with extensions, upper-case sizes and trailers": {
    text: `${ok}Transfer-Encoding: Chunked\r\n\r\nA;a=b;c="d"\r\n0123456789\r\n00\r\nX-Trailer: yes\r\nother: 1\r\n\r\n`,
  },
  "neither, until the connection ends": { text: `${ok}x: y\r\n\r\nall of it`, ends: true },
  "HTTP/1.0": { text: "HTTP/1.0 200 OK\r\n\r\nold", ends: true },
  "HTTP/1.0 that keeps the connection": { text: "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 3\r\n\r\nold" },
  "no reason phrase": { text: "HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok" },
  "no headers": { text: `${ok}\r\nx`, ends: true },
  "204": { text: "HTTP/1.1 204 No Content\r\n\r\n" },
  "304": { text: "HTTP/1.1 304 Not Modified\r\ncontent-length: 0\r\n\r\n" },
  "early hints before it": {
    text: `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${ok}content-length: 1\r\n\r\nx`,
  },
  "headers given twice, with spaces around values, of any case": {
    text: `${ok}Set-Cookie: a=1\r\nset-cookie: b=2\r\nX-Empty:\r\nx-Spaced: \t a b\r\nX-Latin: \xe9\xff\r\n__proto__: x\r\nconstructor: y\r\ncontent-length: 1\r\n\r\nx`,
  },
  "connection: close": { text: `${ok}connection: close\r\ncontent-length: 1\r\n\r\nx`, ends: true },
  "a short-lived connection": { text: `${ok}keep-alive: timeout=1\r\ncontent-length: 1\r\n\r\nx` },
  "an error": { text: "HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 2\r\n\r\n{}" },
  "an end in the middle of a head": { text: `${ok}content-le`, ends: true },
  "an end in the middle of a length": { text: `${ok}content-length: 5\r\n\r\nhel`, ends: true },
  "an end in the middle of chunks": { text: `${ok}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`, ends: true },
  "an end without a word": { text: "", ends: true },
  "another protocol": { text: "SSH-2.0-OpenSSH_9.2\r\n" },
  "another version": { text: "HTTP/3.0 200 OK\r\ncontent-length: 0\r\n\r\n" },
  "a malformed status": { text: "HTTP/1.1 2x0 OK\r\ncontent-length: 0\r\n\r\n" },
  "a header without a colon": { text: `${ok}nonsense\r\ncontent-length: 0\r\n\r\n` },
  "a space before a colon": { text: `${ok}content-length : 0\r\n\r\n` },
  "a space in a name": { text: `${ok}a b: c\r\ncontent-length: 0\r\n\r\n` },
  "a control character in a value": { text: `${ok}a: b\x01c\r\ncontent-length: 0\r\n\r\n` },
  "a length that is no number": { text: `${ok}content-length: 5x\r\n\r\nhello` },
  "a negative length": { text: `${ok}content-length: -5\r\n\r\nhello` },
  "two lengths": { text: `${ok}content-length: 5\r\ncontent-length: 6\r\n\r\nhello!` },
  "the same length twice": { text: `${ok}content-length: 5\r\ncontent-length: 5\r\n\r\nhello` },
  "a length and chunks": { text: `${ok}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n` },
  "a chunk size that is no number": { text: `${ok}transfer-encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n` },
  "a chunk without a size": { text: `${ok}transfer-encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n` },
  "a chunk size that overflows": { text: `${ok}transfer-encoding: chunked\r\n\r\n${"f".repeat(17)}\r\nhello\r\n0\r\n\r\n` },
  "a switch of protocols": { text: "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n" },
  "a head that is far too long": { text: `${ok}x: ${"y".repeat(20_000)}\r\ncontent-length: 0\r\n\r\n` },
};

describe("HttpUpstream beside undici's client", { timeout: 60_000 }, () => {
  for (const [name, { text, ends = false }] of Object.entries(replies)) {
    it(`reads ${name} the same`, async () => {
      const seen = await askBoth(text, ends);
      assert.deepEqual(seen.own, seen.undici);
    });
  }

  it("gives nothing of a packet whose chunks are malformed, where undici gives what stands before the fault", async () => {
    const seen = await askBoth(`${ok}transfer-encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n`, false);
    assert.deepEqual(seen.undici, { ...seen.own, body: "he" });
    assert.deepEqual([seen.own.body, seen.own.failure], ["", "broken"]);
  });

  it("takes the space behind a value for no part of it, as HTTP has it and undici does not", async () => {
    const seen = await askBoth(`${ok}x-spaced: \t a b \t\r\ncontent-length: 0\r\n\r\n`, false);
    assert.deepEqual(seen.own.headers, { "x-spaced": "a b", "content-length": "0" });
    assert.deepEqual(seen.undici.headers, { "x-spaced": "a b \t", "content-length": "0" });
  });

  it("sends the same bytes", async () => {
    requests.length = 0;
    await askBoth(`${ok}content-length: 0\r\n\r\n`, false);
    assert.equal(requests[0], requests[1]);
  });

  it("reads replies the same wherever they are cut", async () => {
    const body = fc.array(fc.string({ unit: "binary-ascii", maxLength: 40 }), { maxLength: 5 });
    const reply = fc.oneof(
      body.map((parts) => ({ text: `${ok}content-length: ${parts.join("").length}\r\n\r\n${parts.join("")}`, ends: false })),
      body.map((parts) => ({
        text: `${ok}transfer-encoding: chunked\r\n\r\n${parts.map((part) => (part === "" ? "" : `${part.length.toString(16)}\r\n${part}\r\n`)).join("")}0\r\n\r\n`,
        ends: false,
      })),
      body.map((parts) => ({ text: `${ok}x: y\r\n\r\n${parts.join("")}`, ends: true })),
    );
    await fc.assert(
      fc.asyncProperty(reply, fc.array(fc.nat(), { maxLength: 12 }), async ({ text, ends }, cuts) => {
        const seen = await askBoth(text, ends, cuts);
        assert.equal(seen.own.failure, undefined);
        assert.deepEqual(seen.own, seen.undici);
      }),
      { numRuns: 150 },
    );
  });

  const unasked = [`${ok}content-length: 5\r\n\r\nwrong`, "HTT", "x"];
  for (const rest of unasked) {
    it(`takes nothing for an answer that came unasked: ${JSON.stringify(rest)}`, async () => {
      const right = { pieces: [Buffer.from(`${ok}content-length: 5\r\n\r\nright`)], ends: false };
      const first = Buffer.from(`${ok}content-length: 5\r\n\r\nfirst`);
      // With the answer before it; while the connection is idle; and when it has just arrived.
      const ways: readonly (() => Promise<void>)[] = [
        async () => {
          script = { pieces: [Buffer.concat([first, Buffer.from(rest)])], ends: false };
          assert.equal((await ask(own)).body, "first");
        },
        async () => {
          script = { pieces: [first, Buffer.from(rest)], ends: false };
          assert.equal((await ask(own)).body, "first");
          await sleep(20);
        },
        async () => {
          script = { pieces: [first], ends: false };
          assert.equal((await ask(own)).body, "first");
          await sleep(5);
          latest?.write(rest);
        },
      ];
      for (const way of ways) {
        await way();
        const before = latest;
        script = right;
        assert.equal((await ask(own)).body, "right");
        assert.notEqual(latest, before, "the connection was used again");
      }
    });
  }
});
