import { toBinary } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ChatCompletionStreamResponseSchema } from "../../../gen/huntgroup/v1/chat_pb.ts";
import { messagePlan } from "../../../src/rpc/protobuf-json/message-plan.ts";
import { messageFromOpenAi } from "../../../src/rpc/protobuf-json/message-json.ts";
import { openAiToFrame } from "../../../src/rpc/protobuf-json/openai-to-protobuf.ts";

test("a text that ends within an emoji stays in its field, on the fast path and in the library", () => {
  for (const content of ["half \ud83d", "\ude80 the other", "\ud83d\ude80 whole"]) {
    const json = { id: "1", choices: [{ index: 0, delta: { content } }] };
    const message = messageFromOpenAi(ChatCompletionStreamResponseSchema, json);
    assert.equal(message.choices[0]?.delta?.content, content.toWellFormed());
    assert.equal(message.choices[0]?.delta?.extra, undefined);
    const frame = openAiToFrame(messagePlan(ChatCompletionStreamResponseSchema), json);
    assert.deepEqual(frame?.subarray(5), Buffer.from(toBinary(ChatCompletionStreamResponseSchema, message)));
  }
});
