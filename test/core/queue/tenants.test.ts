import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { seededRandom } from "../../../src/lib/random.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import type { RecordingSink } from "../../support/recording-sink.ts";

function fixtureOf(maxParallelRequests: number, size = 1_000): CoreFixture {
  const settings = { ...defaultRouterSettings, queue: { timeoutMs: 20_000, size } };
  return new CoreFixture(tableSource([deployment("a", { maxParallelRequests })], { settings }));
}

async function pass(fixture: CoreFixture, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10) {
    fixture.clock.advance(Math.min(left, 10));
    await Promise.resolve();
    await Promise.resolve();
  }
}

/** How long the calls of a tenant of one call a second take beside one that sends so many, on a deployment that takes eight a second. */
async function timesBeside(heavyEach100Ms: number): Promise<{ readonly times: readonly number[]; readonly heavy: number }> {
  const fixture = fixtureOf(8);
  const random = seededRandom(7);
  const heavy: RecordingSink[] = [];
  const times: number[] = [];
  const open = new Map<RecordingSink, number>();
  for (let tick = 0; tick < 600; tick++) {
    for (let count = 0; count < heavyEach100Ms; count++) heavy.push(fixture.start({ tenant: "heavy" }).sink);
    if (tick % 10 === 3) open.set(fixture.start({ tenant: "light" }).sink, fixture.clock.now());
    for (let step = 0; step < 10; step++) {
      fixture.upstream.otherwise({ kind: "reply", afterMs: 500 + 1_000 * random.next() });
      await pass(fixture, 10);
      for (const [sink, since] of open) {
        if (sink.outcomes === 0) continue;
        assert.deepEqual(sink.log, ["reply"]);
        times.push(fixture.clock.now() - since);
        open.delete(sink);
      }
    }
  }
  return { times: times.toSorted((a, b) => a - b), heavy: heavy.filter(({ log }) => log[0] === "reply").length };
}

test("one tenant with twenty times the traffic takes no more than its share: the other's slowest calls take little longer than alone", async () => {
  const alone = await timesBeside(0);
  const beside = await timesBeside(2);
  const p99 = ({ times }: typeof alone): number => times[Math.floor(times.length * 0.99)] ?? Number.POSITIVE_INFINITY;
  assert.ok(beside.times.length >= 58, `${beside.times.length} calls`);
  assert.ok(p99(beside) <= 1.5 * p99(alone), `${p99(beside)} ms beside ${p99(alone)} ms alone`);
  // All that the other leaves, and no more.
  assert.ok(beside.heavy > 0.95 * 7 * 58 && beside.heavy <= 7.5 * 60, `${beside.heavy} calls`);
});

test("a full queue has room for a tenant that has fewer waiting: the last of another's gives way", async () => {
  const fixture = fixtureOf(1, 3);
  fixture.upstream.otherwise({ kind: "hang" });
  const heavy = Array.from({ length: 4 }, () => fixture.start({ tenant: "heavy" }).sink);
  const light = [fixture.start({ tenant: "light" }).sink, fixture.start({ tenant: "light" }).sink];
  await Promise.resolve();
  const codes = [...heavy, ...light].map(({ error }) => error?.code);
  assert.deepEqual(codes, [undefined, undefined, undefined, "no_capacity", undefined, "no_capacity"]);
});

test("a call is told at once when those before it leave so slowly that its deadline will have passed", async () => {
  const fixture = fixtureOf(1);
  fixture.upstream.otherwise({ kind: "reply", afterMs: 1_000, body: '{"usage":{"prompt_tokens":7,"completion_tokens":211}}' });
  for (let call = 0; call < 19; call++) fixture.start();
  await pass(fixture, 6_500);
  const deadline = fixture.clock.now() + 4_000;
  const hurried = Array.from({ length: 12 }, () => fixture.start({ deadline }).sink);
  await Promise.resolve();
  const told = hurried.filter(({ error }) => error?.code === "no_capacity");
  assert.ok(told.length >= 4 && told.length <= 7, `${told.length} of 12 were told`);
  assert.ok((told[0]?.error?.retryAfterMs ?? 0) > 5_000);
});
