import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRouterSettings } from "../../src/config/settings/read-router-settings.ts";
import { openAi } from "../../src/formats/openai/index.ts";
import { CoreFixture, deployment, tableSource } from "../support/core-fixture.ts";
import { eventually } from "../support/eventually.ts";
import type { Behaviour } from "../support/fake-upstream.ts";
import { listeningRest } from "../support/rest-fixture.ts";

function openAiDeployment(id: string) {
  const host = { deploymentId: id, origin: `http://${id}`, path: () => "/", headers: {}, defaults: {}, dropped: [] };
  return deployment(id, { adapter: openAi.connect({ ...host, redact: (text) => text }, {}), inputCostPerToken: 1, outputCostPerToken: 2 });
}

const usage = { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 };
const chunk = (choices: readonly object[], over: object = {}): string =>
  `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", model: "m", choices, ...over })}\n\n`;
const text = chunk([{ index: 0, delta: { content: "Hello." }, finish_reason: null }]);
const finish = chunk([{ index: 0, delta: {}, finish_reason: "stop" }]);
const answer: Behaviour = { kind: "stream", chunks: [text, finish, chunk([], { usage }), "data: [DONE]\n\n"] };

/** One streamed call to `hangs`, then `answers`, on virtual time. */
async function setUp(second: Behaviour, headers: Readonly<Record<string, string>> = {}) {
  const settings = { ...defaultRouterSettings, streamTimeoutMs: 40_000, numRetries: 1 };
  const fixture = new CoreFixture(tableSource([openAiDeployment("hangs"), openAiDeployment("answers")], { settings }));
  fixture.upstream.script("hangs", { kind: "hang" }).script("answers", second);
  const rest = await listeningRest(fixture.router, { clock: fixture.clock });
  const body = JSON.stringify({ model: "m", stream: true, stream_options: { include_usage: true }, messages: [] });
  const asked = fetch(`http://127.0.0.1:${rest.port}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  await eventually(async () => assert.equal(fixture.upstream.hits.length, 1));
  return { fixture, rest, asked };
}

test("the caller sees pings while the first deployment hangs for 40 s, then the second one's answer", async () => {
  const { fixture, rest, asked } = await setUp(answer, { "x-huntgroup-debug": "true" });
  await using _ = rest;
  fixture.clock.advance(15_000);
  const response = await asked;
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  assert.notEqual(response.headers.get("x-request-id"), null);
  assert.equal(response.headers.get("x-huntgroup-model-id"), null, "not known yet");
  fixture.clock.advance(15_000);
  assert.equal(fixture.upstream.hits.length, 1, "the first is still asked");
  fixture.clock.advance(10_001);
  const events = (await response.text()).split("\n\n");
  const last = events[4] ?? "";
  assert.deepEqual([...events.slice(0, 4), ...events.slice(5)], [": ping", ": ping", text.trimEnd(), finish.trimEnd(), "data: [DONE]", ""]);
  const { huntgroup, ...plain } = JSON.parse(last.slice("data: ".length)) as { huntgroup: Record<string, unknown> };
  assert.deepEqual(plain, JSON.parse(chunk([], { usage }).slice("data: ".length)));
  const { overhead_duration_ms, trace, ...route } = huntgroup;
  assert.equal(typeof overhead_duration_ms, "number");
  assert.deepEqual(route, { deployment: "answers", model_group: "m", attempted_retries: 1, attempted_fallbacks: 0, response_cost: 13 });
  assert.deepEqual(
    (trace as { deployment: string; outcome: string }[]).map((one) => [one.deployment, one.outcome]),
    [
      ["hangs", "upstream_timeout"],
      ["answers", "success"],
    ],
  );
  assert.deepEqual([fixture.router.inFlight, fixture.internalErrors, rest.internalErrors], [0, [], []]);
});

test("an error after the first ping is an event, with what the headers could not tell", async () => {
  const { fixture, rest, asked } = await setUp({ kind: "reply", status: 500 });
  await using _ = rest;
  fixture.clock.advance(15_000);
  const response = await asked;
  fixture.clock.advance(3_600_000);
  const [ping, second, told = "", end] = (await response.text()).split("\n\n");
  assert.deepEqual([response.status, ping, second, end], [200, ": ping", ": ping", ""]);
  const { error, huntgroup } = JSON.parse(told.slice("data: ".length)) as { error: { code: string }; huntgroup: Record<string, unknown> };
  assert.equal(typeof error.code, "string");
  assert.deepEqual([huntgroup["deployment"], huntgroup["attempted_retries"]], ["answers", 1]);
});

test("an error before the first ping keeps its status and headers", async () => {
  const { fixture, rest, asked } = await setUp(answer);
  await using _ = rest;
  fixture.clock.advance(14_999);
  fixture.upstream.script("hangs", { kind: "reply", status: 400 });
  const early = await fetch(`http://127.0.0.1:${rest.port}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "nobody", stream: true, messages: [] }),
  });
  assert.equal(early.status, 404);
  fixture.clock.advance(60_000);
  await (await asked).text();
});

test("a stream that needed no ping has its route in the headers alone, and its bytes as they came", async () => {
  const { fixture, rest, asked } = await setUp(answer);
  await using _ = rest;
  fixture.clock.advance(60_000);
  await (await asked).text();
  fixture.upstream.script("hangs", answer);
  const second = fetch(`http://127.0.0.1:${rest.port}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "hangs", stream: true, stream_options: { include_usage: true }, messages: [] }),
  });
  await eventually(async () => assert.equal(fixture.upstream.hitsOf("hangs").length, 2));
  fixture.clock.advance(1_000);
  const response = await second;
  assert.equal(response.headers.get("x-huntgroup-model-id"), "hangs");
  assert.equal(await response.text(), `${text}${finish}${chunk([], { usage })}data: [DONE]\n\n`.replaceAll('"m"', '"hangs"'));
});
