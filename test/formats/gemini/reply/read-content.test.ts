import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../../../src/core/errors.ts";
import type { DecodedReply, JsonMembers, JsonValue } from "../../../../src/core/provider.ts";
import { chatCall } from "../../kit/chat/support.ts";
import { geminiAdapter } from "../support.ts";

function decode(reply: JsonValue): DecodedReply | RouterError {
  return geminiAdapter().decodeReply(chatCall({}), {}, Buffer.from(JSON.stringify(reply)));
}

function choicesOf(reply: JsonValue): readonly JsonMembers[] {
  const decoded = decode(reply);
  assert.ok(!(decoded instanceof RouterError), "it was refused");
  return (JSON.parse(decoded.body.toString()) as { choices: JsonMembers[] }).choices;
}

const answer = (parts: readonly JsonMembers[], more: JsonMembers = {}): JsonMembers => ({
  candidates: [{ content: { role: "model", parts }, finishReason: "STOP", ...more }],
});

describe("the end of an answer", () => {
  const cases: readonly [string, string][] = [
    ["STOP", "stop"],
    ["MAX_TOKENS", "length"],
    ["CONTINUATION", "length"],
    ["SAFETY", "content_filter"],
    ["RECITATION", "content_filter"],
    ["PROHIBITED_CONTENT", "content_filter"],
    ["MALFORMED_FUNCTION_CALL", "stop"],
    ["TOO_MANY_TOOL_CALLS", "stop"],
    ["SOMETHING_NEW", "stop"],
  ];
  for (const [native, told] of cases) {
    it(`${native} is ${told}, and is told as it is too`, () => {
      const [choice] = choicesOf(answer([{ text: "a" }], { finishReason: native }));
      assert.equal(choice?.["finish_reason"], told);
      assert.deepEqual(choice?.["provider_specific_fields"], { native_finish_reason: native });
    });
  }
});

describe("a whole answer", () => {
  it("may be several, by their numbers", () => {
    const candidates = [1, 0].map((index) => ({ content: { parts: [{ text: `${index}` }] }, index, finishReason: "STOP" }));
    assert.deepEqual(
      choicesOf({ candidates }).map(({ index, message }) => [index, (message as JsonMembers)["content"]]),
      [
        [0, "0"],
        [1, "1"],
      ],
    );
  });

  it("has images, sounds, code that was run and where it comes from", () => {
    const parts = [
      { text: "Grüße" },
      { inlineData: { mimeType: "image/png", data: "AAAA" } },
      { inlineData: { mimeType: "audio/pcm", data: "BBBB" } },
      { executableCode: { code: "1" }, thoughtSignature: "c2ln" },
    ];
    const groundingMetadata = {
      groundingChunks: [{ web: { uri: "https://example.com/a", title: "A" } }],
      groundingSupports: [{ segment: { startIndex: 4, endIndex: 7 }, groundingChunkIndices: [0, 9] }],
    };
    const [choice] = choicesOf(answer(parts, { groundingMetadata }));
    assert.deepEqual(choice?.["message"], {
      role: "assistant",
      content: "Grüße",
      images: [{ type: "image_url", index: 0, image_url: { url: "data:image/png;base64,AAAA" } }],
      audio: { id: "audio_1", data: "BBBB", expires_at: 0, transcript: "" },
      annotations: [{ type: "url_citation", url_citation: { start_index: 3, end_index: 5, url: "https://example.com/a", title: "A" } }],
      provider_specific_fields: {
        thought_signatures: ["c2ln"],
        parts: [{ executableCode: { code: "1" }, thoughtSignature: "c2ln" }],
        grounding_metadata: groundingMetadata,
      },
    });
  });

  it("has the probabilities of its words", () => {
    const logprobsResult = {
      chosenCandidates: [{ token: "é", logProbability: -0.5 }],
      topCandidates: [{ candidates: [{ token: "e", logProbability: -1 }] }],
    };
    const [choice] = choicesOf(answer([{ text: "é" }], { logprobsResult }));
    assert.deepEqual(choice?.["logprobs"], {
      content: [{ token: "é", logprob: -0.5, bytes: [195, 169], top_logprobs: [{ token: "e", logprob: -1, bytes: [101] }] }],
    });
  });

  it("keeps Gemini's own ids of calls, and numbers that JavaScript cannot hold", () => {
    const body =
      '{"candidates":[{"content":{"parts":[{"functionCall":{"id":"x1","name":"f","args":{"n":12345678901234567890}}}]},"finishReason":"STOP"}]}';
    const decoded = geminiAdapter().decodeReply(chatCall({}), {}, Buffer.from(body));
    assert.ok(!(decoded instanceof RouterError));
    const { choices } = JSON.parse(decoded.body.toString()) as { choices: { message: JsonMembers }[] };
    assert.deepEqual(choices[0]?.message["tool_calls"], [
      { id: "x1", type: "function", function: { name: "f", arguments: '{"n":12345678901234567890}' } },
    ]);
  });

  it("keeps ids short where that is set", () => {
    const call = { functionCall: { id: "x1", name: "f" }, thoughtSignature: "c2ln" };
    const adapter = geminiAdapter({}, { host: { signsIds: false } });
    const decoded = adapter.decodeReply(chatCall({}), {}, Buffer.from(JSON.stringify(answer([call]))));
    assert.ok(!(decoded instanceof RouterError));
    assert.match(decoded.body.toString(), /"id":"x1","type":"function".*"thought_signature":"c2ln"/);
  });

  it("of a prompt that is blocked is filtered, and holds nothing else", () => {
    const reply = decode({ promptFeedback: { blockReason: "PROHIBITED_CONTENT" }, usageMetadata: { promptTokenCount: 4 } });
    assert.ok(!(reply instanceof RouterError));
    assert.equal(reply.isFiltered, true);
    assert.deepEqual(reply.usage, { promptTokens: 4, outputTokens: 0 });
    const { choices } = JSON.parse(reply.body.toString()) as { choices: JsonMembers[] };
    assert.deepEqual(choices, [
      {
        index: 0,
        message: { role: "assistant", content: null },
        finish_reason: "content_filter",
        provider_specific_fields: { native_finish_reason: "PROHIBITED_CONTENT" },
      },
    ]);
  });

  it("that the model got wrong and that holds nothing is a failure, as is a reply without an answer", () => {
    for (const reply of [
      answer([], { finishReason: "MALFORMED_FUNCTION_CALL" }),
      { candidates: [{ finishReason: "MALFORMED_RESPONSE" }] },
      answer([{ text: "" }], { finishReason: "UNEXPECTED_TOOL_CALL" }),
      {},
      { candidates: [] },
      [],
      "x",
    ]) {
      const error = decode(reply);
      assert.ok(error instanceof RouterError, JSON.stringify(reply));
      assert.equal(error.code, "upstream_malformed");
    }
  });

  it("may be an error, in a list too", () => {
    for (const error of [{ error: { code: 503, message: "overloaded", status: "UNAVAILABLE" } }]) {
      for (const reply of [error, [error]]) {
        const decoded = decode(reply);
        assert.ok(decoded instanceof RouterError && decoded.code === "upstream_overloaded");
      }
    }
  });
});
