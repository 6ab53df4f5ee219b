import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  brotliCompressSync,
  createDeflateRaw,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
  constants,
  type ZlibOptions,
} from "node:zlib";
import { withoutByteOrderMark } from "../../src/rest/without-byte-order-mark.ts";
import { ask, rawConnection, type HttpAnswer, type HttpVersion } from "../support/http-client.ts";
import { listeningRest, type ListeningServer } from "../support/rest-fixture.ts";
import { ScriptedRouter } from "../support/scripted-router.ts";

const limitBytes = 1_000_000;
const mark = Buffer.from([0xef, 0xbb, 0xbf]);
const chat = (padding = 0): Buffer => Buffer.from(JSON.stringify({ model: "gpt-4", messages: [], padding: "x".repeat(padding) }));
const least = chat().length;

/** What each coding is called, and how it is made. */
const packers: readonly (readonly [what: string, header: string, pack: (bytes: Buffer) => Buffer])[] = [
  ["gzip", "gzip", gzipSync],
  ["gzip's old name", "x-gzip", gzipSync],
  ["gzip in capitals, and identity", "GZIP , identity", gzipSync],
  ["deflate", "deflate", deflateSync],
  ["deflate without zlib's head", "deflate", deflateRawSync],
  ["br", "br", (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ["zstd", "zstd", zstdCompressSync],
];

const versions: readonly HttpVersion[] = ["http1", "http2"];

describe("request bodies that are packed", () => {
  const router = new ScriptedRouter({ kind: "reply", body: { ok: true } });
  let rest: ListeningServer;
  before(async () => (rest = await listeningRest(router, { maxBodyBytes: limitBytes })));
  after(() => rest[Symbol.asyncDispose]());

  const post = (version: HttpVersion, coding: string, body: Buffer): Promise<HttpAnswer> => {
    const headers = { "content-type": "application/json", "content-encoding": coding };
    return ask(rest.port, version, { method: "POST", path: "/v1/chat/completions", headers, body });
  };
  const refused = async (coding: string, body: Buffer, status: number, says: RegExp): Promise<HttpAnswer> => {
    const calls = router.calls.length;
    let last: HttpAnswer | undefined;
    for (const version of versions) {
      const answer = await post(version, coding, body);
      assert.equal(answer.status, status, `${version}: ${answer.text}`);
      assert.match(answer.text, says);
      last = answer;
    }
    assert.equal(router.calls.length, calls, "nothing was started");
    assert.ok(last !== undefined);
    return last;
  };

  for (const [what, coding, pack] of packers) {
    test(`${what}: unpacked, up to the limit, with a byte order mark or without`, async () => {
      for (const version of versions) {
        for (const body of [chat(), Buffer.concat([mark, chat()]), chat(50_000), chat(limitBytes - least)]) {
          const answer = await post(version, coding, pack(body));
          assert.equal(answer.status, 200, answer.text);
          assert.equal(router.calls.at(-1)?.model, "gpt-4");
        }
      }
    });

    test(`${what}: a byte over the limit, and a bomb, are 413 by their unpacked size`, async () => {
      for (const body of [chat(limitBytes - least + 1), Buffer.alloc(40 * limitBytes, 0x20)]) {
        await refused(coding, pack(body), 413, /too large: at most 1000000 bytes are allowed/);
      }
    });

    test(`${what}: what is cut short, damaged, empty or has more behind it is 400`, async () => {
      const packed = pack(chat(10_000));
      const damaged = Buffer.from(packed);
      damaged.fill(0xff, 0, Math.min(12, damaged.length));
      const behind = Buffer.concat([packed, Buffer.from("GET / HTTP/1.1\r\n\r\n")]);
      for (const body of [packed.subarray(0, -3), packed.subarray(0, 3), damaged, behind, Buffer.alloc(0), chat()]) {
        await refused(coding, body, 400, /cannot be unpacked/);
      }
    });
  }

  for (const coding of ["gzip, br", "gzip,gzip", "compress", "aes128gcm", "gzip;q=1", "x".repeat(5_000)]) {
    test(`content-encoding ${coding.slice(0, 20)} is 415, which names what is taken`, async () => {
      const answer = await refused(coding, gzipSync(chat()), 415, /use one of gzip, deflate, br, zstd, or none/);
      assert.equal(answer.headers["accept-encoding"], "gzip, deflate, br, zstd");
      assert.ok(answer.text.length < 500);
    });
  }

  test("a coding that goes on for ever and holds nothing ends at the limit too", async () => {
    const empty = await storedBlocks(400_000);
    assert.ok(empty.length > limitBytes);
    await refused("deflate", empty, 413, /too large/);
  });

  test("a window of zstd that is larger than a coding may have is not made room for", async () => {
    assert.equal((await post("http1", "zstd", zstdFrame(23))).status, 200);
    for (const windowLog of [24, 27, 31, 41]) await refused("zstd", zstdFrame(windowLog), 400, /cannot be unpacked/);
  });

  test("identity, and an empty header, are plain bodies", async () => {
    for (const coding of ["identity", "Identity, identity", ""]) assert.equal((await post("http1", coding, chat())).status, 200);
  });

  test("a plain body may begin with a byte order mark, and only with one", async () => {
    assert.equal((await post("http1", "identity", Buffer.concat([mark, chat()]))).status, 200);
    await refused("identity", Buffer.concat([mark, mark, chat()]), 400, /JSON/);
    await refused("identity", mark, 400, /empty/);
  });

  test("a caller that hangs up within a packed body starts nothing, and the connection after a refusal is of use", async () => {
    const calls = router.calls.length;
    const gone = await rawConnection(rest.port);
    const head = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n";
    gone.socket.write(`${head}content-length: 500\r\n\r\n`);
    gone.socket.write(gzipSync(chat(10_000)).subarray(0, 20));
    gone.socket.destroy();
    const kept = await rawConnection(rest.port);
    const bomb = gzipSync(Buffer.alloc(20 * limitBytes));
    kept.socket.write(Buffer.concat([Buffer.from(`${head}content-length: ${bomb.length}\r\n\r\n`), bomb]));
    await kept.until(/ 413 /);
    const good = gzipSync(chat());
    kept.socket.write(Buffer.concat([Buffer.from(`${head}content-length: ${good.length}\r\n\r\n`), good]));
    await kept.until(/ 200 OK/);
    kept.socket.destroy();
    assert.equal(router.calls.length, calls + 1);
    assert.deepEqual(rest.internalErrors, []);
  });
});

/** A call as a frame of zstd with one block, which is not packed. @param windowLog What the frame asks for, as a power of two. */
function zstdFrame(windowLog: number): Buffer {
  const block = Buffer.alloc(3);
  block.writeUIntLE((least << 3) | 1, 0, 3);
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (windowLog - 10) << 3]), block, chat()]);
}

/** A body of deflate that is made of blocks without content. */
function storedBlocks(count: number): Promise<Buffer> {
  const options: ZlibOptions = { level: 0 };
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const pieces: Buffer[] = [];
  const packer = createDeflateRaw(options);
  packer.on("data", (piece: Buffer) => pieces.push(piece));
  packer.on("end", () => {
    const block = Buffer.from([0x00, 0x00, 0x00, 0xff, 0xff]);
    resolve(Buffer.concat([...Array.from({ length: count }, () => block), ...pieces]));
  });
  packer.end();
  return promise;
}

test("a byte order mark is skipped however the pieces were cut", () => {
  const body = Buffer.concat([mark, Buffer.from("{}")]);
  for (let first = 0; first <= body.length; first++) {
    for (let second = first; second <= body.length; second++) {
      const pieces = [body.subarray(0, first), body.subarray(first, second), body.subarray(second)].filter((one) => one.length > 0);
      assert.equal(Buffer.concat(withoutByteOrderMark(pieces)).toString(), "{}");
    }
  }
  for (const other of [[], [Buffer.from("{}")], [Buffer.from([0xef])], [Buffer.from([0xef, 0xbb]), Buffer.from("{}")]]) {
    assert.equal(withoutByteOrderMark(other), other);
  }
});
