import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deployment } from "../../../src/core/deployment.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import type { HedgeSettings } from "../../../src/core/router-settings.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import { testThreads } from "../../support/test-threads.ts";

const chunks = ["preamble\n", "content a\n", "finish\n", "done\n"];

function fixtureOf(hedge: HedgeSettings, deployments: readonly Deployment[] = [deployment("a"), deployment("b")]): CoreFixture {
  return new CoreFixture(
    tableSource(deployments, { settings: { ...defaultRouterSettings, numRetries: 0, hedges: new Map([["m", hedge]]) } }),
  );
}

const always: HedgeSettings = { afterMs: 200, maxRatio: 1 };

function counts(fixture: CoreFixture): readonly (readonly [number, number, number])[] {
  return fixture.router.deployments().map((one) => [one.successes, one.failures, one.cancellations]);
}

test("a late call gets a second attempt elsewhere; who has content first goes on, the other is cancelled", async () => {
  const fixture = fixtureOf(always);
  fixture.upstream.script("a", { kind: "stream", firstMs: 5_000, chunks }).script("b", { kind: "stream", firstMs: 100, chunks });
  const sink = await fixture.run({ stream: true });
  assert.deepEqual(sink.log, ["start", "preamble", "content a", "finish", "done", "end"]);
  assert.equal(sink.route?.deploymentId, "b");
  assert.equal(fixture.upstream.hitsOf("a")[0]?.aborted, true);
  assert.deepEqual(counts(fixture), [
    [0, 0, 1],
    [1, 0, 0],
  ]);
  assert.deepEqual(
    sink.route.trace.map((one) => [one.deploymentId, one.outcome]),
    [
      ["a", "cancelled"],
      ["b", "streaming"],
    ],
  );
  assert.deepEqual([sink.route.attemptedRetries, fixture.router.inFlight, fixture.clock.pending], [0, 0, 0]);
});

test("the first attempt wins when it comes first after all", async () => {
  const fixture = fixtureOf(always);
  fixture.upstream.script("a", { kind: "reply", afterMs: 300 }).script("b", { kind: "reply", afterMs: 300 });
  const sink = await fixture.run();
  assert.equal(sink.route?.deploymentId, "a");
  assert.equal(fixture.upstream.hitsOf("b")[0]?.aborted, true);
});

test("a call in time is not hedged", async () => {
  const fixture = fixtureOf(always);
  fixture.upstream.script("a", { kind: "reply", afterMs: 199 });
  await fixture.run();
  assert.equal(fixture.upstream.hits.length, 1);
  assert.equal(fixture.clock.pending, 0);
});

test("when one of the two fails, the other carries on alone; when both do, the call fails once", async () => {
  for (const [a, b, expected] of [
    [{ kind: "break", afterMs: 300 }, { kind: "reply", afterMs: 500 }, "reply"],
    [{ kind: "reply", afterMs: 900 }, { kind: "refuse" }, "reply"],
    [{ kind: "break", afterMs: 300 }, { kind: "break", afterMs: 300 }, "failure upstream_unreachable"],
  ] as const) {
    const fixture = fixtureOf(always);
    fixture.upstream.script("a", a).script("b", b);
    const sink = await fixture.run();
    assert.deepEqual(sink.log, [expected]);
    assert.deepEqual([fixture.router.inFlight, fixture.clock.pending], [0, 0]);
  }
});

test(
  "hedges are never more than their share of the calls",
  { skip: testThreads > 1 && "each thread keeps to the share by itself, in whole hedges" },
  async () => {
    const fixture = fixtureOf({ afterMs: 10, maxRatio: 0.05 });
    fixture.upstream.script("a", { kind: "reply", afterMs: 50 }).script("b", { kind: "reply" });
    for (let count = 0; count < 200; count++) await fixture.run();
    assert.equal(fixture.upstream.hitsOf("b").length, 10);
  },
);

test("nothing is hedged in a group that is at a limit, or has no second deployment", async () => {
  const busy = fixtureOf(always, [deployment("a"), deployment("b"), deployment("c", { maxParallelRequests: 1 })]);
  busy.upstream.otherwise({ kind: "hang" });
  busy.start({ model: "c" });
  busy.start();
  busy.clock.advance(1_000);
  assert.equal(busy.upstream.hits.length, 2);
  const alone = fixtureOf(always, [deployment("a")]);
  alone.upstream.otherwise({ kind: "hang" });
  alone.start();
  alone.clock.advance(1_000);
  assert.equal(alone.upstream.hits.length, 1);
});

test("p95 is learned from the deployment's own answers, and nothing is hedged before", async () => {
  const fixture = fixtureOf({ afterMs: "p95", maxRatio: 1 });
  fixture.upstream.script("a", { kind: "reply", afterMs: 100 }).script("b", { kind: "reply", afterMs: 1 });
  for (let count = 0; count < 40; count++) await fixture.run();
  assert.ok(fixture.upstream.hitsOf("b").length <= 20, "late means late, not usual");
  const before = fixture.upstream.hitsOf("b").length;
  fixture.upstream.script("a", { kind: "reply", afterMs: 2_000 });
  const sink = await fixture.run();
  assert.equal(fixture.upstream.hitsOf("b").length, before + 1);
  assert.equal(sink.route?.deploymentId, "b");
});

test("a caller that hangs up cancels both", async () => {
  const fixture = fixtureOf(always);
  fixture.upstream.otherwise({ kind: "hang" });
  const { handle } = fixture.start();
  fixture.clock.advance(250);
  assert.equal(fixture.router.inFlight, 2);
  handle.cancel();
  assert.deepEqual([fixture.router.inFlight, fixture.clock.pending], [0, 0]);
  assert.deepEqual(counts(fixture), [
    [0, 0, 1],
    [0, 0, 1],
  ]);
});

test("a hedge that is refused, even as the caller's fault, does not end a call that may still be answered", async () => {
  const fixture = fixtureOf(always);
  fixture.upstream.script("a", { kind: "reply", afterMs: 900 }).script("b", { kind: "reply", status: 400 });
  assert.deepEqual((await fixture.run()).log, ["reply"]);
});
