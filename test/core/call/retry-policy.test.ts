import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger } from "../../../src/core/state/ledger.ts";
import { hasRetryBudget } from "../../../src/core/state/attempt-budgets.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import type { RouterSettings } from "../../../src/core/router-settings.ts";
import type { Behaviour } from "../../support/fake-upstream.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

function fixtureOf(over: Partial<RouterSettings>): CoreFixture {
  return new CoreFixture(tableSource([deployment("a")], { settings: { ...defaultRouterSettings, ...over } }));
}

test("a policy gives each class of failure its own number, the group's before the general one, and 0 in the request beats both", async () => {
  const retryPolicy = { InternalServerError: 4, RateLimitError: 0 };
  const cases: readonly [Partial<RouterSettings>, number, number | undefined, number][] = [
    [{ retryPolicy }, 500, undefined, 5],
    [{ retryPolicy }, 429, undefined, 1],
    [{ retryPolicy, groupRetryPolicies: new Map([["m", { InternalServerError: 1 }]]) }, 500, undefined, 2],
    [{ retryPolicy }, 500, 0, 1],
    [{ retryPolicy: { BadRequestError: 2 } }, 400, undefined, 3],
  ];
  for (const [over, status, numRetries, hits] of cases) {
    const fixture = fixtureOf(over);
    fixture.upstream.script("a", { kind: "reply", status });
    await fixture.run({ numRetries });
    assert.equal(fixture.upstream.hits.length, hits, JSON.stringify([over.retryPolicy, status, numRetries]));
  }
});

test("a deployment is asked again for at most a fifth of its last ten seconds' requests, and at least ten times", () => {
  const ledger = new Ledger();
  const row = ledger.rowFor("a");
  for (let count = 0; count < 10; count++) {
    assert.equal(hasRetryBudget(row, 1_000, ledger), true, `repeat ${count}`);
    ledger.countRepeat(row, 1_000);
  }
  assert.equal(hasRetryBudget(row, 1_000, ledger), false);
  for (let count = 0; count < 100; count++) ledger.begin(row, 2_000, 0, 0);
  assert.equal(hasRetryBudget(row, 2_000, ledger), true, "a fifth of a hundred");
  for (let count = 0; count < 10; count++) ledger.countRepeat(row, 2_000);
  assert.equal(hasRetryBudget(row, 2_000, ledger), false);
  assert.equal(hasRetryBudget(row, 13_000, ledger), true, "ten seconds later it is whole again");
});

test("a provider that is down is not hit much harder for it", async () => {
  const fixture = fixtureOf({ numRetries: 5 });
  fixture.upstream.script("a", { kind: "reply", status: 500 });
  for (let call = 0; call < 100; call++) fixture.start();
  await fixture.settle();
  // 100 calls with up to 5 retries each could be 600 requests. A fifth of them may be repeated, a fifth of that again …
  assert.ok(fixture.upstream.hits.length <= 160, `${fixture.upstream.hits.length} requests`);
});

test("stream_idle_timeout bounds the gap between two pieces, but not a caller's own slowness", async () => {
  const chunks = ["content a\n", "content b\n", "finish\n", "done\n"];
  for (const [gapMs, last] of [
    [900, "end"],
    [1_100, "failure upstream_timeout"],
  ] as const) {
    const fixture = fixtureOf({ streamIdleTimeoutMs: 1_000 });
    fixture.upstream.script("a", { kind: "stream", gapMs, chunks });
    assert.equal((await fixture.run({ stream: true })).log.at(-1), last);
    assert.equal(fixture.clock.pending, 0);
  }
  const slow = fixtureOf({ streamIdleTimeoutMs: 1_000 });
  slow.upstream.script("a", { kind: "stream", chunks });
  const { sink, handle } = slow.start({ stream: true });
  sink.pauseAfter = 1;
  slow.clock.advance(10_000);
  sink.pauseAfter = Number.POSITIVE_INFINITY;
  handle.resume();
  await slow.settle();
  assert.equal(sink.log.at(-1), "end");
});

test("input and output tokens are limited apart", async () => {
  const settings = defaultRouterSettings;
  const byInput = new CoreFixture(tableSource([deployment("a", { itpm: 10 })], { settings }));
  const byOutput = new CoreFixture(tableSource([deployment("a", { otpm: 20 })], { settings }));
  for (const [fixture, limit] of [
    [byInput, "input"],
    [byOutput, "output"],
  ] as const) {
    await fixture.run({ maxOutputTokens: 5 });
    const sink = await fixture.run({ maxOutputTokens: 5 });
    assert.match(sink.error?.message ?? "", new RegExp(`at the ${limit}-tokens-per-minute limit`));
  }
});

test("a deployment whose provider says that nothing is left is passed over until its reset", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a"), deployment("b")]));
  fixture.upstream.script("a", { kind: "reply", headers: { "x-left": "2" } }, { kind: "reply" });
  const served: (string | undefined)[] = [];
  const call = (): void => {
    const { sink } = fixture.start();
    fixture.clock.advance(0);
    served.push(sink.route?.deploymentId);
  };
  for (let count = 0; count < 4; count++) call();
  assert.deepEqual(served, ["a", "a", "a", "b"], "two more, counted as they go out");
  fixture.clock.advance(10_000);
  call();
  assert.equal(served.at(-1), "a");
});

test("a sibling that comes back earlier is asked then, and cuts no other wait short", async () => {
  const settings = { ...defaultRouterSettings, retryAfterMs: 20_000 };
  const early = new CoreFixture(tableSource([deployment("a"), deployment("b")]));
  early.upstream.script("a", limited(1), { kind: "reply" }).script("b", limited(30));
  const begun = early.clock.now();
  assert.equal((await early.run()).route?.deploymentId, "a");
  assert.equal((early.upstream.hitsOf("a")[1]?.at ?? 0) - begun, 1_000);
  // b is at its limit and free again after some seconds; a, which failed and is not in cooldown, is owed the whole wait.
  const owed = new CoreFixture(tableSource([deployment("b", { rpm: 1 }), deployment("a")], { settings }));
  await owed.run();
  owed.clock.advance(55_000);
  owed.upstream.script("a", { kind: "reply", status: 500 }, { kind: "reply" }).script("b", { kind: "reply", status: 500 });
  const failedAt = owed.clock.now();
  await owed.run();
  assert.equal(owed.upstream.hitsOf("a")[0]?.at, failedAt);
  assert.equal((owed.upstream.hitsOf("a")[1]?.at ?? 0) - failedAt >= 20_000, true, "not before retry_after");
  assert.ok((owed.upstream.hitsOf("b")[1]?.at ?? 0) - failedAt < 7_000, "b as soon as its limit gives way");
});

function limited(seconds: number): Behaviour {
  return { kind: "reply", status: 429, headers: { "retry-after": String(seconds) } };
}
