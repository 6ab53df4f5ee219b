import { fromBinary } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, constants, createServer, type ClientHttp2Stream, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { ChatCompletionStreamResponseSchema } from "../../../gen/huntgroup/v1/chat_pb.ts";
import type { Authenticator } from "../../../src/auth/authenticator.ts";
import { RouterError } from "../../../src/core/errors.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { createFastPathHandler, type FastPathOptions } from "../../../src/rpc/grpc-fast-path/fast-path-handler.ts";
import { authenticatorOf } from "../../support/authenticator-of.ts";
import { casesKey, casesMaxBytes, envelope, grpcCases, requestMessage, type Way } from "../../support/grpc-cases.ts";
import { GrpcClient, grpcChat } from "../../support/grpc-client.ts";
import { rawExchange } from "../../support/raw-exchange.ts";
import { listening } from "../../support/rpc-fixture.ts";
import { event, ScriptedRouter } from "../../support/scripted-router.ts";

interface Listening extends AsyncDisposable {
  readonly port: number;
  readonly ways: Way[];
  readonly errors: unknown[];
  /** As the handler sees them, to be changed. */
  readonly options: { readMaxBytes: number };
}

const refuse = (stream: ServerHttp2Stream): void => stream.respond({ ":status": 418 }, { endStream: true });

/** The fast path alone: what it does not take is answered by a status that gRPC does not know. */
async function fastPathServer(over: Partial<FastPathOptions>): Promise<Listening> {
  const ways: Way[] = [];
  const errors: unknown[] = [];
  const options = {
    router: new ScriptedRouter({ kind: "hang" }),
    clock: systemClock,
    authenticator: authenticatorOf(undefined),
    readMaxBytes: casesMaxBytes,
    newCallId: () => "id",
    onInternalError: (error: unknown) => errors.push(error),
    ...over,
  };
  const fastPath = createFastPathHandler(options, (stream) => {
    ways[ways.length - 1] = "handed over";
    refuse(stream);
  });
  const server = createServer();
  server.on("stream", (stream: ServerHttp2Stream, headers, _flags, rawHeaders) => {
    stream.on("error", () => {});
    ways.push("fast path");
    if (fastPath(stream, { headers, rawHeaders, address: undefined })) return;
    ways[ways.length - 1] = "library";
    refuse(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ways,
    errors,
    options,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

describe("which way is taken by", () => {
  for (const { name, way, request, path, script, hangsUp } of grpcCases) {
    if (hangsUp) continue;
    test(`${name}: ${way}`, async () => {
      await using server = await fastPathServer({ router: new ScriptedRouter(script), authenticator: authenticatorOf(casesKey) });
      await rawExchange(server.port, { ...request, path });
      assert.deepEqual(server.ways, [way]);
    });
  }
});

const unaryPath = "/huntgroup.v1.ChatService/ChatCompletion";
const message = requestMessage({ model: "gpt-4", messages: [] });
const reply = { kind: "reply", body: { id: "1" } } as const;
const ok = { headers: {}, path: unaryPath, body: [envelope(message)] };

describe("what goes wrong within", () => {
  test("is reported, and told as no more than that", async () => {
    const router = new ScriptedRouter(reply);
    router.start = () => {
      throw new Error("a secret of this program");
    };
    await using server = await fastPathServer({ router });
    const { trailers } = await rawExchange(server.port, ok);
    assert.equal(trailers["grpc-status"], "13");
    assert.equal(trailers["grpc-message"], "internal error");
    assert.deepEqual(server.errors.map(String), ["Error: a secret of this program"]);
  });

  const thrown = new Error("a secret of this program");
  const failing: readonly (readonly [how: string, authenticate: () => never | Promise<never>])[] = [
    [
      "at once",
      () => {
        throw thrown;
      },
    ],
    ["later", () => Promise.reject(thrown)],
  ];
  for (const [how, authenticate] of failing) {
    test(`is reported and told so too where keys are checked, ${how}`, async () => {
      await using server = await fastPathServer({ authenticator: { authenticate } as unknown as Authenticator });
      const { trailers } = await rawExchange(server.port, ok);
      assert.equal(trailers["grpc-status"], "13");
      assert.equal(trailers["grpc-message"], "internal error");
      assert.deepEqual(server.errors, [thrown]);
    });
  }
});

describe("a key that takes time to be checked", () => {
  const verdicts = [
    ["is let in", { kind: "admin" } as const, "0"],
    ["is refused", new RouterError("unauthenticated", "No."), "16"],
  ] as const;
  for (const [what, verdict, status] of verdicts) {
    test(`${what} when that is done`, async () => {
      await using server = await fastPathServer({
        router: new ScriptedRouter(reply),
        authenticator: { authenticate: () => later(verdict) } as unknown as Authenticator,
      });
      const { trailers } = await rawExchange(server.port, ok);
      assert.equal(trailers["grpc-status"], status);
    });
  }
});

test("the limit of a message counts from the next call when it is changed", async () => {
  await using server = await fastPathServer({ router: new ScriptedRouter(reply), readMaxBytes: message.length });
  await rawExchange(server.port, ok);
  server.options.readMaxBytes--;
  await rawExchange(server.port, ok);
  assert.deepEqual(server.ways, ["fast path", "handed over"]);
});

test("answers are not compressed, though the caller could read them so", async () => {
  const body = { id: "1", choices: [{ index: 0, message: { content: "word ".repeat(1_000) } }] };
  await using server = await listening(new ScriptedRouter({ kind: "reply", body }));
  const answer = await rawExchange(server.http2Port, { ...ok, headers: { "grpc-accept-encoding": "gzip" } });
  assert.equal(answer.headers["grpc-encoding"], undefined);
  assert.equal(answer.body.slice(0, 2), "00");
  assert.equal(answer.trailers["grpc-status"], "0");
});

test("a caller that breaks off with an error has hung up", async () => {
  const router = new ScriptedRouter({ kind: "hang" });
  await using server = await fastPathServer({ router });
  const cancelled = router.nextCancel();
  const session = connect(`http://127.0.0.1:${server.port}`);
  const stream = session.request({ ":method": "POST", ":path": unaryPath, "content-type": "application/grpc" });
  stream.on("error", () => {});
  stream.end(envelope(message));
  await until(() => router.calls.length === 1);
  stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  await cancelled;
  session.close();
});

describe("a caller that reads slowly", () => {
  const count = 5_000;
  const text = "word ".repeat(50);
  const events = Array.from({ length: count }, (_, index) => event({ choices: [{ index: 0, delta: { content: `${index} ${text}` } }] }));

  test("holds the deployment back, and loses nothing", async () => {
    const router = new ScriptedRouter({ kind: "stream", events, end: "end" });
    await using server = await listening(router);
    const session = connect(`http://127.0.0.1:${server.http2Port}`);
    const stream = session.request({
      ":method": "POST",
      ":path": "/huntgroup.v1.ChatService/ChatCompletionStream",
      "content-type": "application/grpc",
    });
    stream.end(envelope(message));
    await once(stream, "response");
    await until(() => router.pauses > 0);
    const pushed = router.pushed;
    assert.ok(pushed < count / 5, `${pushed} pieces are held for it`);
    assert.deepEqual(
      await contentsOf(stream),
      events.map((_, index) => `${index} ${text}`),
    );
    assert.ok(router.pauses > 1);
    session.close();
  });

  test("frees the deployment when it leaves", async () => {
    const router = new ScriptedRouter({ kind: "stream", events, end: "end" });
    await using server = await listening(router);
    const cancelled = router.nextCancel();
    const client = new GrpcClient(server.http2Port);
    const stream = client.stream("huntgroup.v1.ChatService/ChatCompletionStream", grpcChat("gpt-4", "hi"));
    stream.on("error", () => {});
    stream.pause();
    await until(() => router.pauses > 0);
    stream.cancel();
    await cancelled;
    client.close();
  });
});

/** The text of each message. */
async function contentsOf(stream: ClientHttp2Stream): Promise<string[]> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  const all = Buffer.concat(pieces);
  const texts: string[] = [];
  for (let at = 0; at < all.length;) {
    const end = at + 5 + all.readUInt32BE(at + 1);
    const { choices } = fromBinary(ChatCompletionStreamResponseSchema, all.subarray(at + 5, end));
    texts.push(choices[0]?.delta?.content ?? "");
    at = end;
  }
  return texts;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

async function later<Value>(value: Value): Promise<Value> {
  await new Promise((resolve) => setImmediate(resolve));
  return value;
}
