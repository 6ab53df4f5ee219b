import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call } from "../../../../src/core/call.ts";
import { RouterError } from "../../../../src/core/errors.ts";
import type { JsonMembers } from "../../../../src/core/provider.ts";
import { chatCall, encodedBody } from "../../kit/chat/support.ts";
import { geminiAdapter } from "../support.ts";

const { messages: _messages, ...request } = { messages: 0, input: ["a", "b"], dimensions: 256, task_type: "RETRIEVAL_QUERY" };

function embeddingsCall(body: JsonMembers): Call {
  return { ...chatCall({ ...body, messages: null }), endpoint: "embeddings" };
}

function read(body: unknown, input: JsonMembers = request): JsonMembers | RouterError {
  const reply = geminiAdapter().decodeReply(embeddingsCall(input), {}, Buffer.from(JSON.stringify(body)));
  return reply instanceof RouterError ? reply : (JSON.parse(reply.body.toString()) as JsonMembers);
}

describe("embeddings of Gemini", () => {
  it("are asked for in a batch, each with the model, or as instances of a prediction", () => {
    const shared = { model: "models/gemini-embedding-001", outputDimensionality: 256, taskType: "RETRIEVAL_QUERY" };
    assert.deepEqual(encodedBody(geminiAdapter(), embeddingsCall(request), "gemini-embedding-001"), {
      requests: ["a", "b"].map((text) => ({ ...shared, content: { parts: [{ text }] } })),
    });
    const vertex = geminiAdapter({}, { host: { embeddings: () => "predict" } });
    assert.deepEqual(encodedBody(vertex, embeddingsCall(request), "text-embedding-005"), {
      instances: [
        { content: "a", task_type: "RETRIEVAL_QUERY" },
        { content: "b", task_type: "RETRIEVAL_QUERY" },
      ],
      parameters: { outputDimensionality: 256 },
    });
  });

  it("are read from each method's reply, with what they used", () => {
    const data = [
      { object: "embedding", index: 0, embedding: [1, 2] },
      { object: "embedding", index: 1, embedding: [3, 4] },
    ];
    const list = (tokens: number): JsonMembers => ({
      object: "list",
      data,
      model: "m",
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    });
    const embeddings = [{ values: [1, 2] }, { values: [3, 4] }];
    assert.deepEqual(read({ embeddings, usageMetadata: { promptTokenCount: 9 } }), list(9));
    assert.deepEqual(read({ embeddings }), list(1));
    const predictions = embeddings.map(({ values }, index) => ({ embeddings: { values, statistics: { token_count: index + 2 } } }));
    assert.deepEqual(read({ predictions }), list(5));
    const [first] = data;
    assert.deepEqual((read({ embedding: { values: [1, 2] } }, { input: "a" }) as JsonMembers)["data"], [first]);
  });

  it("are refused where they are not those that were asked for, or an error", () => {
    for (const body of [{ embeddings: [{ values: [1] }] }, { embeddings: [{}, {}] }, {}, []]) {
      const error = read(body);
      assert.ok(error instanceof RouterError && error.code === "upstream_malformed");
    }
    const error = read([{ error: { code: 404, message: "models/m is not found", status: "NOT_FOUND" } }]);
    assert.ok(error instanceof RouterError && error.code === "upstream_not_found");
  });
});
