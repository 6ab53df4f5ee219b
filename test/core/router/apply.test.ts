import assert from "node:assert/strict";
import { test } from "node:test";
import type { AttemptRecord, CallRecord } from "../../../src/core/observer.ts";
import { CoreFixture, deployment, firstStrategy, tableSource } from "../../support/core-fixture.ts";
import { testThreads } from "../../support/test-threads.ts";

const none = new Map<never, never>();

test("a change of the table counts from the next pick, and keeps the history of deployments that stay", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a"), deployment("b")]));
  assert.equal((await fixture.run()).route?.deploymentId, "a");
  fixture.router.apply({ source: tableSource([deployment("c"), deployment("a")]), weights: none, states: none });
  assert.equal((await fixture.run()).route?.deploymentId, "c");
  const status = fixture.router.deployments();
  assert.deepEqual(
    status.map(({ id, successes }) => [id, successes]),
    [
      ["c", 1],
      ["a", 1],
    ],
  );
});

test(
  "a group that is configured the same keeps its strategy, and with it what it has learned",
  { skip: testThreads > 1 && "each thread has strategies of its own" },
  () => {
    let made = 0;
    const createStrategy = () => (made++, firstStrategy);
    const fixture = new CoreFixture(tableSource([deployment("a"), deployment("b", { group: "n" })], { createStrategy }));
    assert.equal(made, 2);
    fixture.router.apply({ source: tableSource([deployment("a")], { createStrategy }), weights: new Map([["a", 3]]), states: none });
    assert.equal(made, 2);
    const other = { name: "other", key: "other", create: createStrategy };
    fixture.router.apply({
      source: tableSource([deployment("a")], { createStrategy, groupStrategies: new Map([["m", other]]) }),
      weights: none,
      states: none,
    });
    assert.equal(made, 3);
    assert.deepEqual([...fixture.router.groups()], [["m", "other"]]);
  },
);

test("a draining deployment gets no new calls but by its id, a blocked one none; both count for calls under way", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a"), deployment("b")]));
  fixture.router.apply({ weights: none, states: new Map([["a", "draining"]]) });
  assert.equal((await fixture.run()).route?.deploymentId, "b");
  assert.equal((await fixture.run({ model: "a" })).route?.deploymentId, "a");
  fixture.router.apply({ weights: none, states: new Map([["a", "blocked"]]) });
  assert.equal((await fixture.run()).route?.deploymentId, "b");
  assert.equal((await fixture.run({ model: "a" })).error?.code, "no_capacity");
  // It fails on `b`, and by then `a` may be used again.
  fixture.upstream.script("b", { kind: "reply", status: 503 });
  const { sink } = fixture.start();
  fixture.router.apply({ weights: none, states: none });
  await fixture.settle();
  assert.equal(sink.route?.deploymentId, "a");
});

test("a deployment that leaves with a call under way is listed as draining until the call ends", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a"), deployment("b")]));
  const { sink } = fixture.start();
  fixture.router.apply({ source: tableSource([deployment("b")]), weights: none, states: none });
  assert.deepEqual(
    fixture.router.deployments().map(({ id, eligibility }) => [id, eligibility]),
    [
      ["b", "eligible"],
      ["a", "draining"],
    ],
  );
  await fixture.settle();
  assert.equal(sink.route?.deploymentId, "a");
  assert.deepEqual(
    fixture.router.deployments().map(({ id }) => id),
    ["b"],
  );
});

test("observers hear of each attempt and once of each call; one that throws disturbs no other", async () => {
  const attempts: AttemptRecord[] = [];
  const calls: CallRecord[] = [];
  const listener = {
    attemptEnded: (attempt: AttemptRecord) => void attempts.push(attempt),
    callEnded: (call: CallRecord) => void calls.push(call),
  };
  const broken = {
    callStarted: () => {
      throw new Error("broken");
    },
    callEnded: () => {
      throw new Error("broken");
    },
  };
  const priced = { inputCostPerToken: 1, outputCostPerToken: 2 };
  const fixture = new CoreFixture(tableSource([deployment("a"), deployment("b", priced)]), 1, [broken, listener]);
  fixture.upstream.script("a", { kind: "reply", status: 500 });
  assert.equal((await fixture.run()).route?.deploymentId, "b");
  assert.deepEqual(
    attempts.map(({ number, kind, deployment, after, outcome }) => [number, kind, deployment.id, after, outcome.kind]),
    [
      [1, "first", "a", undefined, "failure"],
      [2, "retry", "b", "upstream_error", "success"],
    ],
  );
  const [record] = calls;
  assert.equal(calls.length, 1);
  assert.equal(record?.deployment?.id, "b");
  assert.deepEqual([record?.attempts, record?.retries, record?.error], [2, 1, undefined]);
  assert.ok(record?.usage);
  assert.equal(record.costUsd, record.usage.promptTokens + 2 * record.usage.outputTokens);
  assert.equal(fixture.internalErrors.length, 2);

  const { handle } = fixture.start();
  handle.cancel();
  await fixture.settle();
  assert.equal(calls.length, 2);
  assert.equal(calls[1]?.error?.code, "cancelled");
  await fixture.run({ model: "nobody" });
  assert.deepEqual([calls[2]?.error?.code, calls[2]?.attempts], ["model_not_found", 0]);
});
