import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call } from "../../../../src/core/call.ts";
import { RouterError } from "../../../../src/core/errors.ts";
import type { JsonMembers, JsonValue } from "../../../../src/core/provider.ts";
import { ChatAdapter, type ChatWire } from "../../../../src/formats/kit/chat/chat-adapter.ts";
import { writeEmbeddingsReply } from "../../../../src/formats/kit/chat/embeddings.ts";
import { chatCall, encoded, testHost, testRules } from "./support.ts";

function embeddingsCall(body: JsonMembers): Call {
  return { ...chatCall(body), endpoint: "embeddings" };
}

const chatOnly: ChatWire = {
  taken: () => new Set(),
  write: () => Buffer.from("{}"),
  readReply: () => new RouterError("internal", "not asked for"),
  createDecoder: () => assert.fail("not asked for"),
  streamType: "text/event-stream",
};
const withEmbeddings: ChatWire = {
  ...chatOnly,
  embeddings: {
    write: (request) => Buffer.from(JSON.stringify(request)),
    readReply: (call) => writeEmbeddingsReply(call, [[0.5, -1]], undefined),
  },
};
const adapterOf = (wire: ChatWire) => new ChatAdapter({ host: testHost(), rules: testRules() }, wire, false);

function read(body: JsonMembers): JsonMembers {
  const reply = adapterOf(withEmbeddings).decodeReply(embeddingsCall(body), {}, Buffer.from("{}"));
  assert.ok(!(reply instanceof RouterError));
  assert.equal(reply.usage?.estimated, true);
  return JSON.parse(reply.body.toString()) as JsonMembers;
}

describe("embeddings in a format of a provider's own", () => {
  it("are asked for by texts, with what is the provider's own beside them", () => {
    const call = embeddingsCall({ input: ["a", "b"], dimensions: 8, encoding_format: "base64", task_type: "RETRIEVAL_QUERY", user: "u" });
    const { body, adjusted } = encoded(adapterOf(withEmbeddings), call, "m");
    assert.deepEqual(JSON.parse(Buffer.concat(body).toString()), {
      inputs: ["a", "b"],
      dimensions: 8,
      rest: { messages: [{ role: "user", content: "hi" }], task_type: "RETRIEVAL_QUERY" },
    });
    assert.deepEqual(adjusted, ["user"]);
  });

  it("are refused for inputs that are no texts, and where the format has none", () => {
    const refused = (input: JsonValue): readonly unknown[] => {
      const error = adapterOf(withEmbeddings).encode(embeddingsCall({ input }), "m");
      assert.ok(error instanceof RouterError);
      return [error.code, error.param];
    };
    for (const input of [[], 5, [["a"]], [[]], [{}]]) assert.deepEqual(refused(input), ["invalid_request", "input"]);
    // Tokens are right at OpenAI: a sibling there may take them.
    for (const input of [
      [1, 2],
      [[1], [2, 3]],
    ])
      assert.deepEqual(refused(input), ["cannot_serve_this", "input"]);
    const error = adapterOf(chatOnly).encode(embeddingsCall({ input: "a" }), "m");
    assert.ok(error instanceof RouterError && error.code === "operation_not_supported");
  });

  it("come as numbers or packed, with a usage that is estimated where none is told", () => {
    assert.deepEqual(read({ input: "five!" }), {
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: [0.5, -1] }],
      model: "m",
      usage: { prompt_tokens: 2, total_tokens: 2 },
    });
    assert.deepEqual(read({ input: "a", encoding_format: "base64" })["data"], [
      { object: "embedding", index: 0, embedding: Buffer.from(new Float32Array([0.5, -1]).buffer).toString("base64") },
    ]);
  });
});
