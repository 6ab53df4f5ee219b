import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deployment } from "../../../src/core/deployment.ts";
import { RouterError } from "../../../src/core/errors.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { AccessLog } from "../../../src/telemetry/log/access-log.ts";
import { PrefixHashes } from "../../../src/telemetry/log/prefix-hashes.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import { fakeAdapter } from "../../support/fake-adapter.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";
import { logLines, type LogLines } from "../support/log-lines.ts";

const settings = { ...defaultRouterSettings, numRetries: 1, cooldown: { ...defaultRouterSettings.cooldown, disabled: true } };
const time = "2026-01-02T03:04:05.006Z";
const planted = "the-planted-prompt";

function fixtureOf(
  deployments: readonly Deployment[],
  { withContent = false, cooldowns = false, calibration = true, prefixes = undefined as PrefixHashes | undefined } = {},
): { readonly core: CoreFixture; readonly lines: LogLines } {
  const lines = logLines();
  const source = tableSource(deployments, { settings: cooldowns ? defaultRouterSettings : settings });
  return { core: new CoreFixture(source, 1, [new AccessLog(lines.log, { content: withContent, calibration, prefixes })]), lines };
}

test("a call that goes well is one line with all that is known of it", async () => {
  const { core, lines } = fixtureOf([deployment("a", { inputCostPerToken: 0.001, outputCostPerToken: 0.002 })]);
  core.upstream.script("a", { kind: "reply", afterMs: 250, body: '{"usage":{"prompt_tokens":10,"completion_tokens":20}}' });
  await core.run({ id: "id-1", inboundProtocol: "grpc", caller: callerKeyOf("team") });
  assert.deepEqual(lines.take(), [
    {
      level: "info",
      time,
      kind: "access",
      call_id: "id-1",
      door: "grpc",
      endpoint: "chat",
      key_name: "team",
      model: "m",
      group: "m",
      deployment: "a",
      stream: false,
      outcome: "success",
      attempts: 1,
      retries: 0,
      fallbacks: 0,
      prompt_tokens: 10,
      output_tokens: 20,
      cost_usd: 0.05,
      total_ms: 250,
      first_token_ms: 250,
      queue_ms: 0,
      overhead_ms: 0,
      tried: [{ deployment: "a", outcome: "success", ms: 250 }],
      msg: "call ended",
    },
  ]);
});

/** What differs from call to call, in the order of the table below. */
const told = ["level", "outcome", "code", "upstream_status", "group", "deployment", "attempts", "retries", "fallbacks"] as const;

test("failures, streams and hang-ups each are one line too", async () => {
  const { core, lines } = fixtureOf([deployment("a"), deployment("b"), deployment("c", { group: "c" })]);
  const seen = (): readonly unknown[] => {
    const found = lines.take();
    assert.equal(found.length, 1);
    return told.map((field) => found[0]?.[field]);
  };
  core.upstream.script("a", { kind: "reply", status: 500 }).script("b", { kind: "reply", status: 429 });
  await core.run();
  assert.deepEqual(seen(), ["info", "rate_limited", "upstream_rate_limited", undefined, "m", "b", 2, 1, 0]);
  core.upstream.script("b", { kind: "reply", status: 500 });
  await core.run();
  assert.deepEqual(seen(), ["warn", "server_error", "upstream_error", undefined, "m", "b", 2, 1, 0]);
  core.upstream.script("b", { kind: "stream", firstMs: 10, gapMs: 5, chunks: ["content a\n", "finish\n", "done\n"] });
  await core.run({ stream: true });
  assert.deepEqual(seen(), ["info", "success", undefined, undefined, "m", "b", 2, 1, 0]);
  core.upstream.script("c", { kind: "hang" });
  core.start({ model: "c" }).handle.cancel();
  assert.deepEqual(seen(), ["info", "cancelled", "cancelled", undefined, "c", "c", 1, 0, 0]);
  await core.run({ model: "nope" });
  assert.deepEqual(seen(), ["info", "client_error", "model_not_found", undefined, "", undefined, 0, 0, 0]);
  await core.run({ model: "c", deadline: core.clock.now() + 20 });
  assert.deepEqual(seen(), ["warn", "timeout", "deadline_exceeded", undefined, "c", "c", 1, 0, 0]);
});

test("a stream's line has the time to its first content and to its end", async () => {
  const { core, lines } = fixtureOf([deployment("a")]);
  core.upstream.script("a", { kind: "stream", firstMs: 10.123_456, gapMs: 5, chunks: ["content a\n", "content b\n", "finish\ndone\n"] });
  await core.run({ stream: true });
  const [line] = lines.take();
  assert.deepEqual([line?.["stream"], line?.["first_token_ms"], line?.["total_ms"]], [true, 10.123, 20.123]);
});

test("every attempt of a call is told with how it went and how long it took", async () => {
  const { core, lines } = fixtureOf([deployment("a"), deployment("b")]);
  core.upstream.script("a", { kind: "reply", status: 500, afterMs: 5 }).script("b", { kind: "reply", status: 429, afterMs: 7 });
  core.upstream.script("b", { kind: "reply", status: 500, afterMs: 5 }).script("a", { kind: "reply", status: 429, afterMs: 7 });
  await core.run();
  const tried = lines.take()[0]?.["tried"] as readonly Readonly<Record<string, unknown>>[];
  assert.deepEqual(new Set(tried.map(({ deployment: id }) => id)), new Set(["a", "b"]));
  assert.ok(tried.every(({ outcome, ms }) => (outcome === "upstream_error" ? ms === 5 : outcome === "upstream_rate_limited" && ms === 7)));
});

const long = JSON.stringify({ messages: [{ role: "user", content: "the-planted-prompt ".repeat(100) }] });

test("what calibration learns from is told where it is to be, and hashes of prompts only where they are asked for", async () => {
  const prefixes = new PrefixHashes("sk-the-master-key");
  const cases = [
    { calibration: true, prefixes: undefined, has: ["session", "tried", "cached_tokens"] },
    { calibration: true, prefixes, has: ["session", "tried", "cached_tokens", "prefixes"] },
    { calibration: false, prefixes, has: [] },
  ];
  for (const { has, ...options } of cases) {
    const { core, lines } = fixtureOf([deployment("a", { adapter: cachingAdapter("a") })], options);
    core.upstream.script("a", { kind: "reply", body: "{}" });
    await core.run({ session: "s", body: { bytes: Buffer.from(long), members: [] } });
    assert.ok(!lines.text().includes("planted") && !lines.text().includes("sk-"));
    const [line = {}] = lines.take();
    assert.deepEqual(new Set(["session", "tried", "cached_tokens", "prefixes"].filter((key) => key in line)), new Set(has));
  }
});

/** A provider whose cache had a part of the prompt. */
function cachingAdapter(id: string): ReturnType<typeof fakeAdapter> {
  const usage = { promptTokens: 500, outputTokens: 1, cachedTokens: 400 };
  return { ...fakeAdapter(id), decodeReply: () => ({ format: "openai", body: Buffer.from("{}"), usage }) };
}

test("a cooldown is a warning", async () => {
  const { core, lines } = fixtureOf([deployment("a"), deployment("b")], { cooldowns: true });
  core.upstream.script("a", { kind: "reply", status: 401 });
  await core.run();
  assert.deepEqual(lines.take()[0], {
    level: "warn",
    time,
    kind: "cooldown",
    deployment: "a",
    group: "m",
    code: "upstream_auth",
    cooldown_ms: 5_000,
    msg: "deployment cooling down",
  });
});

/** A provider that quotes the prompt in its error, and speaks OpenAI's JSON in its stream's lines. */
function quoting(id: string): Deployment {
  const upstream = { status: 400, message: `bad word: ${planted}`, type: undefined, param: undefined, code: undefined };
  const adapter = { ...fakeAdapter(id), decodeError: () => new RouterError("invalid_request", `bad word: ${planted}`, { upstream }) };
  return deployment(id, { adapter });
}

const body = { bytes: Buffer.from(JSON.stringify({ model: "m", messages: [{ role: "user", content: planted }] })), members: [] };

test("nothing of the prompt, the answer or a provider's own words is logged", async () => {
  const { core, lines } = fixtureOf([quoting("a")]);
  core.upstream.script(
    "a",
    { kind: "reply", body: JSON.stringify({ choices: [{ message: { content: planted } }] }) },
    { kind: "reply", status: 400 },
  );
  await core.run({ body });
  await core.run({ body });
  assert.equal(lines.take().length, 2);
  assert.ok(!lines.text().includes(planted));
  assert.match(lines.text(), /"upstream_status":400/);
});

test("with log_content they are, shortened, and keys in them are masked", async () => {
  const { core, lines } = fixtureOf([quoting("a")], { withContent: true });
  const long = "x".repeat(5_000);
  const reply = { choices: [{ message: { content: `see sk-abcdefgh12345678 ${long}` } }] };
  core.upstream.script("a", { kind: "reply", body: JSON.stringify(reply) }, { kind: "reply", status: 400 });
  await core.run({ body });
  await core.run({ body });
  const [good, bad] = lines.take();
  assert.equal(good?.["request"], `[{"role":"user","content":"${planted}"}]`);
  assert.match(String(good["reply"]), /^see \*\*\* x+…$/);
  assert.ok(String(good["reply"]).length < 4_010);
  assert.equal(bad?.["error_message"], `bad word: ${planted}`);
  assert.equal(bad["reply"], undefined);
});

function piece(content: string): string {
  return `content ${JSON.stringify({ choices: [{ delta: { content } }] })}\n`;
}

test("with log_content a stream's text is put together from its pieces", async () => {
  const { core, lines } = fixtureOf([deployment("a", { adapter: jsonLines("a") })], { withContent: true });
  core.upstream.script("a", { kind: "stream", chunks: [piece("Hel"), piece("lo"), "finish\ndone\n"] });
  await core.run({ stream: true, body });
  assert.equal(lines.take()[0]?.["reply"], "Hello");
});

/** The fake wire format with JSON behind its first word. */
function jsonLines(id: string): Deployment["adapter"] {
  const plain = fakeAdapter(id);
  return {
    ...plain,
    decodeStream(call, headers) {
      const decoder = plain.decodeStream(call, headers);
      if (decoder instanceof RouterError) return decoder;
      return {
        push: (chunk, emit) => decoder.push(chunk, (event) => emit({ ...event, data: event.data?.subarray("content ".length) })),
        end: (emit) => decoder.end(emit),
      };
    },
  };
}

test("what callers name things by is shortened and masked", async () => {
  const { core, lines } = fixtureOf([deployment("a")]);
  await core.run({ model: `sk-abcdefgh12345678${"y".repeat(1_000)}`, id: "sk-abcdefgh12345678" });
  const [line] = lines.take();
  assert.ok(!lines.text().includes("sk-abcdefgh"));
  assert.ok(String(line?.["model"]).length <= 201);
});
