import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRouterSettings } from "../../src/config/settings/read-router-settings.ts";
import { openAi } from "../../src/formats/openai/index.ts";
import { CoreFixture, deployment, tableSource } from "../support/core-fixture.ts";
import { eventually } from "../support/eventually.ts";
import type { Behaviour } from "../support/fake-upstream.ts";
import { listeningRest } from "../support/rest-fixture.ts";

/** What of keep-alives, first bytes and failures is so for calls that are passed on, on virtual time. */

function openAiDeployment(id: string) {
  const host = { deploymentId: id, origin: `http://${id}`, path: () => "/", headers: {}, defaults: {}, dropped: [] };
  return deployment(id, { adapter: openAi.connect({ ...host, redact: (text) => text }, {}), units: { characters: 2, images: 3 } });
}

const audio: Behaviour = { kind: "reply", headers: { "content-type": "audio/mpeg" }, body: "sound" };
const events = ["partial_image", "completed"].map((kind) => `data: {"type":"image_generation.${kind}","b64_json":"QQ=="}\n\n`);
const busy: Behaviour = { kind: "reply", status: 503, body: '{"error":{"message":"busy"}}' };

async function setUp(first: Behaviour, second: Behaviour, path: string, body: object) {
  const settings = { ...defaultRouterSettings, streamTimeoutMs: 40_000, numRetries: 1 };
  const fixture = new CoreFixture(tableSource([openAiDeployment("first"), openAiDeployment("second")], { settings }));
  fixture.upstream.script("first", first).script("second", second);
  const rest = await listeningRest(fixture.router, { clock: fixture.clock });
  const asked = fetch(`http://127.0.0.1:${rest.port}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "m", ...body }),
  });
  await eventually(async () => assert.equal(fixture.upstream.hits.length, 1));
  return { fixture, rest, asked };
}

test("speech whose first deployment says nothing for 40 s comes from the second, and nothing is sent before it", async () => {
  const { fixture, rest, asked } = await setUp({ kind: "hang" }, audio, "/v1/audio/speech", { input: "hello" });
  await using _ = rest;
  fixture.clock.advance(15_000);
  fixture.clock.advance(15_000);
  fixture.clock.advance(10_001);
  await eventually(async () => assert.equal(fixture.upstream.hits.length, 2));
  fixture.clock.advance(1);
  const response = await asked;
  assert.deepEqual([response.status, response.headers.get("content-type")], [200, "audio/mpeg"]);
  assert.equal(response.headers.get("x-huntgroup-model-id"), "second");
  assert.equal(await response.text(), "sound");
  assert.deepEqual([fixture.router.inFlight, fixture.internalErrors, rest.internalErrors], [0, [], []]);
});

test("a caller of a stream of images sees signs of life, then the events as they came, without a mark of OpenAI's chats", async () => {
  const second: Behaviour = { kind: "stream", chunks: events };
  const { fixture, rest, asked } = await setUp({ kind: "hang" }, second, "/v1/images/generations", { prompt: "x", stream: true });
  await using _ = rest;
  fixture.clock.advance(15_000);
  const response = await asked;
  assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  fixture.clock.advance(25_001);
  await eventually(async () => assert.equal(fixture.upstream.hits.length, 2));
  fixture.clock.advance(10_000);
  const text = await response.text();
  assert.ok(text.startsWith(`: ping\n\n`), text);
  assert.ok(text.includes(events[0] ?? ""), text);
  // What the headers could not tell is told at the end.
  assert.match(text, /"type":"image_generation.completed","b64_json":"QQ==","huntgroup":\{"deployment":"second"/);
  assert.doesNotMatch(text, /\[DONE\]/);
});

test("where every deployment fails, the caller of speech gets the error in JSON", async () => {
  const { fixture, rest, asked } = await setUp(busy, busy, "/v1/audio/speech", { input: "hello" });
  await using _ = rest;
  await eventually(async () => {
    fixture.clock.advance(5_000);
    assert.equal(fixture.upstream.hits.length, 2);
  });
  fixture.clock.advance(5_000);
  const response = await asked;
  assert.deepEqual([response.status, response.headers.get("content-type")], [503, "application/json"]);
  assert.match(await response.text(), /busy/);
});

test("an error in the 200 of a host that has no such voice is a failure like any other", async () => {
  const inline: Behaviour = { kind: "reply", body: '{"error":{"message":"the engine is overloaded","code":503}}' };
  const { fixture, rest, asked } = await setUp(inline, audio, "/v1/audio/speech", { input: "hello" });
  await using _ = rest;
  await eventually(async () => {
    fixture.clock.advance(5_000);
    assert.equal(fixture.upstream.hits.length, 2);
  });
  fixture.clock.advance(1);
  const response = await asked;
  assert.equal(await response.text(), "sound");
});
