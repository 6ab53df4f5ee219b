import { fromJson, type MessageInitShape } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { describe, test } from "node:test";
import { ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/grpc/health/v1/health_pb.ts";
import { AdminService } from "../../gen/huntgroup/v1/admin_pb.ts";
import { ChatService, type ChatCompletionRequestSchema, type ChatCompletionStreamResponse } from "../../gen/huntgroup/v1/chat_pb.ts";
import { askUntilHeard } from "../support/ask-until-heard.ts";
import { authenticatorOf } from "../support/authenticator-of.ts";
import { createCors } from "../../src/inbound/cors.ts";
import { RouterError } from "../../src/core/errors.ts";
import { createRpcHandler } from "../../src/rpc/handler.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { listening, type ListeningRpc } from "../support/rpc-fixture.ts";
import { ScriptedOperator } from "../support/scripted-operator.ts";
import { event, ScriptedRouter, type Script } from "../support/scripted-router.ts";

const request = {
  model: "gpt-4",
  messages: [{ role: "user", content: fromJson(ValueSchema, "hi") }],
} satisfies MessageInitShape<typeof ChatCompletionRequestSchema>;
const completion = {
  id: "1",
  object: "chat.completion",
  created: 1_700_000_000,
  model: "gpt-4",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello. 🖼" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 0, total_tokens: 1 },
};
const reply: Script = { kind: "reply", body: completion };

function stream(count: number, end: "end" | "hang" | RouterError = "end"): Script {
  const events = Array.from({ length: count }, (_, index) => event({ id: "1", choices: [{ index: 0, delta: { content: `${index} ` } }] }));
  return { kind: "stream", events, end };
}

const transports: readonly (readonly [string, (server: ListeningRpc) => Transport])[] = [
  ["gRPC", ({ http2Url }) => createGrpcTransport({ baseUrl: http2Url })],
  ["gRPC-Web over HTTP/1.1", ({ http1Url }) => createGrpcWebTransport({ baseUrl: http1Url, httpVersion: "1.1" })],
  ["gRPC-Web over HTTP/2", ({ http2Url }) => createGrpcWebTransport({ baseUrl: http2Url, httpVersion: "2" })],
  ["Connect's JSON over HTTP/1.1", ({ http1Url }) => createConnectTransport({ baseUrl: http1Url, httpVersion: "1.1" })],
  ["Connect's JSON over HTTP/2", ({ http2Url }) => createConnectTransport({ baseUrl: http2Url, httpVersion: "2" })],
  [
    "Connect's binary over HTTP/1.1",
    ({ http1Url }) => createConnectTransport({ baseUrl: http1Url, httpVersion: "1.1", useBinaryFormat: true }),
  ],
];

async function failure(call: Promise<unknown>): Promise<ConnectError> {
  return ConnectError.from(
    await call.then(
      () => assert.fail("the call succeeded"),
      (error: unknown) => error,
    ),
  );
}

async function textOf(chunks: AsyncIterable<ChatCompletionStreamResponse>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) text += chunk.choices[0]?.delta?.content ?? "";
  return text;
}

for (const [name, connect] of transports) {
  describe(`over a real port, ${name}`, () => {
    test("answers whole, with the route in headers", async () => {
      const router = new ScriptedRouter(reply);
      await using server = await listening(router);
      let header = new Headers();
      const client = createClient(ChatService, connect(server));
      const response = await client.chatCompletion(request, { onHeader: (received) => (header = received) });
      assert.equal(response.choices[0]?.message?.content, "Hello. 🖼");
      assert.equal(response.usage?.completionTokens, 0);
      assert.equal(header.get("x-huntgroup-model-id"), "deployment-1");
      assert.equal(header.get("x-huntgroup-call-id"), "call-1");
    });

    test("answers piece by piece, in order", async () => {
      const router = new ScriptedRouter(stream(500));
      await using server = await listening(router);
      const client = createClient(ChatService, connect(server));
      const expected = Array.from({ length: 500 }, (_, index) => `${index} `).join("");
      assert.equal(await textOf(client.chatCompletionStream(request)), expected);
    });

    test("tells of failures with details, whole and cut short", async () => {
      const error = new RouterError("no_capacity", "Everything is full — später.", { retryAfterMs: 2_000 });
      const router = new ScriptedRouter({ kind: "failure", error });
      await using server = await listening(router);
      const client = createClient(ChatService, connect(server));
      const calls: (() => Promise<unknown>)[] = [
        () => client.chatCompletion(request),
        () => textOf(client.chatCompletionStream(request)),
        () => {
          router.script = stream(2, error);
          return textOf(client.chatCompletionStream(request));
        },
      ];
      for (const call of calls) {
        const failed = await failure(call());
        assert.equal(failed.code, Code.ResourceExhausted);
        assert.equal(failed.rawMessage, "Everything is full — später.");
        assert.equal(failed.findDetails(ErrorInfoSchema)[0]?.reason, "no_capacity");
        assert.equal(failed.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds, 2n);
        assert.equal(failed.metadata.get("x-huntgroup-model-id"), "deployment-1");
      }
    });

    test("bounds a call by the caller's deadline and frees the deployment", async () => {
      const router = new ScriptedRouter({ kind: "hang" });
      await using server = await listening(router);
      const cancelled = router.nextCancel();
      // Told to the server alone: a client that keeps the time too may give up before the server has the call.
      const client = createClient(ChatService, connect(server));
      const error = await askUntilHeard(
        () => router.calls.length,
        (ms) => failure(client.chatCompletion(request, { headers: { "grpc-timeout": `${ms}m`, "connect-timeout-ms": String(ms) } })),
      );
      assert.equal(error.code, Code.DeadlineExceeded);
      await cancelled;
    });

    test("frees the deployment when the caller hangs up in the middle of a stream", async () => {
      const router = new ScriptedRouter(stream(1, "hang"));
      await using server = await listening(router);
      const cancelled = router.nextCancel();
      const caller = new AbortController();
      const pieces = createClient(ChatService, connect(server)).chatCompletionStream(request, { signal: caller.signal });
      const chunks = pieces[Symbol.asyncIterator]();
      await chunks.next();
      caller.abort();
      assert.equal((await failure(chunks.next())).code, Code.Canceled);
      await cancelled;
    });

    test("asks for the key, but not for health", async () => {
      await using server = await listening(new ScriptedRouter(reply), { masterKey: "sk-right" });
      const transport = connect(server);
      const chat = createClient(ChatService, transport);
      const wrong: readonly Record<string, string>[] = [{}, { authorization: "Bearer sk-wrong" }, { "x-api-key": "sk-wrong" }];
      for (const headers of wrong) {
        const error = await failure(chat.chatCompletion(request, { headers }));
        assert.equal(error.code, Code.Unauthenticated);
        assert.equal(error.findDetails(ErrorInfoSchema)[0]?.reason, "unauthenticated");
        assert.doesNotMatch(error.message, /sk-/);
        assert.equal((await failure(textOf(chat.chatCompletionStream(request, { headers })))).code, Code.Unauthenticated);
        assert.equal((await failure(createClient(AdminService, transport).listDeployments({}, { headers }))).code, Code.Unauthenticated);
      }
      for (const headers of [{ authorization: "Bearer sk-right" }, { "x-api-key": "sk-right" }, { "api-key": "sk-right" }]) {
        assert.equal((await chat.chatCompletion(request, { headers })).id, "1");
      }
      assert.equal((await createClient(Health, transport).check({})).status, Status.SERVING);
    });

    test("refuses a message over the limit", async () => {
      const router = new ScriptedRouter(reply);
      await using server = await listening(router, { readMaxBytes: 1_000 });
      const error = await failure(createClient(ChatService, connect(server)).chatCompletion({ ...request, user: "x".repeat(2_000) }));
      assert.equal(error.code, Code.ResourceExhausted);
      assert.equal(router.calls.length, 0);
    });

    test("ends the watches of its health when it drains", async () => {
      await using server = await listening(new ScriptedRouter(reply));
      const seen: Status[] = [];
      for await (const { status } of createClient(Health, connect(server)).watch({})) {
        seen.push(status);
        server.drain();
      }
      assert.deepEqual(seen, [Status.SERVING, Status.NOT_SERVING]);
    });
  });
}

test("two hundred streams at once over one connection lose, reorder and mix up nothing", async () => {
  const router = new ScriptedRouter(reply);
  await using server = await listening(router);
  const client = createClient(ChatService, createGrpcTransport({ baseUrl: server.http2Url }));
  const start = router.start.bind(router);
  // Each call is answered by what its own caller asks for.
  router.start = (call, sink) => {
    const asker = /caller-(\d+)/.exec(call.body.bytes.toString())?.[1] ?? "nobody";
    const events = Array.from({ length: 50 }, (_, index) => event({ choices: [{ index: 0, delta: { content: `${asker}:${index} ` } }] }));
    router.script = { kind: "stream", events, end: "end" };
    return start(call, sink);
  };
  const texts = Array.from({ length: 200 }, (_, caller) => textOf(client.chatCompletionStream({ ...request, user: `caller-${caller}` })));
  for (const [caller, text] of (await Promise.all(texts)).entries()) {
    assert.equal(text, Array.from({ length: 50 }, (_, index) => `${caller}:${index} `).join(""));
  }
});

async function post(server: ListeningRpc, method: string, body: unknown, headers: Record<string, string> = {}) {
  return await fetch(`${server.http1Url}/huntgroup.v1.ChatService/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

describe("a caller with nothing but HTTP and JSON", () => {
  test("sends the REST body and gets the REST reply", async () => {
    const router = new ScriptedRouter(reply);
    await using server = await listening(router);
    const body = {
      model: "gpt-4",
      max_completion_tokens: 5,
      stop: "x",
      messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    };
    const response = await post(server, "ChatCompletion", body);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), completion);
    assert.deepEqual(JSON.parse(router.calls[0]?.body.bytes.toString() ?? ""), body);
  });

  test("has its parameters passed on, also those that the schema does not know", async () => {
    const router = new ScriptedRouter(reply);
    await using server = await listening(router);
    const response = await post(server, "ChatCompletion", { ...request, top_k: 1 });
    assert.equal(response.status, 200);
    assert.deepEqual(JSON.parse(router.calls[0]?.body.bytes.toString() ?? ""), { ...request, top_k: 1 });
  });

  test("finds no method that is not there", async () => {
    await using server = await listening(new ScriptedRouter(reply));
    assert.equal((await post(server, "Nothing", {})).status, 404);
  });

  test("is refused when it names a host that is none", async () => {
    await using server = await listening(new ScriptedRouter(reply));
    const status = await new Promise((resolve, reject) => {
      const path = "/huntgroup.v1.ChatService/ChatCompletion";
      const options = { method: "POST", path, headers: { host: "a b", "content-type": "application/json" } };
      httpRequest(server.http1Url, options, (response) => resolve(response.statusCode))
        .on("error", reject)
        .end("{}");
    });
    assert.equal(status, 400);
  });

  test("may wait for longer than a timer can", async () => {
    const router = new ScriptedRouter(reply);
    await using server = await listening(router);
    const response = await post(server, "ChatCompletion", { model: "gpt-4" }, { "connect-timeout-ms": "3000000000" });
    assert.equal(response.status, 200);
    assert.equal(router.calls[0]?.deadline, undefined);
  });
});

const origin = "https://app.example.com";
const preflight = (server: ListeningRpc, from: string) =>
  fetch(`${server.http1Url}/huntgroup.v1.ChatService/ChatCompletion`, {
    method: "OPTIONS",
    headers: { origin: from, "access-control-request-method": "POST", "access-control-request-headers": "connect-protocol-version" },
  });

describe("a web page", () => {
  test("of an allowed origin may call, and reads the route and the errors", async () => {
    await using server = await listening(new ScriptedRouter(reply), { cors: createCors([origin]), masterKey: "key" });
    const asked = await preflight(server, origin);
    assert.equal(asked.status, 204);
    assert.equal(asked.headers.get("access-control-allow-origin"), origin);
    assert.equal(asked.headers.get("access-control-allow-headers"), "connect-protocol-version");
    const refused = await fetch(`${server.http1Url}/huntgroup.v1.ChatService/ChatCompletion`, {
      method: "POST",
      headers: { origin, "content-type": "application/json" },
      body: "{}",
    });
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get("access-control-allow-origin"), origin);
    assert.match(refused.headers.get("access-control-expose-headers") ?? "", /x-huntgroup-model-id/);
  });

  test("of another origin may not", async () => {
    await using server = await listening(new ScriptedRouter(reply), { cors: createCors([origin]) });
    const asked = await preflight(server, "https://evil.example");
    assert.equal(asked.headers.get("access-control-allow-origin"), null);
    assert.equal(asked.headers.get("access-control-allow-methods"), null);
  });

  test("may not where nothing was configured", async () => {
    await using server = await listening(new ScriptedRouter(reply));
    assert.equal((await preflight(server, origin)).headers.get("access-control-allow-origin"), null);
  });
});

describe("the handler's paths", () => {
  const handler = createRpcHandler({
    router: new ScriptedRouter(reply),
    operator: new ScriptedOperator(),
    version: "1.2.3",
    authenticator: authenticatorOf(undefined),
    clock: new FakeClock(),
    newCallId: () => "id",
    onInternalError: assert.fail,
    readMaxBytes: 1_000,
  });
  const paths: readonly (readonly [path: string, ours: boolean])[] = [
    ["/huntgroup.v1.ChatService/ChatCompletion", true],
    ["/huntgroup.v1.AdminService/ListDeployments?encoding=json", true],
    ["/huntgroup.v1.ChatService/NoSuchMethod", true],
    ["/grpc.health.v1.Health/Check", true],
    ["/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", true],
    ["/v1/chat/completions", false],
    ["/huntgroup.v1.ChatService", false],
    ["/", false],
    ["", false],
    ["*", false],
  ];
  for (const [path, ours] of paths) {
    test(`${JSON.stringify(path)} is ${ours ? "" : "not "}among them`, () => assert.equal(handler.matches(path), ours));
  }
});
