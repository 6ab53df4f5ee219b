import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ChatCompletionRequestSchema, ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import { envelope } from "../support/grpc-cases.ts";
import { startService, type RunningTestService } from "../support/start-service.ts";

/** `ab`: the first deployment hangs, the second answers. `lone`: one that hangs. */
const config = `
model_list:
  - { model_name: ab, litellm_params: { model: mock/hangs, order: 1, mock: { first_token_ms: 600000 } } }
  - { model_name: ab, litellm_params: { model: mock/answers, order: 2, mock_response: Hello. }, model_info: { id: answers } }
  - { model_name: lone, litellm_params: { model: mock/hangs, num_retries: 0, mock: { first_token_ms: 600000 } }, model_info: { id: lone } }
litellm_settings: { sse_keepalive_ping_interval_seconds: 0.05 }
router_settings: { stream_timeout: 0.3, num_retries: 1, disable_cooldowns: true }
`;

const ways: readonly (readonly [name: string, connect: (baseUrl: string) => Transport])[] = [
  ["gRPC, binary (the fast path)", (baseUrl) => createGrpcTransport({ baseUrl })],
  ["gRPC, JSON", (baseUrl) => createGrpcTransport({ baseUrl, useBinaryFormat: false })],
  ["Connect over HTTP/1.1", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" })],
  ["Connect over HTTP/2, JSON", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: false })],
  ["gRPC-Web over HTTP/1.1", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
  ["gRPC-Web over HTTP/2", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2" })],
];

function request(model: string) {
  return { model, messages: [{ role: "user", content: { kind: { case: "stringValue" as const, value: "Say hello." } } }] };
}

function noteIn(event: string | undefined): Record<string, unknown> {
  return (JSON.parse(event?.slice("data: ".length) ?? "") as { huntgroup: Record<string, unknown> }).huntgroup;
}

describe("a stream is opened while its first deployment still hangs", () => {
  let service: RunningTestService;

  before(async () => {
    service = await startService(config);
  });
  after(() => service.stop());

  async function rest(model: string): Promise<{ response: Response; events: readonly string[] }> {
    const response = await fetch(`${service.origin}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, stream: true, messages: [] }),
    });
    return { response, events: (await response.text()).split("\n\n") };
  }

  test("REST: pings, then the answer, whose last chunk names who gave it", async () => {
    const { response, events } = await rest("ab");
    assert.deepEqual([response.status, response.headers.get("x-huntgroup-model-id")], [200, null]);
    const chunks = events.filter((event) => event.startsWith("data: "));
    assert.deepEqual(
      events.slice(0, events.length - chunks.length - 1).filter((event) => event !== ": ping"),
      [],
      "pings come before, and nothing else does",
    );
    assert.equal(events[0], ": ping");
    assert.equal(chunks.at(-1), "data: [DONE]");
    const { deployment, model_group, attempted_retries, attempted_fallbacks } = noteIn(chunks.at(-2));
    assert.deepEqual([deployment, model_group, Number(attempted_retries) + Number(attempted_fallbacks)], ["answers", "ab", 1]);
  });

  test("REST: an error then is an event", async () => {
    const { response, events } = await rest("lone");
    assert.deepEqual([response.status, events[0], events.at(-1)], [200, ": ping", ""]);
    assert.equal(noteIn(events.at(-2))["deployment"], "lone");
  });

  for (const [name, connect] of ways) {
    test(`${name}: headers early, the answer, and the route in the trailers`, async () => {
      const client = createClient(ChatService, connect(service.origin));
      let headers = new Headers();
      let trailers = new Headers();
      let text = "";
      const options = { onHeader: (got: Headers) => (headers = got), onTrailer: (got: Headers) => (trailers = got) };
      for await (const chunk of client.chatCompletionStream(request("ab"), options)) text += chunk.choices[0]?.delta?.content ?? "";
      assert.equal(text, "Hello.");
      assert.deepEqual([headers.get("x-huntgroup-model-id"), trailers.get("x-huntgroup-model-id")], [null, "answers"]);
      assert.deepEqual([headers.get("x-huntgroup-call-id") === null, trailers.get("x-huntgroup-call-id")], [false, null]);
    });

    test(`${name}: an error after the headers has the route beside it, and the id once`, async () => {
      const client = createClient(ChatService, connect(service.origin));
      let headers = new Headers();
      const stream = client.chatCompletionStream(request("lone"), { onHeader: (got: Headers) => (headers = got) });
      const error = await stream[Symbol.asyncIterator]()
        .next()
        .then(
          () => assert.fail("it answered"),
          (fault: unknown) => ConnectError.from(fault),
        );
      assert.equal(error.code, Code.DeadlineExceeded);
      assert.equal(error.metadata.get("x-huntgroup-model-id"), "lone");
      assert.equal(headers.get("x-huntgroup-model-id"), null);
      assert.match(headers.get("x-huntgroup-call-id") ?? "", /^[\w-]+$/);
      assert.doesNotMatch(error.metadata.get("x-huntgroup-call-id") ?? "", /,/);
    });
  }

  test("gRPC-Web in base64: headers early, the answer, and the route in the trailers", async () => {
    const message = create(ChatCompletionRequestSchema, request("ab") as MessageInitShape<typeof ChatCompletionRequestSchema>);
    const response = await fetch(`${service.origin}/huntgroup.v1.ChatService/ChatCompletionStream`, {
      method: "POST",
      headers: { "content-type": "application/grpc-web-text" },
      body: envelope(toBinary(ChatCompletionRequestSchema, message)).toString("base64"),
    });
    assert.equal(response.headers.get("content-type"), "application/grpc-web-text+proto");
    assert.notEqual(response.headers.get("x-huntgroup-call-id"), null);
    assert.equal(response.headers.get("x-huntgroup-model-id"), null, "the headers went out before a deployment had answered");
    const parts = (await response.text()).match(/[^=]+={0,2}/g) ?? [];
    const frames = Buffer.concat(parts.map((part) => Buffer.from(part, "base64"))).toString("latin1");
    assert.match(frames, /x-huntgroup-model-id: answers/i);
    assert.match(frames, /grpc-status: 0/i);
  });
});
