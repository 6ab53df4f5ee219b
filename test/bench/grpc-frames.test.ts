import assert from "node:assert/strict";
import { test } from "node:test";
import { grpcFrame, GrpcFrameReader } from "../../bench/support/grpc-frames.ts";

test("messages come out of gRPC's frames as they went in, wherever the frames are cut", () => {
  const messages = ["one", "", "x".repeat(300)];
  const bytes = Buffer.concat(messages.map((message) => grpcFrame(Buffer.from(message))));
  for (let cut = 0; cut <= bytes.length; cut++) {
    const read: string[] = [];
    const reader = new GrpcFrameReader((message) => read.push(message.toString()));
    reader.push(bytes.subarray(0, cut));
    reader.push(bytes.subarray(cut));
    assert.deepEqual(read, messages, `cut at ${cut}`);
  }
});
