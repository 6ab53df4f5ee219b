import assert from "node:assert/strict";
import { test } from "node:test";
import type { RateLimits } from "../../../src/core/rate-limits.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

/** The fake upstream's replies use so many tokens. */
const replyTokens = 30;

/** Limit and what is left of it, of requests and of tokens. */
function short(limits: RateLimits | undefined): readonly (readonly [number, number] | undefined)[] | undefined {
  return limits && [limits.requests, limits.tokens].map((one) => one && [one.limit, one.remaining]);
}

test("where neither key nor group is limited, nothing is told", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a", { maxParallelRequests: 5 })]));
  for (const caller of [undefined, callerKeyOf("team"), callerKeyOf("parallel", { maxParallelRequests: 5 })]) {
    assert.equal((await fixture.run({ caller })).route?.rateLimits, undefined);
  }
});

test("a key's limits are told with each answer and with the refusal, this call counted", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a")]));
  const caller = callerKeyOf("team", { rpm: 2, tpm: 1_000 });
  assert.deepEqual(short((await fixture.run({ caller })).route?.rateLimits), [
    [2, 1],
    [1_000, 1_000 - replyTokens],
  ]);
  assert.deepEqual(short((await fixture.run({ caller })).route?.rateLimits), [
    [2, 0],
    [1_000, 1_000 - 2 * replyTokens],
  ]);
  const refused = await fixture.run({ caller });
  assert.equal(refused.error?.code, "key_limit_reached");
  assert.deepEqual(short(refused.route?.rateLimits), [
    [2, 0],
    [1_000, 1_000 - 2 * replyTokens],
  ]);
  fixture.clock.advance(61_000);
  assert.deepEqual(short((await fixture.run({ caller })).route?.rateLimits), [
    [2, 1],
    [1_000, 1_000 - replyTokens],
  ]);
});

test("a stream is told of its limits when it begins, with what is reserved for it", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a")]));
  fixture.upstream.script("a", { kind: "stream", chunks: ["content a\n", "finish\n", "done\n"] });
  const { route } = await fixture.run({ caller: callerKeyOf("team", { rpm: 2 }), stream: true });
  assert.deepEqual(short(route?.rateLimits), [[2, 1], undefined]);
});

test("a group's limits are the sums of its deployments', told also with the refusal", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a", { rpm: 1, tpm: 500 }), deployment("b", { rpm: 2, tpm: 700 })]));
  const told = [];
  for (let call = 0; call < 4; call++) told.push(short((await fixture.run({ numRetries: 0 })).route?.rateLimits)?.[0]);
  assert.deepEqual(told, [
    [3, 2],
    [3, 1],
    [3, 0],
    [3, 0],
  ]);
});

test("a deployment without a limit makes its group one without a limit", async () => {
  const mixed = [deployment("a", { rpm: 1, tpm: 500 }), deployment("b", { rpm: 2 })];
  assert.deepEqual(short((await new CoreFixture(tableSource(mixed)).run()).route?.rateLimits), [[3, 2], undefined]);
  const open = [deployment("a", { rpm: 1, tpm: 500 }), deployment("b")];
  assert.equal((await new CoreFixture(tableSource(open)).run()).route?.rateLimits, undefined);
});

test("of key and group the one with less left is told, of requests and tokens each, and the key's where both have the same", async () => {
  for (const [group, key, told] of [
    [
      { rpm: 10, tpm: 100_000 },
      { rpm: 5, tpm: 200_000 },
      [
        [5, 4],
        [100_000, 100_000 - replyTokens],
      ],
    ],
    [{ rpm: 3 }, { rpm: 5 }, [[3, 2], undefined]],
    [
      { rpm: 3 },
      { tpm: 900 },
      [
        [3, 2],
        [900, 900 - replyTokens],
      ],
    ],
    [{ rpm: 5 }, { rpm: 5 }, [[5, 4], undefined]],
  ] as const) {
    const fixture = new CoreFixture(tableSource([deployment("a", group)]));
    const { route } = await fixture.run({ caller: callerKeyOf("team", key) });
    assert.deepEqual(short(route?.rateLimits), told);
  }
  // What others have used of the group counts too.
  const fixture = new CoreFixture(tableSource([deployment("a", { rpm: 6 })]));
  for (let call = 0; call < 3; call++) await fixture.run();
  const { route } = await fixture.run({ caller: callerKeyOf("team", { rpm: 5 }) });
  assert.deepEqual(short(route?.rateLimits), [[6, 2], undefined]);
});

test("a limit is whole again when the last that was counted has left the minute", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a")]));
  const caller = callerKeyOf("team", { rpm: 3 });
  const resetMs = async () => (await fixture.run({ caller })).route?.rateLimits?.requests?.resetMs ?? 0;
  const [first, second, third] = [await resetMs(), await resetMs(), await resetMs()];
  for (const ms of [first, second, third]) assert.ok(ms > 60_000 && ms <= 61_000, String(ms));
  fixture.clock.advance(20_000);
  assert.equal(await resetMs(), third - 20_000);
});

test("what a large group has left is looked at once a second at most", async () => {
  const many = Array.from({ length: 200 }, (_, index) => deployment(`d${index}`, { rpm: 10 }));
  const fixture = new CoreFixture(tableSource(many));
  const left = async () => (await fixture.run()).route?.rateLimits?.requests?.remaining;
  assert.equal(await left(), 1_999);
  assert.equal(await left(), 1_999);
  fixture.clock.advance(1_000);
  assert.equal(await left(), 1_997);
});
