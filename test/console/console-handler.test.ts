import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request, type IncomingMessage } from "node:http";
import { connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { brotliDecompressSync, gunzipSync, brotliCompressSync, gzipSync } from "node:zlib";
import { createConsoleHandler } from "../../src/console/console-handler.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createServer, type Server } from "../../src/server/server.ts";

const html = "<!doctype html><title>Huntgroup</title>";
const script = `console.log(${JSON.stringify("much of the same ".repeat(50))});`;
const secret = "not the console's";

const root = mkdtempSync(join(tmpdir(), "huntgroup-console-"));
const folder = join(root, "console");
mkdirSync(join(folder, "assets"), { recursive: true });
writeFileSync(join(root, "secret.txt"), secret);
writeFileSync(join(root, "secret.html"), secret);
writeFileSync(join(folder, "index.html"), html);
writeFileSync(join(folder, "assets/index-1a2b.js"), script);
writeFileSync(join(folder, "assets/index-1a2b.js.br"), brotliCompressSync(script));
writeFileSync(join(folder, "assets/index-1a2b.js.gz"), gzipSync(script));
writeFileSync(join(folder, "assets/notes.txt"), secret);

const page = "/console/";
const asset = "/console/assets/index-1a2b.js";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

function serve(consoleFolder: string): Server {
  return createServer({
    host: "127.0.0.1",
    port: 0,
    clock: systemClock,
    rpc: { matches: () => false, handle: () => {} },
    rest: (_request, response) => {
      response.statusCode = 404;
      response.end("REST");
    },
    console: createConsoleHandler({ folder: consoleFolder }),
    onInternalError: (error) => {
      throw error;
    },
  });
}

describe("the console's handler", () => {
  const server = serve(folder);
  let port = 0;
  before(async () => {
    ({ port } = await server.listen());
  });
  after(async () => {
    await server.close();
    rmSync(root, { recursive: true });
  });

  /** The path goes out as it is written here. */
  async function ask(path: string, options: { method?: string; headers?: Record<string, string> } = {}, to = port): Promise<Answer> {
    const asked = request({ host: "127.0.0.1", port: to, path, agent: false, ...options });
    asked.end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    const body = Buffer.concat(await response.toArray());
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  }

  test("serves the page, asked about each time, and no other page may frame it", async () => {
    for (const path of [page, "/console/?from=somewhere", "/console/index.html"]) {
      const { status, headers, body } = await ask(path);
      assert.equal(status, 200);
      assert.equal(body.toString(), html);
      assert.equal(headers["content-type"], "text/html; charset=utf-8");
      assert.equal(headers["cache-control"], "no-cache");
    }
  });

  test("leads from /console to the page by a relative link, so that a proxy's path before it stays", async () => {
    const { status, headers } = await ask("/console");
    assert.equal(status, 308);
    assert.equal(headers["location"], "console/");
  });

  test("serves an asset for ever, in the smallest form that is taken", async () => {
    const forms: readonly (readonly [accepted: string | undefined, encoding: string | undefined, decode: (body: Buffer) => Buffer])[] = [
      [undefined, undefined, (body) => body],
      ["identity", undefined, (body) => body],
      ["gzip, deflate", "gzip", gunzipSync],
      ["gzip, deflate, br, zstd", "br", brotliDecompressSync],
      ["BR;q=0.5, gzip", "br", brotliDecompressSync],
      ["br;q=0, gzip;q=1", "gzip", gunzipSync],
      ["br;q=0.0, gzip;q=0", undefined, (body) => body],
    ];
    for (const [accepted, encoding, decode] of forms) {
      const { status, headers, body } = await ask(asset, accepted === undefined ? {} : { headers: { "accept-encoding": accepted } });
      assert.equal(status, 200);
      assert.equal(headers["content-encoding"], encoding);
      assert.equal(decode(body).toString(), script);
      assert.equal(headers["content-length"], body.length.toString());
      assert.equal(headers["cache-control"], "public, max-age=31536000, immutable");
      assert.equal(headers["vary"], "accept-encoding");
    }
  });

  test("answers 304 to who has it already, and only then", async () => {
    const { headers } = await ask(page);
    const etag = String(headers["etag"]);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const again = await ask(page, { headers: { "if-none-match": known } });
      assert.equal(again.status, 304, known);
      assert.equal(again.body.length, 0);
      assert.equal(again.headers["etag"], etag);
    }
    assert.equal((await ask(page, { headers: { "if-none-match": '"other"' } })).status, 200);
    const { headers: compressed } = await ask(asset, { headers: { "accept-encoding": "br" } });
    assert.notEqual(compressed["etag"], (await ask(asset)).headers["etag"], "each form has a tag of its own");
  });

  test("says on every answer that nothing of others may be loaded, sniffed, framed or told", async () => {
    for (const answer of [
      await ask("/console"),
      await ask(page),
      await ask(asset),
      await ask("/console/none"),
      await ask(page, { method: "POST" }),
    ]) {
      const policy = String(answer.headers["content-security-policy"]);
      assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe|\*|data:|http/);
      assert.equal(answer.headers["x-content-type-options"], "nosniff");
      assert.equal(answer.headers["x-frame-options"], "DENY");
      assert.equal(answer.headers["referrer-policy"], "no-referrer");
    }
  });

  const outside = [
    "/console/../secret.txt",
    "/console/..%2fsecret.txt",
    "/console/%2e%2e/secret.html",
    "/console/assets/../../secret.html",
    "/console/assets/..\\..\\secret.html",
    "/console//etc/passwd",
    "/console/assets/",
    "/console/assets",
    "/console/assets/notes.txt",
    "/console/assets/index-1a2b.js.br",
    "/console/assets/index-1a2b.js%00.html",
    "/console/__proto__",
    "/console/constructor",
  ];
  for (const path of outside) {
    test(`has nothing at ${path}`, async () => {
      const { status, body } = await ask(path);
      assert.equal(status, 404);
      assert.doesNotMatch(body.toString(), new RegExp(`${secret}|root:`));
    });
  }

  for (const path of ["/", "/consoles", "/consolex/", "/v1/console", "/Console"]) {
    test(`leaves ${path} to others`, async () => {
      assert.equal((await ask(path)).body.toString(), "REST");
    });
  }

  test("is only looked at", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const { status, headers } = await ask(page, { method });
      assert.equal(status, 405);
      assert.equal(headers["allow"], "GET, HEAD");
    }
    const head = await ask(page, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.headers["content-length"], html.length.toString());
    assert.equal(head.body.length, 0);
  });

  test("answers the same over HTTP/2", async () => {
    const session = connect(`http://127.0.0.1:${port}`);
    try {
      for (const [method, path, status, text] of [
        ["GET", page, 200, html],
        ["HEAD", page, 200, ""],
        ["GET", "/console", 308, ""],
        ["HEAD", "/console/none", 404, ""],
      ] as const) {
        const stream = session.request({ ":method": method, ":path": path });
        const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
        const body = Buffer.concat(await stream.toArray());
        assert.equal(headers[":status"], status);
        assert.equal(body.toString(), text);
        assert.equal(headers["x-content-type-options"], "nosniff");
      }
    } finally {
      session.close();
    }
  });

  test("says how it is built where it was not", async () => {
    const unbuilt = serve(join(root, "nowhere"));
    const { port: to } = await unbuilt.listen();
    try {
      const { status, body } = await ask(page, {}, to);
      assert.equal(status, 404);
      assert.match(body.toString(), /npm run build:console/);
    } finally {
      await unbuilt.close();
    }
  });
});
