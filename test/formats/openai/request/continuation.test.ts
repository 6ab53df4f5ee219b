import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamEvent } from "../../../../src/core/provider.ts";
import { createContinuation, readChunkText } from "../../../../src/formats/openai/request/continuation.ts";
import { readCall } from "../../../../src/formats/openai/request/read-call.ts";

function event(chunk: unknown): StreamEvent {
  const data = Buffer.from(JSON.stringify(chunk));
  return {
    kind: "content",
    format: "openai",
    bytes: Buffer.from(`id: 7\ndata: ${data.toString()}\n\n`),
    data,
    usage: undefined,
    error: undefined,
  };
}

function delta(fields: object, rest: object = {}): StreamEvent {
  return event({ choices: [{ index: 0, delta: fields, finish_reason: null, ...rest }] });
}

const texts: readonly [StreamEvent, string | undefined][] = [
  [delta({ content: "hi" }), "hi"],
  [delta({ role: "assistant", content: "hi", tool_calls: [], refusal: null }), "hi"],
  [delta({ content: "hi", tool_calls: [{ index: 0 }] }), undefined],
  [delta({ reasoning_content: "hm" }), undefined],
  [delta({ content: [{ type: "text", text: "hi" }] }), undefined],
  [delta({ content: "hi" }, { index: 1 }), undefined],
  [
    event({
      choices: [
        { index: 0, delta: { content: "a" } },
        { index: 1, delta: { content: "b" } },
      ],
    }),
    undefined,
  ],
  [event({ choices: [{ index: 0, text: "hi" }] }), undefined],
];

for (const [given, text] of texts) {
  test(`${given.data?.toString()} adds ${text === undefined ? "more than text" : JSON.stringify(text)}`, () => {
    assert.equal(readChunkText(given), text);
  });
}

function bodyAfter(style: "trailing" | "vllm", body: string): unknown {
  const call = readCall(Buffer.from(body), {
    endpoint: "chat",
    inboundProtocol: "rest",
    caller: undefined,
    traceContext: undefined,
    pathModel: undefined,
    callId: "c",
    now: 0,
  });
  assert.ok(call.ok);
  const resumed = createContinuation(style).resume(call.value, 'so "far"');
  assert.ok(resumed !== undefined);
  const { bytes, members } = resumed.body;
  assert.deepEqual(
    members.map((member) => member.key),
    Object.keys(JSON.parse(bytes.toString()) as object),
  );
  return JSON.parse(bytes.toString());
}

test("the text so far stands as the last message, and the rest of the request as it was", () => {
  const last = { role: "assistant", content: 'so "far"' };
  assert.deepEqual(bodyAfter("trailing", '{"messages": [ {"role":"user","content":"é]"} ], "model":"m", "seed":12}'), {
    messages: [{ role: "user", content: "é]" }, last],
    model: "m",
    seed: 12,
  });
  assert.deepEqual(bodyAfter("trailing", '{"model":"m","messages":[ ]}'), { model: "m", messages: [last] });
});

test("vLLM is told to go on with it", () => {
  const body = bodyAfter("vllm", '{"model":"m","messages":[]}') as Record<string, unknown>;
  assert.deepEqual([body["continue_final_message"], body["add_generation_prompt"]], [true, false]);
});

test("the last chunk says who went on for whom, in its data and its bytes alike", () => {
  const marked = createContinuation("trailing").markResumed(delta({}, { finish_reason: "stop" }), "a", "b");
  const chunk = JSON.parse(marked.data?.toString() ?? "") as { huntgroup: unknown; choices: unknown[] };
  assert.deepEqual(chunk.huntgroup, { resumed_from: "a", deployment: "b" });
  assert.equal(chunk.choices.length, 1);
  assert.equal(marked.bytes.toString(), `id: 7\ndata: ${marked.data?.toString()}\n\n`);
});
