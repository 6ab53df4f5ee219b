import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallQuery } from "../../../src/control/history.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { Router } from "../../../src/core/router/router.ts";
import { seededRandom } from "../../../src/lib/random.ts";
import { joinRecentCalls, RecentCallRing } from "../../../src/telemetry/history/recent-calls.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";
import { callOf, deployment, tableSource } from "../../support/core-fixture.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeUpstream } from "../../support/fake-upstream.ts";
import { RecordingSink } from "../../support/recording-sink.ts";

const settings = { ...defaultRouterSettings, numRetries: 1, cooldown: { ...defaultRouterSettings.cooldown, disabled: true } };
const priced = { inputCostPerToken: 0.001, outputCostPerToken: 0.002 };
const answer = '{"usage":{"prompt_tokens":10,"completion_tokens":20}}';
const all: CallQuery = { limit: 1_000, model: undefined, deploymentId: undefined, keyName: undefined, failedOnly: false };

function fixtureOf(capacity: number) {
  const clock = new FakeClock();
  const upstream = new FakeUpstream(clock);
  const ring = new RecentCallRing(capacity);
  const router = new Router({
    source: tableSource([deployment("a", priced), deployment("b", priced)], { settings }),
    upstream,
    clock,
    random: seededRandom(1),
    observers: [ring],
    onInternalError: (error) => assert.fail(String(error)),
  });
  /** One call, to its end. */
  const run = async (id: string, over: Parameters<typeof callOf>[0] = {}): Promise<void> => {
    router.start(callOf({ id, arrivedAt: clock.now(), ...over }), new RecordingSink());
    // What fails before anything was tried is told in a microtask.
    await Promise.resolve();
    clock.runAll();
    clock.advance(1);
  };
  const ids = (query: Partial<CallQuery> = {}): readonly string[] => ring.find({ ...all, ...query }).map(({ id }) => id);
  return { upstream, ring, run, ids };
}

test("a call is remembered with its attempts, tokens and cost, and with nothing of its prompt or of a provider's words", async () => {
  const { upstream, ring, run } = fixtureOf(10);
  upstream.script("a", { kind: "reply", status: 500, body: '{"error":{"message":"you said: my prompt"}}', afterMs: 20 });
  upstream.script("b", { kind: "reply", body: answer, afterMs: 30 });
  await run("one", { model: "a", caller: callerKeyOf("team"), numRetries: 0 });
  await run("two", { model: "b", caller: callerKeyOf("team") });
  const [second, first] = ring.find(all);
  const { endedAt: _, ...told } = second!;
  assert.deepEqual(told, {
    id: "two",
    model: "b",
    group: "m",
    deploymentId: "b",
    keyName: "team",
    inboundProtocol: "rest",
    endpoint: "chat",
    stream: false,
    code: undefined,
    totalMs: 30,
    firstTokenMs: 30,
    queuedMs: 0,
    retries: 0,
    fallbacks: 0,
    promptTokens: 10,
    outputTokens: 20,
    isEstimated: false,
    costUsd: 0.05,
    attempts: [{ deploymentId: "b", group: "m", outcome: "success", ms: 30 }],
    adjusted: undefined,
  });
  assert.equal(first?.code, "upstream_error");
  assert.deepEqual(first.attempts, [{ deploymentId: "a", group: "m", outcome: "upstream_error", ms: 20 }]);
  assert.doesNotMatch(JSON.stringify(ring.find(all)), /prompt"|you said/);
});

test("of more calls than are kept, the latest are, whatever they follow", async () => {
  const { upstream, run, ids, ring } = fixtureOf(3);
  upstream.script("a", { kind: "reply", status: 500 });
  for (const id of ["1", "2", "3", "4", "5"]) await run(id, { model: id === "1" ? "a" : "b", numRetries: 0 });
  assert.deepEqual(ids(), ["5", "4", "3"]);
  assert.deepEqual(ids({ limit: 2 }), ["5", "4"]);
  // Nothing of a call that failed is left in the place of one that went well.
  assert.deepEqual(
    ring.find(all).map(({ code, attempts }) => [code, attempts.length]),
    [
      [undefined, 1],
      [undefined, 1],
      [undefined, 1],
    ],
  );
});

test("none is kept where none is wanted", async () => {
  const { run, ids } = fixtureOf(0);
  await run("1");
  assert.deepEqual(ids(), []);
});

test("calls are found by what was asked for, the group, the deployment of any attempt, the key, and whether anything failed", async () => {
  const { upstream, run, ids } = fixtureOf(10);
  upstream.script("a", { kind: "reply", status: 500 }, { kind: "reply", status: 400, body: '{"error":{"message":"no"}}' });
  await run("failed", { model: "a", numRetries: 0 });
  await run("bad request", { model: "a", caller: callerKeyOf("team") });
  await run("well", { model: "b", caller: callerKeyOf("team") });
  await run("unknown", { model: "nowhere" });
  const cases: readonly (readonly [Partial<CallQuery>, readonly string[]])[] = [
    [{ model: "a" }, ["bad request", "failed"]],
    [{ model: "m" }, ["well", "bad request", "failed"]],
    [{ model: "nowhere" }, ["unknown"]],
    [{ deploymentId: "a" }, ["bad request", "failed"]],
    [{ keyName: "team" }, ["well", "bad request"]],
    [{ failedOnly: true }, ["unknown", "bad request", "failed"]],
    [{ failedOnly: true, deploymentId: "b" }, []],
    [{ failedOnly: true, deploymentId: "a", keyName: "team" }, ["bad request"]],
  ];
  for (const [query, wanted] of cases) assert.deepEqual(ids(query), wanted, JSON.stringify(query));
});

test("a call that another deployment rescued is among those with a failed attempt", async () => {
  const { upstream, run, ids, ring } = fixtureOf(10);
  // Whichever is asked first fails, the other one answers.
  upstream.script("a", { kind: "reply", status: 500 }).script("b", { kind: "reply", status: 500 });
  await run("rescued", { model: "m", numRetries: 2 });
  const [call] = ring.find(all);
  assert.ok((call?.attempts.length ?? 0) > 1);
  assert.deepEqual(ids({ failedOnly: true, deploymentId: call?.attempts[0]?.deploymentId }), ["rescued"]);
});

test("a long name is cut, and a call with very many attempts keeps the first ones", async () => {
  const { run, ring } = fixtureOf(10);
  await run("long", { model: "x".repeat(1_000) });
  assert.equal(ring.find(all)[0]?.model.length, 200);
});

test("what several threads remember is joined by the time of the end", async () => {
  const { ring, run } = fixtureOf(10);
  for (const id of ["1", "2", "3", "4"]) await run(id);
  const [four, three, two, one] = ring.find(all);
  const joined = joinRecentCalls([[three!, one!], [four!, two!], []], 3);
  assert.deepEqual(
    joined.map(({ id }) => id),
    ["4", "3", "2"],
  );
});
