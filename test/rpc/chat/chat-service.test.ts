import { fromJson, type MessageInitShape } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { ChatService, type ChatCompletionRequestSchema, type ChatCompletionStreamResponse } from "../../../gen/huntgroup/v1/chat_pb.ts";
import { RouterError } from "../../../src/core/errors.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { inMemory } from "../../support/rpc-fixture.ts";
import { event, ScriptedRouter, type Script } from "../../support/scripted-router.ts";

const messages = [{ role: "user", content: fromJson(ValueSchema, "hi") }];
const request = { model: "gpt-4", messages } satisfies MessageInitShape<typeof ChatCompletionRequestSchema>;
const reply: Script = { kind: "reply", body: { id: "1", model: "gpt-4", choices: [{ index: 0, message: { content: "Hello." } }] } };

function piece(content: string): object {
  return { id: "1", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] };
}

function serve(script: Script, errors: unknown[] = []) {
  const clock = new FakeClock();
  const router = new ScriptedRouter(script);
  const { transport } = inMemory(router, { clock, onInternalError: (error) => errors.push(error) });
  return { clock, router, client: createClient(ChatService, transport) };
}

function bodyOf(router: ScriptedRouter): unknown {
  return JSON.parse(router.calls[0]?.body.bytes.toString() ?? "null");
}

async function failure(call: Promise<unknown>): Promise<ConnectError> {
  return ConnectError.from(
    await call.then(
      () => assert.fail("the call succeeded"),
      (error: unknown) => error,
    ),
  );
}

async function collect(stream: AsyncIterable<ChatCompletionStreamResponse>): Promise<string[]> {
  const texts: string[] = [];
  for await (const chunk of stream) texts.push(chunk.choices[0]?.delta?.content ?? "");
  return texts;
}

describe("ChatCompletion", () => {
  test("hands the router OpenAI's JSON and the caller the router's reply", async () => {
    const { router, client } = serve(reply);
    const response = await client.chatCompletion({ ...request, extra: { top_k: 40 } });
    assert.equal(response.choices[0]?.message?.content, "Hello.");
    assert.deepEqual(bodyOf(router), { model: "gpt-4", messages: [{ role: "user", content: "hi" }], top_k: 40 });
    assert.equal(router.calls[0]?.endpoint, "chat");
    assert.equal(router.calls[0].stream, false);
    assert.equal(router.calls[0].deadline, undefined);
  });

  test("never streams, whatever the body says", async () => {
    const { router, client } = serve(reply);
    await client.chatCompletion({ ...request, stream: true, streamOptions: { includeUsage: true }, extra: { stream: true } });
    assert.deepEqual(bodyOf(router), { model: "gpt-4", messages: [{ role: "user", content: "hi" }] });
  });

  test("says in headers which deployment answered and keeps the caller's request id", async () => {
    const { router, client } = serve(reply);
    let header = new Headers();
    await client.chatCompletion(request, { headers: { "x-request-id": "mine" }, onHeader: (received) => (header = received) });
    assert.equal(header.get("x-huntgroup-call-id"), "mine");
    assert.equal(header.get("x-huntgroup-model-id"), "deployment-1");
    assert.equal(header.get("x-huntgroup-model-group"), "gpt-4");
    assert.equal(header.get("x-huntgroup-attempted-retries"), "1");
    assert.equal(router.calls[0]?.id, "mine");
  });

  test("turns the caller's timeout into the call's deadline", async () => {
    const { clock, router, client } = serve(reply);
    await client.chatCompletion(request, { timeoutMs: 5_000 });
    const remaining = (router.calls[0]?.deadline ?? 0) - clock.now();
    assert.ok(remaining > 4_000 && remaining <= 5_000, `${remaining} ms`);
  });

  test("passes a failure on with its code, and says what was tried", async () => {
    const { client } = serve({ kind: "failure", error: new RouterError("upstream_rate_limited", "Slow down.") });
    const error = await failure(client.chatCompletion(request));
    assert.equal(error.code, Code.ResourceExhausted);
    assert.equal(error.rawMessage, "Slow down.");
    assert.equal(error.findDetails(ErrorInfoSchema)[0]?.reason, "upstream_rate_limited");
    assert.equal(error.metadata.get("x-huntgroup-model-id"), "deployment-1");
    assert.equal(error.metadata.get("x-huntgroup-call-id"), "call-1");
  });

  test("refuses a request without a model before anything is routed", async () => {
    const { router, client } = serve(reply);
    const error = await failure(client.chatCompletion({ messages }));
    assert.equal(error.code, Code.InvalidArgument);
    assert.equal(error.findDetails(ErrorInfoSchema)[0]?.metadata["param"], "model");
    assert.equal(router.calls.length, 0);
  });

  test("refuses a number that JSON cannot hold", async () => {
    const { router, client } = serve(reply);
    const notANumber = { kind: { case: "numberValue", value: Number.NaN } } as const;
    const error = await failure(client.chatCompletion({ ...request, stop: notANumber }));
    assert.equal(error.code, Code.InvalidArgument);
    assert.equal(router.calls.length, 0);
  });

  for (const body of ["text", [1], null]) {
    test(`calls a reply that is ${JSON.stringify(body)} malformed`, async () => {
      const { client } = serve({ kind: "reply", body });
      const error = await failure(client.chatCompletion(request));
      assert.equal(error.findDetails(ErrorInfoSchema)[0]?.reason, "upstream_malformed");
    });
  }

  test("frees the deployment when the caller hangs up", async () => {
    const { router, client } = serve({ kind: "hang" });
    const caller = new AbortController();
    const cancelled = router.nextCancel();
    const error = failure(client.chatCompletion(request, { signal: caller.signal }));
    await until(() => router.calls.length === 1);
    caller.abort();
    await cancelled;
    assert.equal((await error).code, Code.Canceled);
    assert.equal(router.cancelled.length, 1);
  });
});

describe("ChatCompletionStream", () => {
  test("gives every piece in order and leaves out what is not one", async () => {
    const { router, client } = serve({
      kind: "stream",
      events: [event(piece("a")), event({}, "other"), event(piece("b")), event(piece("c"), "finish"), event({}, "done")],
      end: "end",
    });
    assert.deepEqual(await collect(client.chatCompletionStream(request)), ["a", "b", "c"]);
    assert.deepEqual(bodyOf(router), { model: "gpt-4", messages: [{ role: "user", content: "hi" }], stream: true });
    assert.equal(router.cancelled.length, 0);
  });

  test("asks for usage where the caller does", async () => {
    const { router, client } = serve({ kind: "stream", events: [], end: "end" });
    await collect(client.chatCompletionStream({ ...request, stream: false, streamOptions: { includeUsage: true } }));
    assert.equal(router.calls[0]?.includeUsage, true);
    assert.equal(router.calls[0].stream, true);
  });

  test("pauses the deployment while the caller reads slowly, and loses nothing", async () => {
    const texts = Array.from({ length: 1_000 }, (_, index) => index.toString());
    const { router, client } = serve({ kind: "stream", events: texts.map((text) => event(piece(text))), end: "end" });
    const received: string[] = [];
    for await (const chunk of client.chatCompletionStream(request)) {
      received.push(chunk.choices[0]?.delta?.content ?? "");
      if (received.length === 1) assert.ok(router.pushed < 500, `${router.pushed} of ${texts.length} pushed`);
    }
    assert.deepEqual(received, texts);
    assert.ok(router.pauses > 1);
  });

  test("ends a stream that is cut short with its status, after the pieces that came", async () => {
    const error = new RouterError("stream_interrupted", "Cut short.");
    const { client } = serve({ kind: "stream", events: [event(piece("a"))], end: error });
    const texts: string[] = [];
    const failed = await failure(
      (async () => {
        for await (const chunk of client.chatCompletionStream(request)) texts.push(chunk.choices[0]?.delta?.content ?? "");
      })(),
    );
    assert.deepEqual(texts, ["a"]);
    assert.equal(failed.code, Code.Unavailable);
    assert.equal(failed.findDetails(ErrorInfoSchema)[0]?.reason, "stream_interrupted");
  });

  test("fails without a piece when no deployment answers", async () => {
    const { client } = serve({ kind: "failure", error: new RouterError("model_not_found", "No such model.") });
    assert.equal((await failure(collect(client.chatCompletionStream(request)))).code, Code.NotFound);
  });

  test("frees the deployment when the caller stops reading", async () => {
    const { router, client } = serve({ kind: "stream", events: [event(piece("a"))], end: "hang" });
    const caller = new AbortController();
    const cancelled = router.nextCancel();
    const chunks = client.chatCompletionStream(request, { signal: caller.signal })[Symbol.asyncIterator]();
    await chunks.next();
    caller.abort();
    assert.equal((await failure(chunks.next())).code, Code.Canceled);
    await cancelled;
  });

  test("gives up a deployment whose piece is no JSON object", async () => {
    const { router, client } = serve({ kind: "stream", events: [event([])], end: "hang" });
    const error = await failure(collect(client.chatCompletionStream(request)));
    assert.equal(error.findDetails(ErrorInfoSchema)[0]?.reason, "upstream_malformed");
    assert.equal(router.cancelled.length, 1);
  });
});

test("a fault of this program is reported, and the caller learns no more than that", async () => {
  const errors: unknown[] = [];
  const { router, client } = serve(reply, errors);
  const fault = new Error("secret detail");
  router.start = () => {
    throw fault;
  };
  for (const call of [client.chatCompletion(request), collect(client.chatCompletionStream(request))]) {
    const error = await failure(call);
    assert.equal(error.code, Code.Internal);
    assert.doesNotMatch(error.message, /secret/);
  }
  assert.deepEqual(errors, [fault, fault]);
});

/** Lets the in-memory transport, which has no timers, go on until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
