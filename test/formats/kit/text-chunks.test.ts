import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { TextChunks } from "../../../src/formats/kit/event-stream/text-chunks.ts";
import { propertyRuns } from "../../support/property-runs.ts";

const usual = { id: "c", choices: [{ index: 0, delta: { content: "a" }, finish_reason: null }] };

function chunkOf(delta: JsonMembers, choice: JsonMembers = {}, members: JsonMembers = {}): JsonMembers {
  return { id: "c", choices: [{ index: 0, delta, finish_reason: null, ...choice }], ...members };
}

/** What is known of a chunk after another one. */
function known(first: JsonMembers, next: JsonMembers): string | undefined {
  const chunks = new TextChunks();
  chunks.learn(Buffer.from(JSON.stringify(first)), first);
  return chunks.textOf(Buffer.from(JSON.stringify(next)));
}

describe("a chunk that differs from the last one in its text alone", () => {
  it("is known, whatever its text holds", () => {
    const texts = fc.oneof(fc.string({ minLength: 1, unit: "grapheme" }), fc.constantFrom('"', "\\", '","content":"', "ä\n", "\u2028"));
    fc.assert(
      fc.property(texts, texts, (first, next) => assert.equal(known(chunkOf({ content: first }), chunkOf({ content: next })), next)),
      propertyRuns(200),
    );
  });

  for (const [what, first, next] of [
    ["it has no text", usual, chunkOf({ content: "" })],
    ["it ends the answer", usual, chunkOf({ content: "b" }, { finish_reason: "stop" })],
    ["it is of another answer", usual, chunkOf({ content: "b" }, { index: 1 })],
    ["it has thinking as well", usual, chunkOf({ content: "b", reasoning_content: "c" })],
    ["the last one had a role", chunkOf({ role: "assistant", content: "a" }), chunkOf({ role: "assistant", content: "b" })],
    ["the last one was of another answer", chunkOf({ content: "a" }, { index: 1 }), chunkOf({ content: "b" }, { index: 1 })],
    ["the last one told how likely its text is", chunkOf({ content: "a" }, { logprobs: {} }), chunkOf({ content: "b" }, { logprobs: {} })],
    [
      "another member is called as its text",
      chunkOf({ content: "a" }, {}, { x: { content: "a" } }),
      chunkOf({ content: "b" }, {}, { x: { content: "a" } }),
    ],
  ] as const satisfies readonly (readonly [string, JsonMembers, JsonMembers])[]) {
    it(`is not taken for one where ${what}`, () => assert.equal(known(first, next), undefined));
  }

  it("is not taken for one where its text ends sooner and something follows", () => {
    const chunks = new TextChunks();
    chunks.learn(Buffer.from(JSON.stringify(usual)), usual);
    const other = JSON.stringify(chunkOf({ content: "b", more: "c" }));
    assert.equal(chunks.textOf(Buffer.from(other)), undefined);
  });
});
