import assert from "node:assert/strict";
import { test } from "node:test";
import type { Course } from "../../../src/control/stats.ts";
import type { Deployment } from "../../../src/core/deployment.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { Router } from "../../../src/core/router/router.ts";
import { seededRandom } from "../../../src/lib/random.ts";
import { StatsRecorder } from "../../../src/telemetry/metrics/stats-recorder.ts";
import { callOf, deployment, tableSource } from "../../support/core-fixture.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeUpstream } from "../../support/fake-upstream.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";
import { RecordingSink } from "../../support/recording-sink.ts";

const settings = { ...defaultRouterSettings, numRetries: 1, cooldown: { ...defaultRouterSettings.cooldown, disabled: true } };
const answer = '{"usage":{"prompt_tokens":10,"completion_tokens":20}}';
const priced = { inputCostPerToken: 0.001, outputCostPerToken: 0.002 };

function fixtureOf(...deployments: readonly Deployment[]) {
  const clock = new FakeClock();
  const upstream = new FakeUpstream(clock);
  const stats = new StatsRecorder(clock, () => router);
  const router: Router = new Router({
    source: tableSource(deployments, { settings }),
    upstream,
    clock,
    random: seededRandom(1),
    observers: [stats],
    onInternalError: (error) => assert.fail(String(error)),
  });
  /** One call that takes no longer than 100 ms. */
  const run = (over: Parameters<typeof callOf>[0] = {}): void => {
    router.start(callOf({ arrivedAt: clock.now(), ...over }), new RecordingSink());
    clock.advance(100);
  };
  return { clock, upstream, stats, router, run };
}

/** The points that hold something, by how many steps ago they began. */
function filled(course: Course | undefined): Readonly<Record<number, unknown>> {
  assert.equal(course?.points.length, 60);
  return Object.fromEntries(course.points.map((point, index) => [59 - index, point] as const).filter(([, point]) => point.requests > 0));
}

test("totals by group, deployment and key: requests, failures, tokens and money", () => {
  const { upstream, stats, run } = fixtureOf(deployment("a", priced), deployment("b", priced));
  upstream.script("a", { kind: "reply", status: 500 }).script("b", { kind: "reply", body: answer });
  run({ caller: callerKeyOf("team") });
  run({ model: "b" });
  const { groups, deployments, keys, startedAt } = stats.stats();
  const spent = { promptTokens: 10, outputTokens: 20, costUsd: 0.05 };
  const nothing = { promptTokens: 0, outputTokens: 0, costUsd: 0 };
  assert.deepEqual(groups.get("m")?.totals, { requests: 2, failures: 0, promptTokens: 20, outputTokens: 40, costUsd: 0.1 });
  assert.deepEqual(deployments.get("a")?.totals, { requests: 1, failures: 1, ...nothing });
  assert.deepEqual(deployments.get("b")?.totals, { requests: 2, failures: 0, promptTokens: 20, outputTokens: 40, costUsd: 0.1 });
  assert.equal(deployments.get("b")?.group, "m");
  assert.deepEqual(keys.get("team"), { requests: 1, failures: 0, ...spent });
  assert.deepEqual(keys.get(""), { requests: 1, failures: 0, ...spent });
  assert.equal(startedAt, 1_700_001_000_000);
});

test("the course has a point for each five seconds, with the means of what succeeded", () => {
  const { clock, upstream, stats, run } = fixtureOf(deployment("a"));
  upstream.script(
    "a",
    { kind: "reply", afterMs: 20 },
    { kind: "reply", afterMs: 40 },
    { kind: "reply", status: 400, afterMs: 90 },
    { kind: "reply", afterMs: 10 },
  );
  run();
  run();
  run();
  clock.advance(5_000);
  run();
  assert.deepEqual(filled(stats.stats().groups.get("m")), {
    1: { requests: 3, failures: 0, totalMs: 30, firstTokenMs: 30 },
    0: { requests: 1, failures: 0, totalMs: 10, firstTokenMs: 10 },
  });
  assert.equal(stats.stats().pointMs, 5_000);
});

test("a failure counts, but not in the means; a caller's own fault and its hanging up are no failures", () => {
  const { clock, upstream, stats, router, run } = fixtureOf(deployment("a"));
  upstream.script("a", { kind: "reply", status: 401, afterMs: 50 }, { kind: "reply", status: 400 }, { kind: "hang" });
  run();
  run();
  const handle = router.start(callOf({ arrivedAt: clock.now() }), new RecordingSink());
  handle.cancel();
  const point = { requests: 3, failures: 1, totalMs: undefined, firstTokenMs: undefined };
  assert.deepEqual(filled(stats.stats().groups.get("m")), { 0: point });
  assert.deepEqual(filled(stats.stats().deployments.get("a")), { 0: point });
});

test("what is older than five minutes drops out of the course, and stays in the totals", () => {
  const { clock, stats, run } = fixtureOf(deployment("a"));
  run();
  clock.advance(59 * 5_000 - 100);
  assert.deepEqual(Object.keys(filled(stats.stats().groups.get("m"))), ["59"]);
  clock.advance(5_000);
  assert.deepEqual(filled(stats.stats().groups.get("m")), {});
  // Its place in the ring is another step's now.
  run();
  assert.deepEqual(filled(stats.stats().groups.get("m")), { 0: { requests: 1, failures: 0, totalMs: 0, firstTokenMs: 0 } });
  assert.equal(stats.stats().groups.get("m")?.totals.requests, 2);
});

test("deployments and groups that left the configuration are forgotten; unknown models share one group", async () => {
  const { stats, router, run } = fixtureOf(deployment("a"), deployment("g", { group: "gone" }));
  run();
  run({ model: "gone" });
  for (let count = 0; count < 10; count++) run({ model: `nope-${count}` });
  // The answer to those comes in a step of its own.
  await Promise.resolve();
  assert.deepEqual([...stats.stats().groups.keys()], ["m", "gone", ""]);
  router.apply({ source: tableSource([deployment("a")]), weights: new Map(), states: new Map() });
  assert.deepEqual([...stats.stats().groups.keys()], ["m", ""]);
  assert.deepEqual([...stats.stats().deployments.keys()], ["a"]);
});
