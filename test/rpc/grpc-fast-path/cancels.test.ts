import assert from "node:assert/strict";
import { connect, constants, type ClientHttp2Session } from "node:http2";
import { test } from "node:test";
import { envelope, requestMessage } from "../../support/grpc-cases.ts";
import { listening } from "../../support/rpc-fixture.ts";
import { event, ScriptedRouter } from "../../support/scripted-router.ts";
import { within } from "../../support/within.ts";

const message = envelope(requestMessage({ model: "gpt-4", messages: [] }));
const head = {
  ":method": "POST",
  ":path": "/huntgroup.v1.ChatService/ChatCompletionStream",
  "content-type": "application/grpc",
  te: "trailers",
};
const pieces = ["a", "b"].map((content) => event({ id: "1", choices: [{ index: 0, delta: { content } }] }));

/** Begins a call and cancels it when it is on its way. */
function cancelOne(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    const stream = session.request(head);
    stream.on("error", () => {});
    stream.on("close", () => resolve());
    stream.end(message, () => stream.close(constants.NGHTTP2_CANCEL));
  });
}

test("a connection on which 10,000 calls were cancelled one after the other still has its long stream, which ends whole", async () => {
  const router = new ScriptedRouter({ kind: "stream", events: pieces, end: "hang" });
  await using server = await listening(router);
  const session = connect(server.http2Url);
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {});
  session.on("goaway", (code) => lost.reject(new Error(`GOAWAY ${code}`)));
  session.on("error", (error) => lost.reject(error));
  try {
    const long = session.request(head);
    long.on("error", (error) => lost.reject(error));
    long.end(message);
    await within(new Promise((resolve) => long.once("data", resolve)), "the first piece");
    for (let done = 0; done < 10_000; done += 500) {
      await Promise.race([lost.promise, within(Promise.all(Array.from({ length: 500 }, () => cancelOne(session))), "500 cancelled calls")]);
    }
    const trailers = new Promise<Record<string, unknown>>((resolve) => long.once("trailers", resolve));
    router.endHanging();
    long.resume();
    const told = await within(Promise.race([trailers, lost.promise]), "the end of the long stream");
    assert.equal(told["grpc-status"], "0");
  } finally {
    session.destroy();
  }
});

test("a client that does nothing but open streams and reset them loses its connection", async () => {
  const router = new ScriptedRouter({ kind: "hang" });
  await using server = await listening(router, { limits: { resetBurst: 500, resetsPerSecond: 1 } });
  const session = connect(server.http2Url);
  const ended = new Promise<void>((resolve) => session.on("close", () => resolve()));
  session.on("error", () => {});
  let cancelled = 0;
  try {
    for (; cancelled < 10_000 && !session.closed && !session.destroyed; cancelled += 100) {
      await Promise.race([ended, Promise.all(Array.from({ length: 100 }, () => cancelOne(session)))]);
    }
    await within(ended, "the end of the connection");
    assert.ok(cancelled < 10_000, `${cancelled} calls were cancelled`);
  } finally {
    session.destroy();
  }
});
