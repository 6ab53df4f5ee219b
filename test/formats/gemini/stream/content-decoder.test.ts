import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../../../src/core/errors.ts";
import type { JsonMembers, JsonValue, StreamEvent } from "../../../../src/core/provider.ts";
import { ArraySplitter } from "../../../../src/formats/gemini/stream/array-splitter.ts";
import { PartialArguments } from "../../../../src/formats/gemini/stream/partial-arguments.ts";
import { chatCall, decoded, told } from "../../kit/chat/support.ts";
import { geminiAdapter, sse } from "../support.ts";

const call = chatCall({ stream: true });
const eventsOf = (chunks: readonly unknown[]): StreamEvent[] => decoded(geminiAdapter(), call, [sse(chunks)]);
const toldOf = (chunks: readonly unknown[]): JsonValue[] => eventsOf(chunks).map(told);
const chunk = (parts: readonly JsonMembers[], more: JsonMembers = {}): JsonMembers => ({ candidates: [{ content: { parts }, ...more }] });
const stop = chunk([], { finishReason: "STOP" });
const begin = { role: "assistant", content: "" };

/** A chunk that differs from its siblings in text and numbers alone. */
function alike(text: string, tokens: number): JsonMembers {
  const usageMetadata = { promptTokenCount: 9, candidatesTokenCount: tokens, totalTokenCount: 9 + tokens };
  return { ...chunk([{ text }], { index: 0 }), usageMetadata, responseId: "r1" };
}

describe("a stream of Gemini", () => {
  it("counts calls over its chunks, and has an id of its own for each", () => {
    const made = { functionCall: { name: "f", args: {} } };
    const events = toldOf([chunk([made]), chunk([made, made]), stop]) as { tool_calls?: { index: number; id: string }[] }[];
    const calls = events.flatMap(({ tool_calls: list = [] }) => list);
    assert.deepEqual(
      calls.map(({ index }) => index),
      [0, 1, 2],
    );
    assert.equal(new Set(calls.map(({ id }) => id)).size, 3);
    assert.deepEqual(events.at(-2), { finish_reason: "tool_calls" });
  });

  it("has several answers, each with its beginning and its end", () => {
    const events = eventsOf([chunk([{ text: "a" }]), chunk([{ text: "b" }], { index: 1, finishReason: "MAX_TOKENS" }), stop]);
    const choices = events.flatMap(({ data }) =>
      data === undefined ? [] : (JSON.parse(data.toString()) as { choices: JsonMembers[] }).choices,
    );
    assert.deepEqual(
      choices.map(({ index, delta, finish_reason: reason }) => [index, (delta as JsonMembers)["content"], reason]),
      [
        [0, "", null],
        [0, "a", null],
        [1, "", null],
        [1, "b", null],
        [0, undefined, "stop"],
        [1, undefined, "length"],
      ],
    );
  });

  it("that tells its end more than once goes on to the last", () => {
    const first = chunk([{ text: "a" }], { finishReason: "STOP" });
    assert.deepEqual(toldOf([first, chunk([{ text: "b" }], { finishReason: "MAX_TOKENS" })]), [
      begin,
      { content: "a" },
      { content: "b" },
      { finish_reason: "length" },
      "[DONE]",
    ]);
  });

  it("that does not tell its end has one where an answer came, and else was cut", () => {
    assert.deepEqual(toldOf([chunk([{ text: "a" }])]).slice(-2), [{ finish_reason: "stop" }, "[DONE]"]);
    const open = { functionCall: { name: "f", willContinue: true } };
    for (const chunks of [[chunk([{ text: "" }])], [chunk([open])], [{ usageMetadata: { promptTokenCount: 1 } }]]) {
      const last = eventsOf(chunks).at(-1);
      assert.deepEqual([last?.kind, last?.error?.code], ["error", "upstream_malformed"]);
    }
    const list = decoded(geminiAdapter(), call, [Buffer.from(`[${JSON.stringify(chunk([{ text: "a" }]))},{"cand`)]);
    assert.equal(list.at(-1)?.kind, "error");
  });

  it("of a prompt that is blocked is filtered", () => {
    const events = eventsOf([{ promptFeedback: { blockReason: "SAFETY" } }]);
    assert.deepEqual(events.map(told), [begin, { finish_reason: "content_filter" }, "[DONE]"]);
    assert.equal(events[1]?.isFiltered, true);
  });

  it("of an answer that the model got wrong fails before any content", () => {
    const [first, second, ...others] = eventsOf([chunk([{ text: "" }], { finishReason: "MALFORMED_FUNCTION_CALL" })]);
    assert.deepEqual([first?.kind, second?.kind, second?.error?.code, others.length], ["preamble", "error", "upstream_malformed", 0]);
  });

  it("may hold an error, after which nothing comes", () => {
    const error = { error: { code: 429, message: "exhausted", status: "RESOURCE_EXHAUSTED" } };
    for (const chunks of [
      [chunk([{ text: "a" }]), error, stop],
      [chunk([{ text: "a" }]), [error], stop],
    ]) {
      const events = eventsOf(chunks);
      assert.deepEqual(
        events.map(({ kind }) => kind),
        ["preamble", "content", "error"],
      );
      assert.equal(events.at(-1)?.error?.code, "upstream_rate_limited");
    }
    const [first] = decoded(geminiAdapter(), call, [Buffer.from(`[${JSON.stringify(error)}]`)]);
    assert.equal(first?.error?.code, "upstream_rate_limited");
    assert.equal(eventsOf(["no JSON"]).at(-1)?.error?.code, "upstream_malformed");
  });

  it("passes over comments, and over an end in OpenAI's words", () => {
    const bytes = Buffer.concat([Buffer.from(": keep-alive\n\n"), sse([chunk([{ text: "a" }]), stop, "[DONE]"])]);
    assert.deepEqual(decoded(geminiAdapter(), call, [bytes]).map(told), [begin, { content: "a" }, { finish_reason: "stop" }, "[DONE]"]);
  });

  it("tells at its end where the answer comes from", () => {
    const groundingMetadata = {
      webSearchQueries: ["q"],
      groundingChunks: [{ web: { uri: "https://example.com/a" } }],
      groundingSupports: [{ segment: { endIndex: 2 }, groundingChunkIndices: [0] }],
    };
    const usageMetadata = { promptTokenCount: 1, toolUsePromptTokenCount: 50, candidatesTokenCount: 2, totalTokenCount: 53 };
    const searching = chatCall({ stream: true, web_search_options: {} });
    const chunks = [chunk([{ text: "é" }]), { ...chunk([], { finishReason: "STOP", groundingMetadata }), usageMetadata }];
    const events = decoded(geminiAdapter(), searching, [sse(chunks)]);
    assert.deepEqual(events.map(told)[2], {
      annotations: [{ type: "url_citation", url_citation: { start_index: 0, end_index: 1, url: "https://example.com/a", title: "" } }],
      provider_specific_fields: { grounding_metadata: groundingMetadata },
    });
    assert.deepEqual(events.at(-1)?.usage, { promptTokens: 1, outputTokens: 2 });
  });

  it("is read the same where a chunk differs in its text and numbers alone, and where it does not", () => {
    const texts = ["a", 'b"}', "c", "\n", "d", "é", "", "f"];
    const chunks = [
      ...texts.map((text, index) => alike(text, 1 + 10 ** index)),
      { ...alike("g", 7), candidates: [{ content: { parts: [{ text: "g" }] }, index: 0, finishReason: "MAX_TOKENS" }] },
      { ...alike("h", 3), responseId: "r2" },
      alike("i", 12_345),
    ];
    const events = eventsOf(chunks);
    assert.deepEqual(events.map(told), [
      begin,
      ...[...texts, "g", "h", "i"].filter((text) => text !== "").map((content) => ({ content })),
      { finish_reason: "length" },
      { prompt_tokens: 9, completion_tokens: 12_345, total_tokens: 12_354 },
      "[DONE]",
    ]);
    const decoder = geminiAdapter().decodeStream(call, {});
    assert.ok(!(decoder instanceof RouterError));
    decoder.push(sse(chunks), () => {});
    assert.deepEqual(decoder.heard, { pieces: 10, bytes: 13 });
  });

  it("is the same wherever chunks that are alike are cut, or come together", () => {
    const bytes = sse([alike("a", 1), alike("b", 2), alike("c", 30), stop]);
    const whole = eventsOf([alike("a", 1), alike("b", 2), alike("c", 30), stop]).map(told);
    for (let at = 0; at <= bytes.length; at++) {
      assert.deepEqual(decoded(geminiAdapter(), call, [bytes.subarray(0, at), bytes.subarray(at)]).map(told), whole);
    }
    const single = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
    assert.deepEqual(decoded(geminiAdapter(), call, single).map(told), whole);
  });

  it("believes no usage that is no JSON", () => {
    const bytes = sse([alike("a", 3), alike("b", 7)])
      .toString()
      .replace('"candidatesTokenCount":7', '"candidatesTokenCount":07');
    assert.deepEqual(decoded(geminiAdapter(), call, [Buffer.from(bytes)]).at(-1)?.usage, { promptTokens: 9, outputTokens: 3 });
  });

  it("has images, code that was run, and proofs without a text", () => {
    const parts = [
      { inlineData: { mimeType: "image/png", data: "AAAA" } },
      { executableCode: { code: "1" } },
      { text: "", thoughtSignature: "c2ln" },
    ];
    assert.deepEqual(toldOf([chunk(parts), stop]).slice(1, 4), [
      { images: [{ type: "image_url", index: 0, image_url: { url: "data:image/png;base64,AAAA" } }] },
      { provider_specific_fields: { parts: [{ executableCode: { code: "1" } }] } },
      { provider_specific_fields: { thought_signatures: ["c2ln"] } },
    ]);
  });
});

function put(...pieces: readonly JsonMembers[]): string | false {
  const args = new PartialArguments();
  return pieces.every((piece) => args.add(piece)) && args.toJson();
}

describe("arguments in pieces", () => {
  it("are put together by their paths", () => {
    const pieces = [
      { jsonPath: "$.a.b[0]", stringValue: "x", willContinue: true },
      { jsonPath: "$.a.b[0]", stringValue: "y" },
      { jsonPath: "$.a.b[1]", numberValue: 1.5 },
      { jsonPath: "$['it\\'s']", boolValue: true },
      { jsonPath: '$["x.y"]', nullValue: "NULL_VALUE" },
      { jsonPath: "$.__proto__", stringValue: "z" },
    ];
    assert.equal(put(...pieces), '{"a":{"b":["xy",1.5]},"it\'s":true,"x.y":null,"__proto__":"z"}');
    assert.equal(put(), "{}");
  });

  it("are refused where they fit nowhere", () => {
    for (const jsonPath of ["a", "$", "$.a[5]", "$[0]", "$.a..b", "$.a[999999999]", `$${".a".repeat(100)}`]) {
      assert.equal(put({ jsonPath, stringValue: "x" }), false, jsonPath);
    }
    assert.equal(put({ jsonPath: "$.a", stringValue: "x" }, { jsonPath: "$.a.b", stringValue: "x" }), false);
    assert.equal(put({ jsonPath: "$.a" }), false);
    const events = eventsOf([
      chunk([{ functionCall: { name: "f", willContinue: true, partialArgs: [{ jsonPath: "$.a[7]", stringValue: "x" }] } }]),
      stop,
    ]);
    assert.equal(events.at(-1)?.error?.code, "upstream_malformed");
  });
});

it("an object in a list that is longer than any may be is refused", () => {
  const splitter = new ArraySplitter();
  const piece = Buffer.alloc(1024 * 1024, 0x20);
  assert.ok(splitter.push(Buffer.from('[{"a":'), () => assert.fail()));
  let taken = 0;
  while (taken < 20 && splitter.push(piece, () => assert.fail())) taken++;
  assert.equal(taken, 15);
});
