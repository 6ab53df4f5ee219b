import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, describe, test } from "node:test";
import { sha256 } from "../../src/lib/secret.ts";
import { Parties } from "../support/parties.ts";
import { within } from "../support/within.ts";

const [master, team, plain] = ["sk-master-0123456789", "sk-team-0123456789", "sk-plain-0123456789"];
const targetKey = "target-secret-0123456789";

interface Hit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

function ignore(): void {}

describe("paths that lead to other servers", () => {
  const parties = new Parties();
  let target: Server;
  let origin: string;
  let host: string;
  let port: number;
  let hits: Hit[] = [];
  let answer: (hit: Hit) => void = ignore;

  before(async () => {
    target = createServer((request, response) => {
      const hit = { request, response };
      hits.push(hit);
      answer(hit);
    });
    target.listen(0, "127.0.0.1");
    await once(target, "listening");
    const at = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
    const service = await parties.service(
      `
general_settings:
  master_key: ${master}
  litellm_key_header_name: x-own-key
  pass_through_endpoints:
    - {path: /search, target: "${at}/base?k=own", include_subpath: true, headers: {Authorization: "bearer os.environ/TARGET_KEY"}}
    - {path: /open, target: "${at}/open", auth: false, methods: [GET]}
    - {path: /slow, target: "${at}/slow", timeout: 0.05}
    - {path: /gone, target: "http://127.0.0.1:1/"}
model_list:
  - {model_name: m, litellm_params: {model: mock/m}}
keys:
  - {name: team, sha256: ${sha256(team)}, endpoints: [pass_through]}
  - {name: plain, sha256: ${sha256(plain)}}
`,
      { env: { TARGET_KEY: targetKey } },
    );
    ({ origin, host, port } = service);
  });

  beforeEach(() => {
    hits = [];
    answer = ({ response }) => response.end("ok");
  });

  after(async () => {
    await parties.end();
    target.closeAllConnections();
    await new Promise((resolve) => target.close(resolve));
  });

  const headers = { authorization: `Bearer ${team}` };

  function hitOf(): Hit {
    const [hit] = hits;
    assert.ok(hit !== undefined && hits.length === 1);
    return hit;
  }

  test("a request goes on with the target's credentials and nothing of the caller's, and its answer comes back", async () => {
    answer = ({ response }) => {
      response.writeHead(418, { "x-kept": "1", "set-cookie": "a=b", connection: "close", "content-type": "text/plain" });
      response.end("short and stout");
    };
    const secrets = [
      "x-api-key",
      "api-key",
      "x-goog-api-key",
      "x-own-key",
      "cookie",
      "proxy-authorization",
      "x-litellm-api-key",
      "ocp-apim-subscription-key",
    ];
    const response = await fetch(`${origin}/search//a/b?q=1&k=mine`, {
      method: "PUT",
      headers: {
        ...headers,
        ...Object.fromEntries(secrets.map((name) => [name, `Bearer ${team}`])),
        "x-kept": "2",
        "content-type": "text/csv",
      },
      body: "a,b",
    });
    assert.deepEqual([response.status, await response.text()], [418, "short and stout"]);
    assert.deepEqual([response.headers.get("x-kept"), response.headers.get("set-cookie")], ["1", null]);
    const { request } = hitOf();
    assert.deepEqual([request.method, request.url], ["PUT", "/base/a/b?k=own&q=1"]);
    assert.deepEqual(
      [request.headers.authorization, request.headers["x-kept"], request.headers["content-type"], request.headers["content-length"]],
      [`bearer ${targetKey}`, "2", "text/csv", "3"],
    );
    assert.ok(!JSON.stringify(request.rawHeaders).includes(team));
  });

  test("a redirect comes back as it is, and nobody follows it", async () => {
    answer = ({ response }) => response.writeHead(302, { location: "http://elsewhere.example/" }).end();
    const response = await fetch(`${origin}/search`, { headers, redirect: "manual" });
    assert.deepEqual([response.status, response.headers.get("location")], [302, "http://elsewhere.example/"]);
  });

  test("HEAD has no body, and a packed answer stays packed", async () => {
    answer = ({ response }) => response.writeHead(200, { "content-encoding": "x-strange", "content-length": "5" }).end("12345");
    assert.equal((await fetch(`${origin}/search`, { method: "HEAD", headers })).headers.get("content-length"), "5");
    const raw = await fetch(`${origin}/search`, { headers });
    assert.deepEqual([raw.headers.get("content-encoding"), await raw.text()], ["x-strange", "12345"]);
  });

  for (const path of [
    "/search/../x",
    "/search/%2e%2e/x",
    "/search/a%2f..%2f..%2fx",
    "/search/..%5cx",
    "/search/%252e%252e/x",
    "/search/..;/x",
  ]) {
    test(`${path} goes nowhere`, async () => {
      const socket = connect(port, host);
      socket.end(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${team}\r\nconnection: close\r\n\r\n`);
      const reply = await text(socket);
      assert.match(reply, /^HTTP\/1\.1 400 .*"type":"invalid_request_error"/s);
      assert.equal(hits.length, 0);
    });
  }

  for (const [what, path, given, status] of [
    ["no key", "/search", {}, 401],
    ["a key that does not name pass_through", "/search", { authorization: `Bearer ${plain}` }, 403],
    ["the master key", "/search", { authorization: `Bearer ${master}` }, 200],
    ["no key, where none is asked for", "/open", {}, 200],
    ["a page that may not call", "/open", { origin: "https://evil.example" }, 403],
    ["a path below one that has none", "/open/x", {}, 404],
    ["a target that is not there", "/gone", headers, 502],
  ] as const) {
    test(`${what} is answered with ${status}`, async () => {
      const response = await fetch(`${origin}${path}`, { headers: given });
      assert.equal(response.status, status);
      if (status >= 400) assert.equal(typeof ((await response.json()) as { error: { message: string } }).error.message, "string");
    });
  }

  test("a method that is not let through is named", async () => {
    const response = await fetch(`${origin}/open`, { method: "POST", body: "x" });
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET"]);
  });

  test("a target that does not answer in time is given up", async () => {
    answer = ignore;
    const response = await fetch(`${origin}/slow`, { headers });
    assert.equal(response.status, 504);
    await within(once(hitOf().response, "close"), "the target heard of it");
  });

  test("an answer that is cut is cut for the caller too", async () => {
    answer = ({ response }) => response.write("half", () => response.destroy());
    const response = await fetch(`${origin}/search`, { headers });
    await assert.rejects(response.text());
  });

  test("both bodies come as they are made", async () => {
    const body = new Readable({ read: ignore });
    answer = ({ request, response }) => {
      response.flushHeaders();
      request.pipe(response);
    };
    body.push("one");
    const response = await fetch(`${origin}/search`, {
      method: "POST",
      headers,
      body: Readable.toWeb(body) as ReadableStream,
      duplex: "half",
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    assert.equal((await reader?.read())?.value, "one");
    body.push("two");
    assert.equal((await reader?.read())?.value, "two");
    body.push(null);
    assert.equal((await reader?.read())?.done, true);
  });
});
