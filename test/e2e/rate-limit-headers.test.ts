import { ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import { sha256 } from "../../src/lib/secret.ts";
import { ask } from "../support/http-client.ts";
import { Parties } from "../support/parties.ts";

const config = `
model_list:
  - {model_name: limited, litellm_params: {model: mock/m, rpm: 100, tpm: 1000000}}
  - {model_name: free, litellm_params: {model: mock/m}}
keys:
  - {name: one, sha256: ${sha256("sk-one")}, rpm: 2}
  - {name: two, sha256: ${sha256("sk-two")}, rpm: 2}
  - {name: three, sha256: ${sha256("sk-three")}, rpm: 2}
  - {name: four, sha256: ${sha256("sk-four")}}
`;

/** What is told of requests. */
const told = (limit: number, remaining: number) => ({
  "x-ratelimit-limit-requests": String(limit),
  "x-ratelimit-remaining-requests": String(remaining),
  "x-ratelimit-reset-requests": "1m0s",
});

/** How the limit of requests is told, and the whole minute less what the test has taken. */
function requestsOf(headers: Iterable<readonly [string, unknown]>): object {
  const found = [...headers].filter(([name]) => /^x-ratelimit-.*-requests$/.test(name));
  return Object.fromEntries(found.map(([name, value]) => [name, name.includes("reset") ? String(value).replace(/^5\ds$/, "1m0s") : value]));
}

describe("what callers are told of their limits", () => {
  const parties = new Parties();
  after(() => parties.end());
  const serving = parties.service(config);

  test("REST: with replies, streams and refusals, and nothing where nothing is limited", async () => {
    const { port } = await serving;
    const call = async (key: string, model: string, stream = false) => {
      const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
      const body = JSON.stringify({ model, messages: [{ role: "user", content: "hi" }], stream });
      return ask(port, "http1", { method: "POST", path: "/v1/chat/completions", headers, body });
    };
    const first = await call("sk-one", "limited");
    assert.deepEqual(requestsOf(Object.entries(first.headers)), told(2, 1));
    assert.equal(first.headers["x-ratelimit-limit-tokens"], "1000000");
    assert.match(String(first.headers["x-ratelimit-remaining-tokens"]), /^99\d{4}$/);
    assert.match(String(first.headers["x-ratelimit-reset-tokens"]), /^(?:1m0s|5\ds)$/);
    assert.deepEqual(requestsOf(Object.entries((await call("sk-one", "free", true)).headers)), told(2, 0));
    const refused = await call("sk-one", "limited");
    assert.equal(refused.status, 429);
    assert.deepEqual(requestsOf(Object.entries(refused.headers)), told(2, 0));
    assert.deepEqual(
      Object.keys((await call("sk-four", "free")).headers).filter((name) => name.startsWith("x-ratelimit-")),
      [],
    );
  });

  for (const [door, key, createTransport] of [
    ["gRPC", "sk-two", (baseUrl: string) => createGrpcTransport({ baseUrl })],
    ["Connect", "sk-three", (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "1.1" })],
  ] as const) {
    test(`${door}: in the headers of replies and streams, and with refusals`, async () => {
      const client = createClient(ChatService, createTransport((await serving).origin));
      const heads: Headers[] = [];
      const options = { headers: { authorization: `Bearer ${key}` }, onHeader: (head: Headers) => void heads.push(head) };
      const request = { model: "limited", messages: [{ role: "user", content: { kind: { case: "stringValue" as const, value: "hi" } } }] };
      await client.chatCompletion(request, options);
      for await (const _ of client.chatCompletionStream(request, options));
      assert.deepEqual(heads.map(requestsOf), [told(2, 1), told(2, 0)]);
      await assert.rejects(
        client.chatCompletion(request, options),
        (error) => error instanceof ConnectError && (assert.deepEqual(requestsOf(error.metadata), told(2, 0)), true),
      );
    });
  }
});
