import assert from "node:assert/strict";
import { test } from "node:test";
import type { DailyLimits } from "../../../src/core/deployment.ts";
import { DailyTime } from "../../../src/lib/daily-time.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

const hour = 3_600_000;
/** The fixture's clock begins at half past ten in the evening, in UTC. */
const untilMidnight = 1.5 * hour;

function daily(over: Partial<DailyLimits>): DailyLimits {
  return { requests: Number.POSITIVE_INFINITY, tokens: Number.POSITIVE_INFINITY, resets: new DailyTime(0), ...over };
}

const used = (prompt: number, output: number): string => `{"usage":{"prompt_tokens":${prompt},"completion_tokens":${output}}}`;

/** Whom a call was answered by, or why by nobody. */
async function call(fixture: CoreFixture): Promise<string | undefined> {
  const { sink } = fixture.start();
  fixture.clock.advance(0);
  await Promise.resolve();
  fixture.clock.advance(0);
  return sink.error?.code ?? sink.route?.deploymentId;
}

test("the requests of a day are used up until midnight, and a sibling serves", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a", { daily: daily({ requests: 2 }) }), deployment("b")]));
  assert.deepEqual([await call(fixture), await call(fixture), await call(fixture)], ["a", "a", "b"]);
  const [status] = fixture.router.deployments();
  assert.deepEqual([status?.eligibility, status?.eligibleInMs, status?.usedRpd, status?.rpdLimit], ["rpd_limit", untilMidnight, 2, 2]);
  assert.equal(status?.detail, "2 of 2 requests of the day used; room in 5,400 s.");
  fixture.clock.advance(untilMidnight - 1);
  assert.equal(await call(fixture), "b");
  fixture.clock.advance(1);
  assert.equal(await call(fixture), "a");
  assert.equal(fixture.router.deployments()[0]?.usedRpd, 1);
});

test("the tokens of a day are what was used, not what was set aside", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a", { daily: daily({ tokens: 1_000 }) })]));
  fixture.upstream.script("a", { kind: "reply", body: used(100, 50) }, { kind: "reply", body: used(600, 250) });
  assert.equal(await call(fixture), "a");
  assert.equal(fixture.router.deployments()[0]?.usedTpd, 150);
  assert.equal(await call(fixture), "a");
  const { sink } = fixture.start();
  await Promise.resolve();
  assert.equal(sink.error?.code, "no_capacity");
  assert.equal(sink.error.retryAfterMs, untilMidnight);
  assert.match(sink.error.message, /1 with too few tokens of the day left/);
  assert.match(fixture.router.deployments()[0]?.detail ?? "", /^$|1,000 of 1,000 tokens of the day used/);
});

test("a call that is larger than a whole day's tokens is served first on a day", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a", { daily: daily({ tokens: 10 }) })]));
  assert.deepEqual([await call(fixture), await call(fixture)], ["a", "no_capacity"]);
});

test("tokens of an answer that is there after midnight count in the day of their call", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a", { daily: daily({ tokens: 10_000 }) })]));
  fixture.upstream.script("a", { kind: "reply", body: used(4_000, 4_000), afterMs: 2 * hour });
  const { sink } = fixture.start({ timeoutMs: 5 * hour });
  fixture.clock.advance(untilMidnight);
  assert.equal(fixture.router.deployments()[0]?.usedTpd, 0);
  await fixture.settle();
  assert.equal(sink.route?.deploymentId, "a");
  assert.equal(fixture.router.deployments()[0]?.usedTpd, 0);
});

test("a day ends when it was to, whatever somebody sets the clock to, and no second one begins with it", async () => {
  for (const jumpMs of [-0.5 * hour, 0.5 * hour, -6 * hour]) {
    const fixture = new CoreFixture(tableSource([deployment("a", { daily: daily({ requests: 1 }) }), deployment("b")]));
    assert.equal(await call(fixture), "a");
    fixture.clock.jump(jumpMs);
    fixture.clock.advance(untilMidnight - 1);
    assert.equal(await call(fixture), "b", "before its end");
    fixture.clock.advance(1);
    assert.equal(await call(fixture), "a", "after its end");
    fixture.clock.advance(7 * hour);
    assert.equal(await call(fixture), "b", "in the day after it");
  }
});

test("what was used of a day is kept over a change of the configuration", async () => {
  const source = tableSource([deployment("a", { daily: daily({ requests: 1 }) }), deployment("b")]);
  const fixture = new CoreFixture(source);
  assert.equal(await call(fixture), "a");
  fixture.router.apply({
    source: tableSource([deployment("a", { daily: daily({ requests: 1 }) }), deployment("b")]),
    weights: new Map(),
    states: undefined,
  });
  assert.equal(await call(fixture), "b");
});

test("a day begins at the configured time of day", async () => {
  const resets = new DailyTime(30, "+01:00");
  const fixture = new CoreFixture(tableSource([deployment("a", { daily: daily({ requests: 1, resets }) }), deployment("b")]));
  assert.deepEqual([await call(fixture), await call(fixture)], ["a", "b"]);
  fixture.clock.advance(hour);
  assert.equal(await call(fixture), "a");
});
