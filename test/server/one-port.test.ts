import { fromJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport, Http2SessionManager } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import { authenticatorOf } from "../support/authenticator-of.ts";
import { SealedIds } from "../../src/auth/sealed-ids.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createRestHandler } from "../../src/rest/handler.ts";
import { createRpcHandler } from "../../src/rpc/handler.ts";
import { ask } from "../support/http-client.ts";
import { listeningServer, type ListeningServer } from "../support/rest-fixture.ts";
import { ScriptedOperator } from "../support/scripted-operator.ts";
import { event, ScriptedRouter } from "../support/scripted-router.ts";

const fixture = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));
const tls = { cert: fixture("cert.pem"), key: fixture("key.pem") };
const question = { model: "gpt-4", messages: [{ role: "user", content: fromJson(ValueSchema, "hi") }] };

/** RPC and REST over one router, as they are put together for production. */
async function bothHandlers(router: ScriptedRouter, secure: boolean): Promise<ListeningServer> {
  const errors: unknown[] = [];
  const shared = {
    router,
    operator: new ScriptedOperator(),
    version: "1.2.3",
    authenticator: authenticatorOf(undefined),
    clock: systemClock,
    ids: new SealedIds(Buffer.alloc(32)),
    newCallId: () => "call-1",
    onInternalError: (error: unknown) => errors.push(error),
  };
  const rest = createRestHandler({ ...shared, maxBodyBytes: 1_000_000, isReady: () => true });
  const rpc = createRpcHandler({ ...shared, readMaxBytes: 1_000_000 });
  return { ...(await listeningServer(rest, { rpc, tls: secure ? tls : undefined })), internalErrors: errors };
}

for (const secure of [false, true]) {
  const how = secure ? "with TLS" : "in plaintext";

  test(`gRPC, gRPC-Web and Connect reach the same port ${how}, over HTTP/1.1 and HTTP/2`, async () => {
    const router = new ScriptedRouter({
      kind: "stream",
      events: [event({ choices: [{ index: 0, delta: { content: "hi" } }] })],
      end: "end",
    });
    await using both = await bothHandlers(router, secure);
    const baseUrl = `${secure ? "https" : "http"}://127.0.0.1:${both.port}`;
    const sessions = new Http2SessionManager(baseUrl, {}, { ca: tls.cert });
    const http1 = { baseUrl, httpVersion: "1.1", nodeOptions: { ca: tls.cert, agent: false } } as const;
    const http2 = { baseUrl, httpVersion: "2", sessionManager: sessions } as const;
    for (const transport of [
      createGrpcTransport({ baseUrl, sessionManager: sessions }),
      createGrpcWebTransport(http1),
      createGrpcWebTransport(http2),
      createConnectTransport(http1),
      createConnectTransport(http2),
    ]) {
      const texts: (string | undefined)[] = [];
      for await (const chunk of createClient(ChatService, transport).chatCompletionStream(question)) {
        texts.push(chunk.choices[0]?.delta?.content);
      }
      assert.deepEqual(texts, ["hi"]);
    }
    assert.equal(router.calls.length, 5);
    assert.deepEqual(both.internalErrors, []);
    sessions.abort();
  });
}

test("REST answers beside the RPCs, and what is no path of theirs", async () => {
  await using both = await bothHandlers(new ScriptedRouter({ kind: "reply", body: { hello: "there" } }), false);
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ model: "gpt-4", messages: [] });
  for (const version of ["http1", "http2"] as const) {
    assert.equal(
      (await ask(both.port, version, { method: "POST", path: "/v1/chat/completions", headers, body })).text,
      '{"hello":"there"}',
    );
    assert.equal((await ask(both.port, version, { path: "/huntgroup.v2.ChatService/Nothing" })).status, 404);
  }
});

test("a drain gives an open RPC stream its time, then ends it", async () => {
  const router = new ScriptedRouter({
    kind: "stream",
    events: [event({ choices: [{ index: 0, delta: { content: "hi" } }] })],
    end: "hang",
  });
  await using both = await bothHandlers(router, false);
  const baseUrl = `http://127.0.0.1:${both.port}`;
  const stream = createClient(ChatService, createGrpcTransport({ baseUrl })).chatCompletionStream(question);
  const chunks = stream[Symbol.asyncIterator]();
  assert.equal((await chunks.next()).done, false);
  assert.equal(both.server.openRequests, 1);
  const drained = both.server.drain(20);
  await assert.rejects(chunks.next());
  await drained;
  assert.equal(both.server.openRequests, 0);
});
