import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMembers, ProviderAdapter } from "../../src/core/provider.ts";
import { anthropic } from "../../src/formats/anthropic/index.ts";
import { bedrock } from "../../src/formats/bedrock/index.ts";
import { chatCall, decoded, encoded, testHost, testRules, told } from "./kit/chat/support.ts";
import { eventFrame } from "./kit/event-stream/frames.ts";

/** Of two models, one takes a schema for its answer, and the other is given a tool. */
const rules = testRules({}, { fact: (model, name) => (name === "supports_native_structured_output" ? model.includes("new") : undefined) });
const quirks = { rules, takesPrefill: false, model: undefined };
const schema = { type: "object", properties: { a: { type: "integer" } } };
const asksJson = { stream: true, response_format: { type: "json_schema", json_schema: { name: "n", schema } } };
const sse = (event: JsonMembers): Buffer => Buffer.from(`data: ${JSON.stringify(event)}\n\n`);

const cases: readonly (readonly [name: string, adapter: ProviderAdapter, text: Buffer, prefix: string])[] = [
  [
    "anthropic",
    anthropic.connect(testHost(), { ...quirks, host: { takesUrls: true } }),
    sse({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: '{"a"' } }),
    "claude-",
  ],
  [
    "bedrock",
    bedrock.connect(testHost(), quirks),
    eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: '{"a"' } }),
    "anthropic.claude-",
  ],
];

function heard(adapter: ProviderAdapter, model: string, text: Buffer): readonly unknown[] {
  const call = chatCall(asksJson);
  encoded(adapter, call, model);
  return decoded(adapter, call, [text]).map(told);
}

for (const [name, adapter, text, prefix] of cases) {
  describe(`replies by way of a wildcard of ${name}`, () => {
    it("stream as they come where the model of the call takes a schema, and wait for the tool's input where it does not", () => {
      assert.deepEqual(heard(adapter, `${prefix}new`, text).at(-1), { content: '{"a"' });
      assert.ok(!JSON.stringify(heard(adapter, `${prefix}old`, text)).includes('{\\"a\\"'));
    });
  });
}
