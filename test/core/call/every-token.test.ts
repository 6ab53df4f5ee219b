import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call } from "../../../src/core/call.ts";
import type { Deployment } from "../../../src/core/deployment.ts";
import type { CallRecord } from "../../../src/core/observer.ts";
import type { Usage } from "../../../src/core/outcome.ts";
import { openAi } from "../../../src/formats/openai/index.ts";
import { readCall } from "../../../src/formats/openai/request/read-call.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import type { Behaviour } from "../../support/fake-upstream.ts";

const priced = { inputCostPerToken: 0.0001, outputCostPerToken: 0.0001 };
const day = 86_400_000;

/** One deployment that speaks OpenAI's format, on virtual time. */
function fixtureOf(over: Partial<Deployment> = {}, records: CallRecord[] = []): CoreFixture {
  const adapter = openAi.connect(
    {
      deploymentId: "a",
      origin: "http://a",
      path: () => "/",
      headers: {},
      defaults: {},
      dropped: [],
      redact: (text) => text,
    },
    {},
  );
  return new CoreFixture(tableSource([deployment("a", { ...priced, adapter, ...over })]), 1, [
    { callEnded: (one) => void records.push(one) },
  ]);
}

function asks(fields: object, over: Partial<Call> = {}): Partial<Call> {
  const endpoint = over.endpoint ?? "chat";
  const read = readCall(Buffer.from(JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "hi" }], ...fields })), {
    endpoint,
    pathModel: undefined,
    callId: "c",
    inboundProtocol: "rest",
    caller: undefined,
    traceContext: undefined,
    now: 0,
  });
  assert.ok(read.ok);
  return { ...read.value, ...over };
}

function chunk(delta: object, more: object = {}): string {
  return sse({ id: "1", model: "up", choices: [{ index: 0, delta, finish_reason: null }], ...more });
}

function sse(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

const stop = sse({ id: "1", model: "up", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
const done = "data: [DONE]\n\n";

function streamOf(chunks: readonly string[], more: Partial<Extract<Behaviour, { kind: "stream" }>> = {}): Behaviour {
  return { kind: "stream", gapMs: 0, chunks: [...chunks, stop, done], ...more };
}

const manyPieces = chunk({ content: " a" }).repeat(5_000);
const long = streamOf([manyPieces]);

async function usageOf(behaviour: Behaviour, call: Partial<Call>): Promise<Usage | undefined> {
  const records: CallRecord[] = [];
  const fixture = fixtureOf({}, records);
  fixture.upstream.otherwise(behaviour);
  await fixture.run(call);
  return records[0]?.usage;
}

test("streams without usage are charged for what came, so that a budget holds", async () => {
  const fixture = fixtureOf();
  fixture.upstream.otherwise(long);
  const caller = callerKeyOf("team", { budget: { usd: 1, periodMs: undefined } });
  let passed = 0;
  while (passed < 60 && (await fixture.run(asks({}, { caller }))).error === undefined) passed++;
  assert.equal(passed, 2);
});

test("streams without usage count for tpm with what came", async () => {
  const fixture = fixtureOf();
  fixture.upstream.otherwise(long);
  const caller = callerKeyOf("team", { tpm: 20_000 });
  let passed = 0;
  while (passed < 60 && (await fixture.run(asks({}, { caller }))).error === undefined) passed++;
  assert.ok(passed <= 4, `${passed} passed`);
});

test("a short answer without usage is charged for what it is", async () => {
  const usage = await usageOf(streamOf([chunk({ content: "Yes" }), chunk({ content: "!" })]), asks({}));
  assert.deepEqual([usage?.outputTokens, usage?.estimated], [2, true]);
});

const tool = (fields: object): object => ({ tool_calls: [{ index: 0, ...fields }] });
const kinds: readonly (readonly [what: string, chunks: readonly string[], tokens: number, endpoint?: Call["endpoint"]])[] = [
  ["pieces of text, one token each at least", Array.from({ length: 50 }, () => chunk({ content: "a" })), 50],
  ["large pieces, by their bytes", [chunk({ content: "x".repeat(4_000) })], 1_000],
  ["text beyond ASCII, by its bytes in UTF-8", [chunk({ content: "é".repeat(2_000) })], 1_000],
  ["the same written as escapes", [chunk({ content: "é".repeat(2_000) }).replaceAll("é", String.raw`\u00e9`)], 1_000],
  ["emoji written as escapes", [chunk({ content: "🚀".repeat(1_000) }).replaceAll("🚀", String.raw`\ud83d\ude80`)], 1_000],
  ["many escapes in chunks that fit the template", Array.from({ length: 9 }, () => chunk({ content: '"'.repeat(400) })), 900],
  ["reasoning", [chunk({ reasoning_content: "x".repeat(4_000) })], 1_000],
  ["reasoning under two names once", [chunk({ reasoning: "x".repeat(4_000), reasoning_content: "x".repeat(4_000) })], 1_000],
  ["reasoning's details alone", [chunk({ reasoning_details: [{ type: "reasoning.text", text: "x".repeat(4_000) }] })], 1_000],
  ["names and arguments of tools", [chunk(tool({ function: { name: "n".repeat(400), arguments: "x".repeat(3_600) } }))], 1_000],
  ["tool calls in pieces", Array.from({ length: 10 }, () => chunk(tool({ function: { arguments: "x".repeat(400) } }))), 1_000],
  ["a refusal", [chunk({ refusal: "x".repeat(400) })], 100],
  ["content in parts", [chunk({ content: [{ type: "text", text: "x".repeat(400) }] })], 100],
  [
    "no probabilities",
    [sse({ choices: [{ delta: { content: "x" }, logprobs: { content: [{ token: "x".repeat(999), text: "y".repeat(99) }] } }] })],
    1,
  ],
  ["several choices in one chunk", [sse({ choices: [0, 1, 2].map((index) => ({ index, delta: { content: "x" } })) })], 3],
  [
    "several choices in turn",
    Array.from({ length: 30 }, (_, index) => chunk({ content: "x" }).replace('"index":0', `"index":${index % 3}`)),
    30,
  ],
  ["completions", [sse({ choices: [{ index: 0, text: "x".repeat(400), finish_reason: null }] })], 100, "completions"],
  ["the text of a finish", [sse({ choices: [{ index: 0, delta: { content: "x".repeat(400) }, finish_reason: "stop" }] })], 100],
];

for (const [what, chunks, tokens, endpoint = "chat"] of kinds) {
  test(`a stream without usage counts ${what}, however its bytes are cut`, async () => {
    const call = asks({}, { endpoint });
    assert.equal((await usageOf(streamOf(chunks), call))?.outputTokens, tokens);
    assert.equal((await usageOf(streamOf([chunks.join("")]), call))?.outputTokens, tokens);
    const halves = chunks.join("").match(/[^]{1,100}/gu) ?? [];
    assert.equal((await usageOf(streamOf(halves), call))?.outputTokens, tokens);
  });
}

test("a unary reply without usage counts its text, over all choices", async () => {
  const choices = [0, 1].map((index) => ({
    index,
    message: { content: "x".repeat(400), tool_calls: [{ function: { name: "f".repeat(40), arguments: "y".repeat(360) } }] },
  }));
  const usage = await usageOf({ kind: "reply", body: JSON.stringify({ choices }) }, asks({ stream: false }));
  assert.deepEqual([usage?.outputTokens, usage?.estimated], [400, true]);
  assert.equal(
    (await usageOf({ kind: "reply", body: '{"data":[]}' }, asks({ stream: false, input: "x" }, { endpoint: "embeddings" })))?.outputTokens,
    0,
  );
});

test("usage beyond all sense is not believed: what came is counted", async () => {
  const usage = { prompt_tokens: 1e308, completion_tokens: 1e308 };
  const counted = await usageOf(
    { kind: "reply", body: JSON.stringify({ choices: [{ message: { content: "x".repeat(40) } }], usage }) },
    asks({ stream: false }),
  );
  assert.deepEqual([counted?.outputTokens, counted?.estimated], [10, true]);
});

test("a deployment's tokens per byte are learned from what it reports, and used where it does not", async () => {
  const records: CallRecord[] = [];
  const fixture = fixtureOf({}, records);
  const usage = { prompt_tokens: 200, completion_tokens: 400 };
  fixture.upstream.script(
    "a",
    streamOf([chunk({ content: "x".repeat(800) }), sse({ choices: [], usage })]),
    streamOf([chunk({ content: "x".repeat(80) })]),
  );
  await fixture.run(asks({}));
  await fixture.run(asks({}));
  assert.deepEqual(
    records.map((one) => [one.usage?.promptTokens, one.usage?.outputTokens, one.usage?.estimated]),
    [
      [200, 400, undefined],
      [200, 40, true],
    ],
  );
});

const asked = '"stream_options":{"include_usage":true}';
const usageChunk = sse({ id: "1", model: "up", choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } });

test("the usage is asked for, and a caller who did not ask sees nothing that comes of it", async () => {
  const pieces = ["a", "b", "c"].map((content) => chunk({ content }, { usage: null }));
  const told = [...pieces, stop, usageChunk, done];
  const records: CallRecord[] = [];
  const fixture = fixtureOf({}, records);
  fixture.upstream.otherwise({ kind: "stream", chunks: told });
  const unasked = await fixture.run(asks({}));
  assert.ok(fixture.upstream.hits[0]?.body.includes(asked));
  const plain = ["a", "b", "c"].map((content) => chunk({ content }));
  const mine = [...plain, stop, done].map((one) => one.replace('"up"', '"m"').trim());
  assert.deepEqual(
    unasked.log.filter((line) => line.startsWith("data")),
    mine,
  );
  const asking = await fixture.run(asks({ stream_options: { include_usage: true } }));
  assert.deepEqual(
    asking.log.filter((line) => line.startsWith("data")),
    told.map((one) => one.replace('"up"', '"m"').trim()),
  );
  assert.deepEqual(
    records.map((one) => one.usage),
    [7, 7].map((promptTokens) => ({ promptTokens, outputTokens: 3 })),
  );
});

test("a member usage: null is left out wherever it stands, and nothing else is touched", async () => {
  const cases = [
    ['{"usage":null,"choices":[{"delta":{"content":"a"}}],"x":1}', '{"choices":[{"delta":{"content":"a"}}],"x":1}'],
    ['{"choices":[{"delta":{"content":"a"}}] , "usage" : null , "x":1.50}', '{"choices":[{"delta":{"content":"a"}}]  , "x":1.50}'],
    [
      '{"model":"up","usage":null,"choices":[{"delta":{"content":"a","usage":null}}]}',
      '{"model":"m","choices":[{"delta":{"content":"a","usage":null}}]}',
    ],
    [
      '{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":1}}',
      '{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":1}}',
    ],
  ] as const;
  for (const [sent, seen] of cases) {
    for (const count of [1, 4]) {
      const fixture = fixtureOf();
      fixture.upstream.otherwise(streamOf(Array.from({ length: count }, () => `data: ${sent}\n\n`)));
      const { log } = await fixture.run(asks({}));
      assert.equal(log[count], `data: ${seen}`);
    }
  }
});

test("a caller's own stream options stay beside the question", async () => {
  const fixture = fixtureOf();
  fixture.upstream.otherwise(streamOf([chunk({ content: "a" })]));
  for (const options of [{ include_obfuscation: false }, { include_usage: false }, null])
    await fixture.run(asks({ stream_options: options }));
  const sent = fixture.upstream.hits.map(({ body }) => (JSON.parse(body) as { stream_options: unknown }).stream_options);
  assert.deepEqual(sent, [{ include_obfuscation: false, include_usage: true }, { include_usage: true }, { include_usage: true }]);
});

test("a host that refuses the question is asked without it, unseen, and again after a day", async () => {
  const fixture = fixtureOf();
  const refusal: Behaviour = { kind: "reply", status: 400, body: '{"error":{"message":"Extra inputs are not permitted"}}' };
  const good = streamOf([chunk({ content: "a" })]);
  fixture.upstream.script("a", refusal, good, good, refusal, good);
  for (const waitMs of [0, day - 1_000, 2_000]) {
    fixture.clock.advance(waitMs);
    const { error, route } = await fixture.run(asks({}));
    assert.deepEqual([error, route?.trace.length], [undefined, 1]);
  }
  assert.deepEqual(
    fixture.upstream.hits.map(({ body }) => body.includes(asked)),
    [true, false, false, true, false],
  );
});

test("a request that fails without the question too is the caller's fault, and nothing is learned", async () => {
  const fixture = fixtureOf();
  fixture.upstream.script("a", { kind: "reply", status: 400, body: '{"error":{"message":"No such voice"}}' });
  assert.equal((await fixture.run(asks({}))).error?.code, "invalid_request");
  fixture.upstream.script("a", streamOf([chunk({ content: "a" })]));
  await fixture.run(asks({}));
  // Once it has told its usage, a refusal is not about that.
  fixture.upstream.script("a", { kind: "reply", status: 400, body: '{"error":{"message":"No such voice"}}' });
  await fixture.run(asks({}));
  assert.deepEqual(
    fixture.upstream.hits.map(({ body }) => body.includes(asked)),
    [true, false, true, true],
  );
});

/** Hangs up after so long. @returns What is counted of the last call. */
async function hungUp(behaviour: Behaviour, afterMs: number, call: Partial<Call>, learned: readonly Behaviour[] = []): Promise<CallRecord> {
  const records: CallRecord[] = [];
  const fixture = fixtureOf({}, records);
  for (const one of learned) {
    fixture.upstream.script("a", one);
    await fixture.run(asks({}));
  }
  fixture.upstream.script("a", behaviour);
  const { handle } = fixture.start(call);
  fixture.clock.advance(afterMs);
  handle.cancel();
  await fixture.settle(1);
  const last = records.at(-1);
  assert.ok(last);
  return last;
}

/** Reports 100 tokens, in a second: 10 ms each. */
const hundred: Behaviour = {
  kind: "stream",
  gapMs: 500,
  chunks: [
    chunk({ content: "x".repeat(400) }),
    `${stop}${sse({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 100 } })}`,
    done,
  ],
};

const hangUps: readonly (readonly [
  what: string,
  behaviour: Behaviour,
  afterMs: number,
  fields: object,
  output: number,
  learned?: boolean,
])[] = [
  ["before content, with nothing learned, costs a usual answer", { kind: "hang" }, 1, {}, 211],
  ["before content costs the learned mean", { kind: "hang" }, 1, {}, 100, true],
  ["before content costs the learned mean for each answer", { kind: "hang" }, 1, { n: 3 }, 300, true],
  ["before content costs the time, where that is more", { kind: "hang" }, 5_000, {}, 500, true],
  ["before content costs no more than the cap", { kind: "hang" }, 5_000, { max_tokens: 30, n: 2 }, 60, true],
  ["of a unary call is the same", { kind: "hang" }, 5_000, { stream: false }, 500, true],
  [
    "after content costs what came, where that is more",
    { kind: "stream", end: "hang", chunks: [manyPieces] },
    1,
    { max_tokens: 1 },
    5_000,
    true,
  ],
  ["after little content costs the mean", { kind: "stream", end: "hang", chunks: [chunk({ content: "x" })] }, 1, {}, 100, true],
];

for (const [what, behaviour, afterMs, fields, output, learned = false] of hangUps) {
  test(`a hang-up ${what}`, async () => {
    const { usage, costUsd, error } = await hungUp(behaviour, afterMs, asks(fields), learned ? [hundred] : []);
    assert.deepEqual([error?.code, usage?.outputTokens, usage?.estimated], ["cancelled", output, true]);
    assert.ok(usage !== undefined && usage.promptTokens > 0);
    assert.ok(Math.abs((costUsd ?? 0) - (usage.promptTokens + output) * 0.0001) < 1e-9);
  });
}

test("a hang-up while the call waits for capacity costs nothing", async () => {
  const records: CallRecord[] = [];
  const fixture = fixtureOf({ maxParallelRequests: 1 }, records);
  fixture.upstream.otherwise({ kind: "hang" });
  fixture.start(asks({}));
  const { handle } = fixture.start(asks({}));
  handle.cancel();
  await fixture.settle(10);
  assert.deepEqual([records[0]?.usage, records[0]?.costUsd], [undefined, undefined]);
});

test("a cap that another cap or many answers make small never lowers what a key may come to owe, nor what it owes", async () => {
  const fixture = fixtureOf();
  fixture.upstream.otherwise({ kind: "stream", end: "hang", chunks: [manyPieces] });
  const caller = callerKeyOf("team", { budget: { usd: 10, periodMs: undefined } });
  // 4,000 tokens for each of a hundred answers is $40: it goes alone.
  const call = asks({ max_completion_tokens: 1, max_tokens: 4_000, n: 100 }, { caller });
  assert.deepEqual([call.maxOutputTokens, call.answers], [4_000, 100]);
  const first = fixture.start(call);
  const second = fixture.start(call);
  await fixture.settle(10);
  assert.equal(second.sink.error?.code, "budget_exceeded");
  first.handle.cancel();
  await fixture.settle(10);
  assert.ok(fixture.router.keyUsage("team").spentUsd > 0.5);
});

test("answers are counted over all prompts, each best_of times", () => {
  const cases: readonly [fields: object, endpoint: Call["endpoint"], answers: number][] = [
    [{}, "chat", 1],
    [{ n: 3 }, "chat", 3],
    [{ n: "3" }, "chat", 3],
    [{ n: -3 }, "chat", 1],
    [{ n: 2, best_of: 5, prompt: ["a", "b"] }, "completions", 10],
    [{ prompt: [[1, 2], [3], [4]] }, "completions", 3],
    [{ prompt: [1, 2, 3] }, "completions", 1],
    [{ prompt: "a" }, "completions", 1],
    [{ prompt: Array.from({ length: 40 }, () => "x".repeat(1_000)) }, "completions", 40],
    [{ n: 1e300 }, "chat", 1_000_000],
    [{ n: 9, input: ["a"] }, "embeddings", 1],
  ];
  for (const [fields, endpoint, answers] of cases)
    assert.equal(asks(fields, { endpoint }).answers, answers, JSON.stringify(fields).slice(0, 60));
});
