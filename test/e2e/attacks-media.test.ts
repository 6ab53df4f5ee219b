import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import type { Call } from "../../src/core/call.ts";
import { RouterError } from "../../src/core/errors.ts";
import type { MediaFetch } from "../../src/core/upstream.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { scanMembers } from "../../src/lib/json/json-splice.ts";
import { isPublicAddress } from "../../src/upstream/public-address.ts";
import { MediaDownloads } from "../../src/upstream/media-fetcher.ts";
import { Authority } from "../support/certificates.ts";
import { callOf } from "../support/core-fixture.ts";
import { startService, type RunningTestService } from "../support/start-service.ts";

/** What a caller may name by address, and what a server at that address may do. */

const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
const place = "messages[0].content[0]";

function callFor(...urls: readonly string[]): Call {
  const content = urls.map((url) => ({ type: "image_url", image_url: { url } }));
  const bytes = Buffer.from(JSON.stringify({ model: "m", big: 1, messages: [{ role: "user", content }] }));
  return callOf({ body: { bytes, members: scanMembers(bytes) } });
}

function send(body: Buffer): (request: IncomingMessage, response: ServerResponse) => void {
  return (_request, response) => void response.end(body);
}

function configOf(setting: string): string {
  return `model_list:\n  - {model_name: m, litellm_params: {model: gemini/gemini-2.5-flash, api_key: k}}\ngeneral_settings: {${setting}}\n`;
}

describe("what a call names by address", { timeout: 30_000 }, () => {
  const authority = new Authority();
  const { cert, key } = authority.issue({ name: "pictures.example", dns: ["pictures.example", "twin.example"] });
  let server: Server;
  let port: number;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let hits: IncomingMessage[] = [];
  let lookups: string[] = [];
  /** Addresses of names: each lookup takes the next answer, of the last one on. */
  let names: Readonly<Record<string, readonly (readonly string[])[]>> = {};

  before(async () => {
    server = createServer({ cert, key }, (request, response) => {
      hits.push(request);
      answer(request, response);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    ({ port } = server.address() as AddressInfo);
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  afterEach(() => {
    [hits, lookups] = [[], []];
    names = { "pictures.example": [["127.0.0.1"]], "twin.example": [["127.0.0.1"]] };
  });

  // This machine's address stands for the one public address that there is here; all others are judged as they are.
  const downloads = new MediaDownloads(true, systemClock, {
    authorities: authority.cert,
    isPublic: (address) => address === "127.0.0.1" || isPublicAddress(address),
    resolve(host) {
      lookups.push(host);
      const answers = names[host];
      const now = answers?.[Math.min(lookups.length, answers.length) - 1];
      return now === undefined ? Promise.reject(new Error("ENOTFOUND")) : Promise.resolve(now);
    },
  });
  const fetched = (call: Call, withinMs = 5_000): Promise<Call | RouterError> =>
    new Promise((done) => void downloads.fetch(call, withinMs, done));
  async function refused(call: Call, withinMs?: number): Promise<string> {
    const error = await fetched(call, withinMs);
    assert.ok(error instanceof RouterError, "it was fetched");
    assert.deepEqual([error.code, error.param?.replace(/\d+\]$/, "0]")], ["invalid_request", place]);
    return error.message;
  }
  const at = (path: string, host = "pictures.example"): string => `https://${host}:${port}${path}`;
  test("is fetched once, without credentials, and stands in the request by what its bytes are", async () => {
    names = { "pictures.example": [["127.0.0.1"]] };
    answer = (_request, response) => void response.writeHead(200, { "content-type": "text/html", "set-cookie": "a=b" }).end(png);
    const call = callFor(at("/a.gif?q=1"), at("/a.gif?q=1"));
    assert.deepEqual([...(downloads.placesIn(call) ?? [])], [place, "messages[0].content[1]"]);
    const result = await fetched(call);
    assert.ok(!(result instanceof RouterError));
    const url = `data:image/png;base64,${png.toString("base64")}`;
    const content = [0, 1].map(() => ({ type: "image_url", image_url: { url } }));
    assert.deepEqual(JSON.parse(result.body.bytes.toString()), { model: "m", big: 1, messages: [{ role: "user", content }] });
    assert.equal(hits.length, 1);
    const headers = Object.keys(hits[0]?.headers ?? {}).toSorted();
    assert.deepEqual(headers, ["accept", "accept-encoding", "connection", "host", "user-agent"]);
    assert.equal(hits[0]?.url, "/a.gif?q=1");
  });

  test("is not fetched from addresses that are not public, in any form, and nothing says which it was", async () => {
    const hosts = [
      "169.254.169.254",
      "10.0.0.1",
      "2130706434",
      "0x7f000002",
      "017700000002",
      "127.2",
      "0.0.0.0",
      "localhost",
      "nowhere.example",
    ];
    hosts.push("[::1]", "[::ffff:127.0.0.2]", "[::ffff:a9fe:a9fe]", "[fd00::1]", "[fe80::1]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]");
    for (const host of hosts) assert.equal(await refused(callFor(at("/", host))), `${place} is at no public address.`, host);
    for (const inner of ["10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "fd00::1"]) {
      names = { "pictures.example": [["127.0.0.1", inner]] };
      lookups = [];
      assert.match(await refused(callFor(at("/"))), /no public address/);
    }
    assert.equal(hits.length, 0);
  });

  test("is fetched from the very address that was judged: a name that leads elsewhere the next time changes nothing", async () => {
    names = { "pictures.example": [["127.0.0.1"], ["169.254.169.254"]] };
    answer = send(png);
    assert.ok(!((await fetched(callFor(at("/")))) instanceof RouterError));
    assert.deepEqual(lookups, ["pictures.example"]);
    assert.match(await refused(callFor(at("/"))), /no public address/);
  });

  test("is fetched over https alone, of a host that shows its certificate", async () => {
    names = { "pictures.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]] };
    answer = send(png);
    assert.match(await refused(callFor(`http://pictures.example:${port}/`)), /is no https/);
    assert.match(
      await refused(callFor(`https://user:secret@pictures.example:${port}/`)),
      /^messages\[0\]\.content\[0\] has credentials in its address\.$/,
    );
    assert.match(await refused(callFor(at("/", "other.example"))), /could not be fetched/);
    assert.equal(hits.length, 0);
  });

  test("is not followed elsewhere", async () => {
    names = { "pictures.example": [["127.0.0.1"]] };
    for (const status of [301, 302, 307, 308]) {
      answer = (_request, response) => void response.writeHead(status, { location: "http://169.254.169.254/latest/meta-data" }).end(png);
      assert.match(await refused(callFor(at("/"))), new RegExp(`HTTP ${status}; redirects are not followed`));
    }
    answer = (_request, response) => void response.writeHead(404).end("secret page");
    assert.doesNotMatch(await refused(callFor(at("/"))), /secret/);
  });

  test("that drips is given up in time, and its connection with it", async () => {
    names = { "pictures.example": [["127.0.0.1"]] };
    const closed = new Promise((done) => {
      answer = (_request, response) => {
        const drip = setInterval(() => response.write("x"), 20);
        response.on("close", () => {
          clearInterval(drip);
          done(undefined);
        });
      };
    });
    assert.match(await refused(callFor(at("/")), 300), /in time/);
    await closed;
  });

  test("without an end is cut at its bound, told or not", async () => {
    names = { "pictures.example": [["127.0.0.1"]] };
    answer = (_request, response) => void response.writeHead(200, { "content-length": 30_000_000 }).write(png);
    assert.match(await refused(callFor(at("/"))), /too large/);
    let sent = 0;
    answer = (_request, response) => {
      const block = Buffer.alloc(1_048_576);
      const more = (): void => {
        while (!response.destroyed && response.write(block)) sent += block.length;
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    };
    assert.match(await refused(callFor(at("/a"), at("/b"))), /too large/);
    assert.ok(sent < 60_000_000, `${sent} bytes`);
  });

  test("is counted among the bytes that the process holds", async () => {
    names = { "pictures.example": [["127.0.0.1"]] };
    answer = send(png);
    const full = new RouterError("local_fault", "full");
    const held: number[] = [];
    const intake = { enter: () => undefined, leave() {}, takePlace: () => undefined, refusal: () => undefined, drop() {}, release() {} };
    const hold = (bytes: number): RouterError | undefined => (held.push(bytes) > 1 ? full : undefined);
    assert.ok(!((await fetched({ ...callFor(at("/")), intake: { ...intake, hold } })) instanceof RouterError));
    assert.deepEqual(held, [4 * png.length]);
    assert.equal(await fetched({ ...callFor(at("/")), intake: { ...intake, hold } }), full);
  });

  test("is refused where its bytes are no image, and where it comes packed or is one of too many", async () => {
    names = { "pictures.example": [["127.0.0.1"]] };
    for (const body of ["<svg onload=alert(1)>", "<html>", "", "RIFF"]) {
      answer = (_request, response) => void response.writeHead(200, { "content-type": "image/png" }).end(body);
      assert.match(await refused(callFor(at("/"))), /is no image or document by its bytes/, body);
    }
    answer = (_request, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(png);
    assert.match(await refused(callFor(at("/"))), /packed/);
    hits = [];
    const nine = Array.from({ length: 9 }, (_, index) => at(`/${index}`));
    assert.match(await refused(callFor(...nine)), /8 are fetched at most/);
    assert.equal(hits.length, 0);
  });

  test("is left alone once nobody waits for it", async () => {
    names = { "pictures.example": [["127.0.0.1"]] };
    const under: { way?: MediaFetch } = {};
    const closed = new Promise((done) => {
      answer = (_request, response) => {
        response.on("close", () => done(undefined));
        under.way?.cancel();
      };
    });
    under.way = downloads.fetch(callFor(at("/")), 5_000, () => assert.fail("nobody waits"));
    await closed;
  });
});

describe("a call with an address, where no deployment takes addresses", () => {
  let service: RunningTestService;
  after(() => service.stop());

  test("gets a 400 that names the part, and by the setting one that says what is wrong with the address", async () => {
    service = await startService(configOf("fetch_media: false"));
    const ask = async (url: string): Promise<readonly unknown[]> => {
      const content = [
        { type: "text", text: "what?" },
        { type: "image_url", image_url: { url } },
      ];
      const body = JSON.stringify({ model: "m", messages: [{ role: "user", content }] });
      const headers = { "content-type": "application/json" };
      const reply = await fetch(`${service.origin}/v1/chat/completions`, { method: "POST", headers, body });
      const { error } = (await reply.json()) as { readonly error: { readonly message: string; readonly param: string } };
      return [reply.status, error.param, error.message];
    };
    const [status, param, message] = await ask("https://169.254.169.254/a.png");
    assert.deepEqual([status, param], [400, "messages[0].content[1]"]);
    assert.match(String(message), /fetches no addresses/);
    await service.rewrite(configOf("fetch_media: true"));
    await service.operator.reload({ dryRun: false, discardChanges: false }, { who: "test", etag: undefined });
    for (const url of ["https://169.254.169.254/a.png", "https://2130706433/a.png", "https://[::ffff:7f00:1]/a.png"])
      assert.deepEqual(await ask(url), [400, "messages[0].content[1]", "messages[0].content[1] is at no public address."], url);
    assert.match(String((await ask("http://1.1.1.1/a.png"))[2]), /is no https:\/\/ address/);
  });
});
