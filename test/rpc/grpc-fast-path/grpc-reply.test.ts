import { Code, ConnectError } from "@connectrpc/connect";
import assert from "node:assert/strict";
import { connect, createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { GrpcReply } from "../../../src/rpc/grpc-fast-path/grpc-reply.ts";

/** Has a stream answered by `answer`. @returns What the answer threw, and the code that the caller's stream ended with. */
async function answered(answer: (reply: GrpcReply) => void): Promise<{ thrown: unknown; reset: number | undefined }> {
  const server = createServer();
  let thrown: unknown;
  server.on("stream", (stream: ServerHttp2Stream) => {
    stream.on("error", () => {});
    try {
      answer(new GrpcReply(stream));
    } catch (error) {
      thrown = error;
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    const stream = session.request({ ":method": "POST", ":path": "/" });
    stream.on("error", () => {});
    stream.end();
    stream.resume();
    const reset = await new Promise<number | undefined>((resolve) => stream.on("close", () => resolve(stream.rstCode)));
    return { thrown, reset };
  } finally {
    session.destroy();
    server.close();
  }
}

const internal = 2;

describe("what cannot be written ends the caller's stream", () => {
  const cases: readonly (readonly [name: string, answer: (reply: GrpcReply) => void])[] = [
    ["headers, at the end", (reply) => (reply.setHeaders({ "a b": "c" }), reply.end())],
    ["headers, with the first message", (reply) => (reply.setHeaders({ "a b": "c" }), reply.write(Buffer.alloc(5)))],
    ["a message of an error that is no text", (reply) => reply.fail(new ConnectError("\ud83d", Code.Internal))],
  ];
  for (const [name, answer] of cases) {
    test(name, async () => {
      const { thrown, reset } = await answered(answer);
      assert.ok(thrown instanceof Error);
      assert.equal(reset, internal);
    });
  }
});
