import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../../src/core/errors.ts";
import type { Call } from "../../../src/core/call.ts";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { bedrock } from "../../../src/formats/bedrock/index.ts";
import { chatCall, encodedBody, testHost, testRules } from "../kit/chat/support.ts";

const adapter = bedrock.connect(testHost(), { rules: testRules(), takesPrefill: false, model: undefined });

function embeddingsCall(members: JsonMembers): Call {
  return { ...chatCall(members), endpoint: "embeddings" };
}

/** The body of a request for embeddings. */
function body(model: string, members: JsonMembers): JsonMembers {
  const { messages: _messages, ...sent } = encodedBody(adapter, embeddingsCall(members), model);
  return sent;
}

const titan = "amazon.titan-embed-text-v2:0";
const cohere = "cohere.embed-english-v3";

describe("a request for embeddings", () => {
  const cases: readonly (readonly [string, string, JsonMembers, JsonMembers])[] = [
    ["a text for Titan", titan, { input: "a" }, { inputText: "a" }],
    ["a list with one text for Titan", titan, { input: ["a"], dimensions: 256 }, { inputText: "a", dimensions: 256 }],
    [
      "Titan for images as well",
      "amazon.titan-embed-image-v1",
      { input: "a", dimensions: 256 },
      { inputText: "a", embeddingConfig: { outputEmbeddingLength: 256 } },
    ],
    ["Titan's own parameter", titan, { input: "a", normalize: false }, { inputText: "a", normalize: false }],
    [
      "texts for Cohere",
      cohere,
      { input: ["a", "b"], encoding_format: "base64" },
      { input_type: "search_document", texts: ["a", "b"], embedding_types: ["float"] },
    ],
    [
      "Cohere's own parameters, and its fourth model's dimensions",
      "us.cohere.embed-v4:0",
      { input: "a", input_type: "search_query", truncate: "END", dimensions: 512 },
      { input_type: "search_query", truncate: "END", texts: ["a"], embedding_types: ["float"], output_dimension: 512 },
    ],
  ];
  for (const [name, model, members, expected] of cases) {
    it(`is written for ${name}`, () => assert.deepEqual(body(model, members), expected));
  }

  const refused: readonly (readonly [string, string, JsonMembers, string, string])[] = [
    ["several texts for Titan", titan, { input: ["a", "b"] }, "cannot_serve_this", "input"],
    ["more texts than Cohere takes", cohere, { input: Array.from({ length: 97 }, () => "a") }, "cannot_serve_this", "input"],
    ["dimensions for Titan's first", "amazon.titan-embed-text-v1", { input: "a", dimensions: 9 }, "cannot_serve_this", "dimensions"],
    ["dimensions for Cohere's third", cohere, { input: "a", dimensions: 9 }, "cannot_serve_this", "dimensions"],
    ["tokens", titan, { input: [1, 2] }, "cannot_serve_this", "input"],
    ["what is no text", titan, { input: [{}] }, "invalid_request", "input"],
  ];
  for (const [name, model, members, code, param] of refused) {
    it(`is refused with ${name}`, () => {
      assert.throws(() => body(model, members), { code, param });
    });
  }

  it("is refused for models of other makers", () => {
    assert.throws(() => body("anthropic.claude-sonnet-4-5", { input: "a" }), { code: "operation_not_supported" });
  });
});

/** What is read of a reply: its vectors, the tokens of its input, and whether these are estimated. */
function read(reply: JsonMembers, headers = {}): unknown {
  const decoded = adapter.decodeReply(embeddingsCall({ input: "text of a call" }), headers, Buffer.from(JSON.stringify(reply)));
  if (decoded instanceof RouterError) return decoded.code;
  const { data, usage } = JSON.parse(decoded.body.toString()) as { data: { embedding: number[] }[]; usage: JsonMembers };
  return [data.map(({ embedding }) => embedding), usage["prompt_tokens"], decoded.usage?.estimated === true];
}

describe("a reply with embeddings", () => {
  it("is read from Titan, with its count of tokens", () => {
    assert.deepEqual(read({ embedding: [1, 2], inputTextTokenCount: 3 }), [[[1, 2]], 3, false]);
    assert.deepEqual(read({ embeddingsByType: { float: [1, 2] }, inputTextTokenCount: 3 }), [[[1, 2]], 3, false]);
  });

  it("is read from Cohere, with the count of tokens in Bedrock's header", () => {
    const headers = { "x-amzn-bedrock-input-token-count": "7" };
    assert.deepEqual(read({ embeddings: [[1], [2]] }, headers), [[[1], [2]], 7, false]);
    assert.deepEqual(read({ embeddings: { float: [[1], [2]] } }, headers), [[[1], [2]], 7, false]);
    assert.deepEqual(read({ embeddings: { float: [[1]] } }), [[[1]], 4, true]);
  });

  it("is a failure without any", () => {
    for (const reply of [{}, { embedding: [] }, { embeddings: [["a"]] }, { embeddings: { int8: [[1]] } }]) {
      assert.equal(read(reply), "upstream_malformed");
    }
  });
});
