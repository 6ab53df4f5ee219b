import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import type { Deployment } from "../../../src/core/deployment.ts";
import type { RecordingSink } from "../../support/recording-sink.ts";
import { testThreads } from "../../support/test-threads.ts";

function fixtureOf(deployments: readonly Deployment[], timeoutMs: number, size = 1_000): CoreFixture {
  const settings = { ...defaultRouterSettings, queue: { timeoutMs, size } };
  return new CoreFixture(tableSource(deployments, { settings }));
}

/** Lets `ms` pass in small steps, with what is due in microtasks in between. */
async function pass(fixture: CoreFixture, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10) {
    fixture.clock.advance(Math.min(left, 10));
    await Promise.resolve();
    await Promise.resolve();
  }
}

test("a call waits for a place and gets it when an attempt ends", async () => {
  const fixture = fixtureOf([deployment("a", { maxParallelRequests: 1 })], 5_000);
  fixture.upstream.otherwise({ kind: "reply", afterMs: 1_000 });
  const sinks = [fixture.start().sink, fixture.start().sink, fixture.start().sink];
  await pass(fixture, 1_010);
  assert.deepEqual(
    sinks.map((sink) => sink.log),
    [["reply"], [], []],
  );
  await pass(fixture, 2_000);
  assert.deepEqual(
    sinks.map((sink) => sink.log),
    [["reply"], ["reply"], ["reply"]],
  );
  assert.equal(fixture.clock.pending, 0);
});

test("a call waits for the second in which a limit gives way", async () => {
  const fixture = fixtureOf([deployment("a", { rpm: 1 })], 70_000);
  await fixture.run();
  const { sink } = fixture.start();
  await pass(fixture, 59_000);
  assert.deepEqual(sink.log, []);
  await pass(fixture, 3_000);
  assert.deepEqual(sink.log, ["reply"]);
});

test("who waits too long hears that there is no capacity, and when there will be", async () => {
  const fixture = fixtureOf([deployment("a", { rpm: 1 })], 2_000);
  await fixture.run();
  const { sink } = fixture.start();
  await pass(fixture, 1_990);
  assert.deepEqual(sink.log, []);
  await pass(fixture, 20);
  assert.deepEqual(sink.log, ["failure no_capacity"]);
  assert.ok((sink.error?.retryAfterMs ?? 0) > 50_000);
  assert.equal(fixture.clock.pending, 0);
});

test("a deadline before the queue's own time counts", async () => {
  const fixture = fixtureOf([deployment("a", { rpm: 1 })], 60_000);
  await fixture.run();
  const { sink } = fixture.start({ deadline: fixture.clock.now() + 500 });
  await pass(fixture, 510);
  assert.equal(sink.outcomes, 1);
});

test(
  "smaller priority numbers go first, then earlier deadlines, then earlier arrivals",
  { skip: testThreads > 1 && "the order of those who wait holds within a thread" },
  async () => {
    const fixture = fixtureOf([deployment("a", { maxParallelRequests: 1 })], 60_000);
    fixture.upstream.otherwise({ kind: "reply", afterMs: 100 });
    fixture.start();
    const order: string[] = [];
    const now = fixture.clock.now();
    const waiting: readonly [string, number, number | undefined][] = [
      ["late", 5, undefined],
      ["hurried", 1, now + 30_000],
      ["first of its kind", 1, undefined],
      ["second of its kind", 1, undefined],
      ["urgent", 0, undefined],
    ];
    const sinks = new Map<string, RecordingSink>();
    for (const [name, priority, deadline] of waiting) {
      sinks.set(name, fixture.start({ priority, deadline }).sink);
      fixture.clock.advance(1);
    }
    for (let step = 0; step < 80; step++) {
      await pass(fixture, 10);
      for (const [name, sink] of sinks) if (sink.outcomes === 1 && !order.includes(name)) order.push(name);
    }
    assert.deepEqual(order, ["urgent", "hurried", "first of its kind", "second of its kind", "late"]);
  },
);

test(
  "nobody waits for ever behind the important: waiting makes a call more so",
  { skip: testThreads > 1 && "the order of those who wait holds within a thread" },
  async () => {
    const fixture = fixtureOf([deployment("a", { maxParallelRequests: 1 })], 600_000);
    fixture.upstream.otherwise({ kind: "reply", afterMs: 1_000 });
    fixture.start({ priority: 0 });
    const { sink } = fixture.start({ priority: 3 });
    let served = Number.POSITIVE_INFINITY;
    for (let second = 0; second < 60 && served === Number.POSITIVE_INFINITY; second++) {
      fixture.start({ priority: 0 });
      await pass(fixture, 1_000);
      if (sink.outcomes === 1) served = second;
    }
    assert.ok(served >= 20 && served <= 45, `served after ${served} s`);
  },
);

test(
  "what a client says of its request is its priority, where a setting gives it one",
  { skip: testThreads > 1 && "the order of those who wait holds within a thread" },
  async () => {
    const classPriorities = new Map([
      ["main", 0],
      ["auxiliary", 10],
    ]);
    const settings = { ...defaultRouterSettings, queue: { timeoutMs: 60_000, size: 10 }, classPriorities };
    const fixture = new CoreFixture(tableSource([deployment("a", { maxParallelRequests: 1 })], { settings }));
    fixture.upstream.otherwise({ kind: "reply", afterMs: 100 });
    fixture.start();
    const order: string[] = [];
    const sinks = new Map(
      ["auxiliary", "unknown", "main"].map((requestClass) => [requestClass, fixture.start({ priority: 5, requestClass }).sink]),
    );
    for (let step = 0; step < 60; step++) {
      await pass(fixture, 10);
      for (const [name, sink] of sinks) if (sink.outcomes === 1 && !order.includes(name)) order.push(name);
    }
    assert.deepEqual(order, ["main", "unknown", "auxiliary"]);
  },
);

test("the queue is bounded, and who leaves it makes room at once", async () => {
  const fixture = fixtureOf([deployment("a", { maxParallelRequests: 1 })], 60_000, 1);
  fixture.upstream.otherwise({ kind: "hang" });
  fixture.start();
  const { handle, sink: left } = fixture.start();
  const { sink: turnedAway } = fixture.start();
  await Promise.resolve();
  assert.equal(turnedAway.error?.code, "no_capacity");
  handle.cancel();
  const { sink: inTheirPlace } = fixture.start();
  await Promise.resolve();
  assert.deepEqual([inTheirPlace.log, left.log], [[], []]);
});

test("other groups come before waiting", async () => {
  const settings = {
    ...defaultRouterSettings,
    queue: { timeoutMs: 60_000, size: 10 },
    fallbacks: { ...defaultRouterSettings.fallbacks, generic: new Map([["m", [{ model: "other", amend: undefined }]]]) },
  };
  const fixture = new CoreFixture(tableSource([deployment("a", { rpm: 1 }), deployment("b", { group: "other" })], { settings }));
  await fixture.run();
  assert.equal((await fixture.run()).route?.group, "other");
});

test("a deadline that runs out in the queue is called so", async () => {
  const fixture = fixtureOf([deployment("a", { maxParallelRequests: 1 })], 60_000);
  fixture.upstream.otherwise({ kind: "hang" });
  fixture.start();
  const { sink } = fixture.start({ deadline: fixture.clock.now() + 500 });
  await pass(fixture, 510);
  assert.equal(sink.error?.code, "deadline_exceeded");
});

test("a call whose deadline is before any capacity can be there is told at once, and when it will be", async () => {
  const fixture = fixtureOf([deployment("a", { rpm: 1 })], 60_000);
  await fixture.run();
  const { sink } = fixture.start({ deadline: fixture.clock.now() + 500 });
  await Promise.resolve();
  assert.equal(sink.error?.code, "no_capacity");
  assert.ok((sink.error?.retryAfterMs ?? 0) > 50_000);
  assert.equal(fixture.clock.pending, 0);
});

test(
  "a large call gets its turn although small ones could take each bit that comes free",
  { skip: testThreads > 1 && "the order of those who wait holds within a thread" },
  async () => {
    const fixture = fixtureOf([deployment("a", { tpm: 4_000 })], 240_000);
    fixture.upstream.otherwise({ kind: "reply", body: '{"usage":{"prompt_tokens":10,"completion_tokens":190}}' });
    for (let count = 0; count < 18; count++) {
      fixture.start({ maxOutputTokens: 190 });
      await pass(fixture, 500);
    }
    const { sink } = fixture.start({ maxOutputTokens: 211, body: { bytes: Buffer.alloc(60_000, "x"), members: [] } });
    for (let second = 0; second < 200 && sink.outcomes === 0; second++) {
      fixture.start({ maxOutputTokens: 190 });
      await pass(fixture, 1_000);
    }
    assert.deepEqual(sink.log, ["reply"]);
  },
);
