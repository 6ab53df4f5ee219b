import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { after, before, beforeEach, describe, test } from "node:test";
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { WebSocket } from "ws";
import { Authority } from "../support/certificates.ts";
import { sha256 } from "../../src/lib/secret.ts";
import { RealtimeHost, realtimeDone } from "../support/realtime-host.ts";
import { startService, type RunningTestService } from "../support/start-service.ts";

const authority = new Authority();
const masterKey = "sk-master-0123456789abcdef";
let hosts: readonly RealtimeHost[];
let service: RunningTestService;

/** Callers' keys, by name. */
const key = (name: string): string => `sk-realtime-${name}-0123456789`;

const entry = (id: string, base: string | undefined, order: number): string => `
  - model_name: voice
    litellm_params: {model: openai/gpt-realtime, api_base: "${base}", api_key: sk-upstream-${id}, order: ${order}, cooldown_time: 0,
      input_cost_per_token: 0.001, output_cost_per_token: 0.002, input_cost_per_audio_token: 0.01, output_cost_per_audio_token: 0.02}
    model_info: {id: ${id}}`;

const caller = (name: string, more: string): string => `
  - {name: ${name}, sha256: ${sha256(key(name))}${more}}`;

function config([first, second]: readonly string[]): string {
  return `
model_list:${entry("one", first, 1)}${entry("two", second, 2)}
router_settings: {num_retries: 1, retry_after: 0}
general_settings: {master_key: ${masterKey}, cors_allow_origins: ["https://app.example.com"]}
keys:${caller("open", ", endpoints: [realtime]")}${caller("plain", "")}${caller("few", ", endpoints: [realtime], tpm: 200")}${caller("poor", ", endpoints: [realtime], max_budget: 1.9")}${caller("gone", ", endpoints: [realtime]")}
`;
}

function url(query = "?model=voice"): string {
  return `ws://${service.host}:${service.port}/v1/realtime${query}`;
}

function dial(secret: string, options: { readonly headers?: Record<string, string>; readonly query?: string } = {}): WebSocket {
  return new WebSocket(url(options.query), { headers: { authorization: `Bearer ${secret}`, ...options.headers } });
}

/** The next messages, so many of them. */
async function hear(socket: WebSocket, count: number): Promise<readonly string[]> {
  const heard: string[] = [];
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", function listen(data: Buffer) {
      heard.push(data.toString());
      if (heard.length < count) return;
      socket.off("message", listen);
      resolve(heard);
    });
  });
}

async function refusal(
  socket: WebSocket,
): Promise<{ readonly status: number; readonly error: { readonly code: string; readonly message: string } }> {
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, IncomingMessage];
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, ...(JSON.parse(text) as { error: { code: string; message: string } }) };
}

const create = JSON.stringify({ type: "response.create" });

/** What comes until the end, with how it ends. */
async function talkUntilEnd(socket: WebSocket, times: number): Promise<{ readonly last: string; readonly code: number }> {
  const heard: string[] = [];
  socket.on("message", (data: Buffer) => {
    const text = data.toString();
    heard.push(text);
    if ((text.includes("session.created") || text.includes("response.done")) && times-- > 0) socket.send(create);
  });
  const [code] = (await once(socket, "close")) as [number];
  return { last: heard.at(-1) ?? "", code };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe("conversations in messages", () => {
  before(async () => {
    hosts = await Promise.all([RealtimeHost.listen(), RealtimeHost.listen()]);
    service = await startService(config(hosts.map(({ base }) => base)));
  });

  after(async () => {
    await service.stop();
    await Promise.all(hosts.map((host) => host.close()));
  });

  beforeEach(() => {
    for (const host of hosts) {
      host.mood = { kind: "open" };
      host.visits.length = 0;
    }
  });

  test("OpenAI's own client converses, and what is said goes through as it was said", async () => {
    // It knows TLS alone.
    const { cert, key: privateKey } = authority.issue({ name: "localhost", dns: ["localhost"] });
    const secure = await startService(config(hosts.map(({ base }) => base)), { tls: { cert, key: privateKey } });
    const client = new OpenAI({ apiKey: key("open"), baseURL: `https://localhost:${secure.port}/v1` });
    const realtime = new OpenAIRealtimeWS({ model: "voice", options: { ca: authority.cert } }, client);
    const types: string[] = [];
    realtime.on("event", ({ type }) => types.push(type));
    const created = await new Promise<{ readonly session: { readonly model?: string } }>((resolve) =>
      realtime.once("session.created", resolve as never),
    );
    assert.equal(created.session.model, "gpt-realtime");
    realtime.send({ type: "session.update", session: { type: "realtime", instructions: "Grüße" } });
    realtime.send({ type: "response.create" });
    await new Promise((resolve) => realtime.once("response.done", resolve));
    assert.deepEqual(types, ["session.created", "response.created", "response.output_text.delta", "response.done"]);
    const [visit] = hosts[0]?.visits ?? [];
    assert.equal(visit?.request.url, "/v1/realtime?model=gpt-realtime");
    assert.equal(visit.request.headers.authorization, "Bearer sk-upstream-one");
    assert.deepEqual(
      visit.heard.map((text) => JSON.parse(text) as unknown),
      [{ type: "session.update", session: { type: "realtime", instructions: "Grüße" } }, { type: "response.create" }],
    );
    const left = once(visit.socket, "close");
    realtime.close();
    await left;
    await secure.stop();
  });

  test("the bytes of both sides are untouched, and the caller is told who answers", async () => {
    const socket = dial(masterKey, { query: "?model=voice&intent=transcription" });
    const upgraded = once(socket, "upgrade");
    const [hello] = await hear(socket, 1);
    assert.equal(hello, '{"type":"session.created","event_id":"e1","session":{"id":"sess_1","model":"gpt-realtime"}}');
    const [{ headers }] = (await upgraded) as [{ headers: Record<string, string> }];
    assert.equal(headers["x-huntgroup-model-id"], "one");
    const odd = '{ "type" : "response.create" , "n": 12345678901234567890, "x":"\\u00fc" }';
    const answer = hear(socket, 3);
    socket.send(odd);
    assert.equal((await answer)[2], realtimeDone);
    assert.equal(hosts[0]?.visits[0]?.heard[0], odd);
    assert.equal(hosts[0].visits[0].request.url, "/v1/realtime?intent=transcription&model=gpt-realtime");
    socket.close();
  });

  test("a deployment that refuses is followed by another one, unseen", async () => {
    const [one] = hosts;
    if (one !== undefined) one.mood = { kind: "refuse", status: 500, body: '{"error":{"message":"down"}}' };
    const socket = dial(masterKey);
    assert.match((await hear(socket, 1))[0] ?? "", /session\.created/);
    assert.equal(hosts[1]?.visits.length, 1);
    socket.close();
  });

  test("where all refuse, the request is refused in HTTP, and no conversation was opened", async () => {
    for (const host of hosts)
      host.mood = { kind: "refuse", status: 400, body: '{"error":{"message":"no such voice","type":"invalid_request_error"}}' };
    const { status, error } = await refusal(dial(masterKey));
    assert.equal(status, 400);
    assert.equal(error.message, "no such voice");
  });

  const refused: readonly (readonly [what: string, dialled: () => WebSocket, status: number, message: RegExp])[] = [
    ["no key", () => new WebSocket(url()), 401, /key/],
    ["a wrong key", () => dial("sk-wrong"), 401, /key/],
    ["a key whose endpoints do not name it", () => dial(key("plain")), 403, /may not call realtime/],
    ["a page of another origin", () => dial(masterKey, { headers: { origin: "https://evil.example" } }), 403, /origin/],
    ["no model", () => dial(masterKey, { query: "" }), 400, /names no model/],
    ["an unknown model", () => dial(masterKey, { query: "?model=none" }), 404, /does not exist/],
  ];

  for (const [what, dialled, status, message] of refused) {
    test(`${what} is refused before a deployment hears of it`, async () => {
      const answer = await refusal(dialled());
      assert.equal(answer.status, status);
      assert.match(answer.error.message, message);
      assert.equal(hosts.flatMap(({ visits }) => visits).length, 0);
    });
  }

  test("a page of a known origin may call, with the key among the protocols, which is not said back", async () => {
    const protocols = ["realtime", `openai-insecure-api-key.${key("open")}`];
    const socket = new WebSocket(url(), protocols, { headers: { origin: "https://app.example.com" } });
    await hear(socket, 1);
    assert.equal(socket.protocol, "realtime");
    socket.close();
  });

  test("a path without a WebSocket is 404, and a request that is none is answered as ever", async () => {
    const socket = new WebSocket(`ws://${service.host}:${service.port}/v1/chat/completions`);
    assert.equal((await refusal(socket)).status, 404);
    const plain = await fetch(`http://${service.host}:${service.port}/health/liveliness`);
    assert.equal(plain.status, 200);
  });

  test("a key whose tokens of this minute are spent ends the conversation at the answer that spent them", async () => {
    const { last, code } = await talkUntilEnd(dial(key("few")), 5);
    assert.match(last, /"type":"error".*may use 200 tokens per minute/);
    assert.equal(code, 1013);
    assert.equal(service.router.keyUsage("few").usedTpm, 300, "two answers of 150 tokens");
  });

  test("a key without money ends it, and each token has its price", async () => {
    const { last, code } = await talkUntilEnd(dial(key("poor")), 5);
    assert.match(last, /"type":"error".*budget/);
    assert.equal(code, 1008);
    // 60 of text and 40 of audio in, 20 of text and 30 of audio out, twice.
    const each = 60 * 0.001 + 40 * 0.01 + 20 * 0.002 + 30 * 0.02;
    assert.ok(Math.abs(service.router.keyUsage("poor").spentUsd - 2 * each) < 1e-9);
  });

  test("what has been counted while it went on is not counted again at the end", async () => {
    const socket = dial(key("open"));
    const before = service.router.keyUsage("open").usedTpm;
    const answers = hear(socket, 7);
    socket.on("open", () => {
      socket.send(create);
      socket.send(create);
    });
    await answers;
    assert.equal(service.router.keyUsage("open").usedTpm - before, 300);
    const closed = once(socket, "close");
    socket.close();
    await closed;
    await until(() => service.router.keyUsage("open").inFlight === 0);
    assert.equal(service.router.keyUsage("open").usedTpm - before, 300);
  });

  test("a revoked key ends it at its next answer", async () => {
    const socket = dial(key("gone"));
    await hear(socket, 1);
    await service.rewrite(config(hosts.map(({ base }) => base)).replace(/\n {2}- \{name: gone.*\n/, "\n"));
    await service.operator.reload({ dryRun: false, discardChanges: false }, { who: "test", etag: undefined });
    const { last, code } = await talkUntilEnd(socket, await Promise.resolve(1).then((times) => (socket.send(create), times)));
    assert.match(last, /"type":"error"/);
    assert.equal(code, 1008);
  });

  test("a caller who leaves frees the deployment at once, and a deployment that ends ends it", async () => {
    const socket = dial(masterKey);
    await hear(socket, 1);
    const visit = hosts[0]?.visits[0];
    assert.ok(visit !== undefined);
    const freed = once(visit.socket, "close");
    socket.terminate();
    await freed;
    const other = dial(masterKey);
    await hear(other, 1);
    const closed = once(other, "close");
    hosts[0]?.visits[1]?.socket.close(1000);
    assert.deepEqual((await closed)[0], 1000);
    const third = dial(masterKey);
    const heard = hear(third, 2);
    third.once("message", () => hosts[0]?.visits[2]?.socket.terminate());
    const [code] = (await once(third, "close")) as [number];
    assert.match((await heard)[1] ?? "", /"type":"error"/);
    assert.equal(code, 1011);
  });

  test("messages that are no text, or too large, end it", async () => {
    const socket = dial(masterKey);
    await hear(socket, 1);
    const closed = once(socket, "close");
    socket.send(Buffer.from([1, 2, 3]));
    assert.equal((await closed)[0], 1003);
    const other = dial(masterKey);
    await hear(other, 1);
    const ended = once(other, "close");
    other.send(`{"audio":"${"A".repeat(17 * 1024 * 1024)}"}`);
    assert.equal((await ended)[0], 1009);
  });

  test("a server that stops lets an answer end, and then closes the conversation as one that goes away", async () => {
    const other = await startService(config(hosts.map(({ base }) => base)));
    const socket = new WebSocket(`ws://${other.host}:${other.port}/v1/realtime?model=voice`, {
      headers: { authorization: `Bearer ${masterKey}` },
    });
    await hear(socket, 1);
    const visit = hosts[0]?.visits[0];
    const created = hear(socket, 1);
    visit?.socket.send('{"type":"response.created","response":{"id":"resp_2"}}');
    await created;
    const heard: string[] = [];
    socket.on("message", (data: Buffer) => heard.push(data.toString()));
    const closed = once(socket, "close");
    const stopped = other.stop();
    visit?.socket.send(realtimeDone);
    assert.equal((await closed)[0], 1001);
    assert.equal(heard[0], realtimeDone);
    assert.match(heard[1] ?? "", /"type":"error".*stopping/);
    await stopped;
  });
});
