import assert from "node:assert/strict";
import { test } from "node:test";
import type { BegunAnswer, StreamEvent } from "../../../../src/core/provider.ts";
import { continueAnswer } from "../../../../src/formats/kit/continuation/continue-answer.ts";
import { createContinuation, readChunkText } from "../../../../src/formats/kit/continuation/continuation.ts";
import { readCall } from "../../../../src/formats/openai/request/read-call.ts";
import { callOf } from "../../../support/core-fixture.ts";

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

const begun: BegunAnswer = { text: 'so "far"', pieces: 30, cuts: 1, sample: undefined, from: "a", by: "b" };

const context = {
  endpoint: "chat",
  inboundProtocol: "rest",
  caller: undefined,
  traceContext: undefined,
  pathModel: undefined,
  callId: "c",
  now: 0,
} as const;

function bodyAfter(style: "trailing" | "vllm", body: string): unknown {
  const call = readCall(Buffer.from(body), context);
  assert.ok(call.ok);
  const resumed = createContinuation(style).resume(call.value, begun);
  assert.ok(resumed !== undefined);
  const { bytes, members } = resumed.call.body;
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
  const [marked] = continueAnswer(callOf(), begun)({ ...delta({}, { finish_reason: "stop" }), kind: "finish" });
  assert.ok(marked !== undefined);
  const chunk = JSON.parse(marked.data?.toString() ?? "") as { huntgroup: unknown; choices: unknown[] };
  assert.deepEqual(chunk.huntgroup, { resumed_from: "a", deployment: "b" });
  assert.equal(chunk.choices.length, 1);
  assert.equal(marked.bytes.toString(), `id: 7\ndata: ${marked.data?.toString()}\n\n`);
});

test("the rest of the cap is asked for, at least one token", () => {
  for (const [caps, rest] of [
    [{ max_tokens: 120 }, { max_tokens: 90 }],
    [{ max_completion_tokens: 31 }, { max_completion_tokens: 1 }],
    [{ max_tokens: 10 }, { max_tokens: 1 }],
    [{}, {}],
  ] as const) {
    const { messages: _, ...after } = bodyAfter("trailing", JSON.stringify({ model: "m", ...caps, messages: [] })) as { messages: unknown };
    assert.deepEqual(after, { model: "m", ...rest });
  }
});

function chunkOf(one: StreamEvent | undefined): Record<string, unknown> {
  return JSON.parse(one?.data?.toString() ?? "{}") as Record<string, unknown>;
}

test("an answer that goes on keeps the stream's ids, and its usage is the sum over the attempts", () => {
  const sample = Buffer.from('{"id":"one","created":1,"choices":[]}');
  const continued = continueAnswer(callOf(), { ...begun, sample });
  const [piece] = continued(event({ id: "two", created: 2, choices: [{ index: 0, delta: { content: "!" } }] }));
  assert.deepEqual(chunkOf(piece), { id: "one", created: 1, choices: [{ index: 0, delta: { content: "!" } }] });
  assert.equal(piece?.bytes.toString(), `data: ${piece?.data?.toString()}\n\n`);
  const usage = { prompt_tokens: 50, completion_tokens: 90, total_tokens: 140 };
  const [last] = continued({ ...event({ id: "two", created: 2, choices: [], usage }), kind: "finish" });
  // The first attempt read the prompt without the 30 tokens that it wrote itself.
  assert.deepEqual(chunkOf(last), {
    id: "one",
    created: 1,
    choices: [],
    usage: { prompt_tokens: 70, completion_tokens: 120, total_tokens: 190 },
    huntgroup: { resumed_from: "a", deployment: "b" },
  });
});

test("a stop sequence that begins before the cut ends the answer behind it", () => {
  for (const [stop, text, pieces, kinds] of [
    ["END", "so E", ["ND", " more"], ["finish", "done"]],
    [["x", "END"], "so E", ["N", "D"], ["content", "finish", "done"]],
    ["END", "so E", ["mpty", "END"], ["content", "content"]],
    ["END", "so END?", ["NDless"], ["content"]],
    [null, "so E", ["ND"], ["content"]],
  ] as const) {
    const call = readCall(Buffer.from(JSON.stringify({ model: "m", stop, messages: [] })), context);
    assert.ok(call.ok);
    const continued = continueAnswer(call.value, { ...begun, text });
    const kept: string[] = [];
    for (const one of pieces) {
      if (kept.includes("done")) break;
      kept.push(...continued(delta({ content: one })).map(({ kind }) => kind));
    }
    assert.deepEqual(kept, kinds, JSON.stringify([stop, text, pieces]));
  }
});
