import assert from "node:assert/strict";
import { Agent, request as httpRequest } from "node:http";
import { describe, test } from "node:test";
import { envelope } from "../support/grpc-cases.ts";
import { listening } from "../support/rpc-fixture.ts";
import { ScriptedRouter } from "../support/scripted-router.ts";
import { within } from "../support/within.ts";

const reply = { kind: "reply", body: { id: "1", choices: [] } } as const;
const chat = "/huntgroup.v1.ChatService/ChatCompletion";
const small = Buffer.from('{"model":"gpt-4"}');
const large = Buffer.from(JSON.stringify({ model: "gpt-4", user: "x".repeat(300_000) }));
const message = envelope(Buffer.from([0x0a, 1, 0x61]));
const broken = envelope(Buffer.from([0x0a, 0x7f, 0x61]));

interface Sent {
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isChunked?: boolean;
}

/** One request as Node's own client sends it, over the agent's one connection. @returns The status of its answer. */
function ask(agent: Agent, url: string, { path, type, body, headers, isChunked = false }: Sent): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = isChunked ? {} : { "content-length": body.length };
    const request = httpRequest(url + path, { agent, method: "POST", headers: { "content-type": type, ...length, ...headers } });
    request.on("response", (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

const webType = "application/grpc-web+proto";
const behind = Buffer.alloc(300_000);
const cases: readonly (readonly [name: string, sent: Sent, status: number])[] = [
  ["a body over the limit", { path: chat, type: "application/json", body: large }, 429],
  ["a body over the limit, of unknown length", { path: chat, type: "application/json", body: large, isChunked: true }, 429],
  ["a message over the limit", { path: chat, type: webType, body: envelope(large) }, 200],
  ["two messages", { path: chat, type: webType, body: Buffer.concat([message, message, behind]) }, 200],
  ["a broken message with bytes behind it", { path: chat, type: webType, body: Buffer.concat([broken, behind]) }, 200],
  ["a compressed message without an encoding", { path: chat, type: webType, body: Buffer.concat([envelope(behind, 1), behind]) }, 200],
  ["an unknown compression", { path: chat, type: webType, body: envelope(large), headers: { "grpc-encoding": "snappy" } }, 200],
  ["a content type of no protocol", { path: chat, type: "text/html", body: large }, 415],
  ["an unknown method of AdminService", { path: "/huntgroup.v1.AdminService/Nothing", type: "application/json", body: large }, 404],
  ["a path of nothing", { path: "/nothing", type: "application/json", body: large }, 404],
];

describe("over HTTP/1.1, a request that is answered before its body was read holds up no other:", () => {
  for (const [name, sent, status] of cases) {
    test(name, async () => {
      const router = new ScriptedRouter(reply);
      await using server = await listening(router, { readMaxBytes: 20_000 });
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      try {
        assert.equal(await within(ask(agent, server.http1Url, sent), "an answer"), status);
        assert.equal(await within(ask(agent, server.http1Url, { path: chat, type: "application/json", body: small }), "an answer"), 200);
      } finally {
        agent.destroy();
      }
    });
  }

  test("many small ones keep their connection", async () => {
    await using server = await listening(new ScriptedRouter(reply), { readMaxBytes: 100 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let connections = 0;
    agent.on("free", () => {});
    const createConnection = agent.createConnection.bind(agent);
    agent.createConnection = (...args) => {
      connections++;
      return createConnection(...args);
    };
    try {
      const body = Buffer.from(JSON.stringify({ model: "x".repeat(2_000) }));
      for (let index = 0; index < 20; index++) {
        assert.equal(await within(ask(agent, server.http1Url, { path: chat, type: "application/json", body }), "an answer"), 429);
      }
      assert.equal(connections, 1);
    } finally {
      agent.destroy();
    }
  });
});
