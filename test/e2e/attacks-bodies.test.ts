import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { envelope } from "../support/grpc-cases.ts";
import { hostConfig, publicModel } from "../support/host-config.ts";
import type { OpenAiHost } from "../support/openai-host.ts";
import { Parties } from "../support/parties.ts";
import { rawExchange } from "../support/raw-exchange.ts";
import type { RunningTestService } from "../support/start-service.ts";

/** Bodies of some megabytes by what they repeat, and what is said of each in at most a few hundred bytes. */
const hostile: readonly (readonly [what: string, body: string, says: RegExp])[] = [
  ["members, many of them for the router", `{"model":"m"${',"tags":"","a":1'.repeat(125_000)}}`, /more than 10,000 members/],
  ["tags", `{"model":"m","tags":[""${',""'.repeat(600_000)}]}`, /`tags` has \d+ bytes, which is too large/],
  ["fallbacks that are none", `{"model":"m","fallbacks":[1${",1".repeat(400_000)}]}`, /more than 100 fallbacks/],
  ["brackets", `{"model":"m","messages":${"[".repeat(2_000_000)}`, /nested more than 500 levels deep/],
  ["trailing commas", `{"model":"m","messages":[${"1,".repeat(900_000)}]}`, /expected a value, found/],
  ["values", `{"model":"m","messages":[1${",1".repeat(1_000_000)}]}`, /more than 1,000,000 values/],
  ["a model's name", `{"model":"${"x".repeat(2_000_000)}"}`, /`model` has \d+ bytes, which is too large/],
];

describe("bodies that are made to hold the server up", () => {
  const parties = new Parties();
  let host: OpenAiHost;
  let service: RunningTestService;

  before(async () => {
    host = await parties.host();
    service = await parties.service(hostConfig(host));
  });
  after(() => parties.end());

  for (const [what, body, says] of hostile) {
    test(`${what}: refused in under 500 bytes, and no provider hears of it`, async () => {
      const hits = host.hits.length;
      const response = await fetch(`${service.origin}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      const text = await response.text();
      assert.equal(response.status, 400, text.slice(0, 500));
      assert.match(text, says);
      assert.ok(Buffer.byteLength(text) < 500, text.slice(0, 1_000));
      assert.equal(host.hits.length, hits);
    });
  }

  const ones = `{"model":"m","messages":[1${",1".repeat(150_000)}]}`;
  const packed: Readonly<Record<string, string>> = { "content-encoding": "gzip" };
  for (const [what, contentType, headers, body, says] of [
    ["values in JSON", "application/json", {}, Buffer.from(ones), /more than 100,000 values/],
    ["values in packed JSON", "application/json", packed, gzipSync(ones), /more than 100,000 values/],
    ["fields of protobuf", "application/proto", {}, Buffer.alloc(600_000, Buffer.from([0x12, 0])), /more than 200,000 fields/],
    ["fields of packed protobuf", "application/proto", packed, gzipSync(Buffer.alloc(600_000, "\x12\0")), /more than 200,000 fields/],
    ["fields in a grpc-web message", "application/grpc-web", {}, envelope(Buffer.alloc(600_000, "\x12\0")), /more than 200,000 fields/],
  ] as const) {
    test(`by RPC, ${what}: refused before anything is made of it, and no provider hears of it`, async () => {
      const hits = host.hits.length;
      const response = await fetch(`${service.origin}/huntgroup.v1.ChatService/ChatCompletion`, {
        method: "POST",
        headers: { "content-type": contentType, ...headers },
        body,
      });
      assert.match((await response.text()).replaceAll("%2C", ",").replaceAll("%20", " "), says);
      assert.equal(host.hits.length, hits);
    });
  }

  test("by gRPC, fields of a message: INVALID_ARGUMENT before anything is made of it", async () => {
    const hits = host.hits.length;
    const body = [envelope(Buffer.alloc(600_000, "\x12\0"))];
    const answer = await rawExchange(service.port, { path: "/huntgroup.v1.ChatService/ChatCompletion", body });
    assert.equal(answer.trailers["grpc-status"], "3");
    assert.match(decodeURIComponent(String(answer.trailers["grpc-message"])), /more than 200,000 fields/);
    assert.equal(host.hits.length, hits);
  });

  test("a megabyte in chunks of 16 bytes, with members for the router all over it, goes out whole and in few pieces", async () => {
    const members = Array.from({ length: 4_000 }, (_, index) => `"a${index}":"${"x".repeat(200)}","tags":[]`).join(",");
    const body = Buffer.from(`{"model":${JSON.stringify(publicModel)},"messages":[],${members}}`);
    const socket = connect(service.port, "127.0.0.1");
    await once(socket, "connect");
    socket.write(
      "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
    );
    const chunks: string[] = [];
    for (let at = 0; at < body.length; at += 16) {
      const chunk = body.toString("latin1", at, at + 16);
      chunks.push(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
    }
    socket.write(`${chunks.join("")}0\r\n\r\n`);
    let answer = "";
    for await (const piece of socket as AsyncIterable<Buffer>) answer += piece.toString("latin1");
    assert.match(answer, /^HTTP\/1\.1 200 /);
    const sent = JSON.parse(host.lastHit.body.toString()) as Record<string, unknown>;
    assert.equal(Object.keys(sent).length, 4_002);
    assert.equal("tags" in sent, false);
  });
});
