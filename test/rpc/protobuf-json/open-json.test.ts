import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJson } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ChatCompletionRequestSchema } from "../../../gen/huntgroup/v1/chat_pb.ts";
import { messageToOpenAi } from "../../../src/rpc/protobuf-json/message-json.ts";
import { mapMessages } from "../../../src/rpc/kit/map-messages.ts";
import { openJson, unknownToExtra } from "../../../src/rpc/protobuf-json/open-json.ts";

async function open(chunks: readonly Uint8Array[], contentType = "application/json", maxBytes = 10_000): Promise<Buffer> {
  async function* body(): AsyncIterable<Uint8Array> {
    yield* chunks;
  }
  const out: Uint8Array[] = [];
  const framing = { isEnveloped: contentType !== "application/json", maxBytes };
  for await (const chunk of mapMessages(body(), framing, (message) => openJson(message, ChatCompletionRequestSchema))) out.push(chunk);
  return Buffer.concat(out);
}

const body = {
  model: "m",
  messages: [
    { role: "user", content: [{ type: "text", text: "hi", cache_control: { type: "ephemeral" } }], cache_control: { type: "ephemeral" } },
    { role: "assistant", content: null, tool_calls: [{ index: 0, id: "1", type: "function", function: { name: "f", arguments: "{}" } }] },
  ],
  top_k: 40,
  foo: { bar: [1, null] },
};

test("an OpenAI body with members that the schema does not know parses, and goes out as it came in", () => {
  const message = fromJson(ChatCompletionRequestSchema, unknownToExtra(ChatCompletionRequestSchema, body));
  assert.deepEqual(messageToOpenAi(ChatCompletionRequestSchema, message), body);
});

test("both spellings of a known name stay, and what is already in extra wins", () => {
  const opened = unknownToExtra(ChatCompletionRequestSchema, { maxTokens: 5, top_p: 1, top_k: 1, extra: { top_k: 2, x: 3 } });
  assert.deepEqual(opened, { maxTokens: 5, top_p: 1, extra: { top_k: 2, x: 3 } });
});

test("a body is opened however it is cut, a trailing comma forgiven", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(60), async (cut) => {
      const text = Buffer.from('{"model":"m","messages":[{"role":"user","content":"é"}],"top_k":1,}');
      const opened = await open([text.subarray(0, cut), text.subarray(cut)]);
      assert.deepEqual(JSON.parse(opened.toString()), { model: "m", messages: [{ role: "user", content: "é" }], extra: { top_k: 1 } });
    }),
  );
});

test("the message in a stream's envelope is opened and the envelope's length follows", async () => {
  const json = Buffer.from('{"model":"m","top_k":1}');
  const head = Buffer.alloc(5);
  head.writeUInt32BE(json.length, 1);
  const opened = await open([head, json], "application/connect+json");
  assert.equal(opened.readUInt32BE(1), opened.length - 5);
  assert.deepEqual(JSON.parse(opened.subarray(5).toString()), { model: "m", extra: { top_k: 1 } });
});

test("what is no JSON object, compressed, broken or too long passes as it is", async () => {
  const long = Buffer.alloc(200, "x");
  for (const [bytes, type, maxBytes] of [
    [Buffer.from("{nope"), "application/json", 1_000],
    [Buffer.from("[1]"), "application/json", 1_000],
    [Buffer.from([1, 0, 0, 0, 1, 0x7b]), "application/connect+json", 1_000],
    [Buffer.from([0, 0, 0, 0, 9, 0x7b]), "application/connect+json", 1_000],
    [long, "application/json", 100],
  ] as const) {
    assert.deepEqual(await open([bytes.subarray(0, 3), bytes.subarray(3)], type, maxBytes), Buffer.from(bytes));
  }
});
