import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { anthropic } from "../../../src/formats/anthropic/index.ts";
import { chatCall, decoded, encoded, testHost, testRules, told } from "../kit/chat/support.ts";
import { eventFrame, exceptionFrame } from "../kit/event-stream/frames.ts";

/** Claude by Bedrock's InvokeModel: Anthropic's bodies and events, within AWS's framing. */
const adapter = anthropic.connect(testHost(), {
  rules: testRules({ max_output_tokens: 64_000, supports_reasoning: true, supports_adaptive_thinking: true }),
  takesPrefill: false,
  host: { takesUrls: false, bodyVersion: "bedrock-2023-05-31", betas: "bedrock-invoke", framesEvents: true },
  model: "anthropic.claude-opus-4-6-v1",
});

function body(members: JsonMembers): JsonMembers {
  const { body: pieces } = encoded(adapter, chatCall(members), "anthropic.claude-opus-4-6-v1");
  return JSON.parse(Buffer.concat(pieces).toString()) as JsonMembers;
}

const events: readonly JsonMembers[] = [
  { type: "message_start", message: { usage: { input_tokens: 10, output_tokens: 1 } } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Grüezi" } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 3 } },
  { type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 10, outputTokenCount: 3 } },
];

describe("a chat for Claude by InvokeModel", () => {
  it("has its version in the body, and neither a model nor a word about streams nor a tier of service", () => {
    assert.deepEqual(body({ stream: true, service_tier: "auto" }), {
      anthropic_version: "bedrock-2023-05-31",
      messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
      max_tokens: 64_000,
    });
  });

  it("asks for AWS's framing where it asks for a stream", () => {
    const call = chatCall({ stream: true });
    assert.equal(encoded(adapter, call, "m").headers["accept"], "application/vnd.amazon.eventstream");
  });

  it("has the betas that Bedrock takes, by the names that it knows, without the fields of those that it does not", () => {
    const thinking = { type: "adaptive", block_binding: "x", display: "updates" };
    const betas = ["context-1m-2025-08-07", "oauth-2025-04-20", "advanced-tool-use-2025-11-20"];
    const members = { anthropic_beta: betas, thinking, context_management: { edits: [] } };
    const sent = body(members);
    assert.deepEqual(sent["anthropic_beta"], ["context-1m-2025-08-07", "tool-search-tool-2025-10-19"]);
    assert.deepEqual(sent["thinking"], { type: "adaptive" });
    assert.equal(sent["context_management"], undefined);
    assert.ok(encoded(adapter, chatCall(members), "m").adjusted?.includes("anthropic_beta"));
    const all = { ...members, anthropic_beta: "thinking-binding-controls-2026-08-01, context-management-2025-06-27" };
    assert.deepEqual(body(all)["thinking"], { type: "adaptive", block_binding: "x" });
    assert.deepEqual(body(all)["context_management"], { edits: [] });
  });

  it("is refused with an address of an image, which Bedrock does not fetch", () => {
    const content = [{ type: "image_url", image_url: { url: "https://pictures.example/a.png" } }];
    assert.throws(() => body({ messages: [{ role: "user", content }] }), { code: "cannot_serve_this", param: "messages[0].content[0]" });
  });
});

describe("a stream of InvokeModel", () => {
  const bytes = Buffer.concat(
    events.map((event) => eventFrame("chunk", { bytes: Buffer.from(JSON.stringify(event)).toString("base64"), p: "abc" })),
  );
  const call = chatCall({ stream: true, stream_options: { include_usage: true } });
  const expected = [
    { role: "assistant", content: "" },
    { content: "Grüezi" },
    { finish_reason: "stop" },
    { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 },
    "[DONE]",
  ];

  it("becomes OpenAI's chunks wherever it is cut", () => {
    for (let at = 0; at < bytes.length; at += 5) {
      assert.deepEqual(decoded(adapter, call, [bytes.subarray(0, at), bytes.subarray(at)]).map(told), expected);
    }
  });

  it("ends with an error at an exception, and at what holds no event", () => {
    const slow = decoded(adapter, call, [exceptionFrame("throttlingException", { message: "slow" })]).at(-1);
    assert.equal(slow?.error?.code, "upstream_rate_limited");
    const empty = decoded(adapter, call, [eventFrame("chunk", { p: "abc" })]).at(-1);
    assert.equal(empty?.error?.code, "upstream_malformed");
  });
});
