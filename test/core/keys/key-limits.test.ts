import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { CallerKey } from "../../../src/core/caller-key.ts";
import { RouterError } from "../../../src/core/errors.ts";
import type { CallRecord } from "../../../src/core/observer.ts";
import { KeyLimits, type Admission } from "../../../src/core/keys/key-limits.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const free = { steps: [{ aboveTokens: 0, inputCostPerToken: 0, outputCostPerToken: 0 }], maxOutputTokens: 16_384 };
const priced = { inputCostPerToken: 0.001, outputCostPerToken: 0.01, maxOutputTokens: 16_384 };
/** What the fake upstream's replies use: 10 tokens in and 20 out. */
const replyUsd = 10 * 0.001 + 20 * 0.01;

function fixtureOf(over: Parameters<typeof deployment>[1] = {}, observed: CallRecord[] = []): CoreFixture {
  return new CoreFixture(tableSource([deployment("a", over)]), 1, [{ callEnded: (record) => void observed.push(record) }]);
}

/** Nothing of the key's is in use once its calls have ended. */
function atRest(fixture: CoreFixture, name: string): void {
  assert.equal(fixture.router.keyUsage(name).inFlight, 0);
  assert.equal(fixture.router.inFlight, 0);
  assert.deepEqual(fixture.internalErrors, []);
}

test("a key gets its requests per minute, and then hears when the next one is", async () => {
  const fixture = fixtureOf();
  const caller = callerKeyOf("team", { rpm: 3 });
  for (let index = 0; index < 3; index++) assert.equal((await fixture.run({ caller })).error, undefined);
  const refused = (await fixture.run({ caller })).error;
  assert.equal(refused?.code, "key_limit_reached");
  assert.match(refused.message, /"team" may use 3 requests per minute/);
  fixture.clock.advance(refused.retryAfterMs ?? 0);
  assert.equal((await fixture.run({ caller })).error, undefined);
  assert.equal(fixture.upstream.hits.length, 4);
  atRest(fixture, "team");
});

test("keys do not touch each other's limits, nor do calls without a key", async () => {
  const fixture = fixtureOf();
  const first = callerKeyOf("first", { rpm: 1 });
  await fixture.run({ caller: first });
  assert.equal((await fixture.run({ caller: first })).error?.code, "key_limit_reached");
  assert.equal((await fixture.run({ caller: callerKeyOf("second", { rpm: 1 }) })).error, undefined);
  assert.equal((await fixture.run()).error, undefined);
});

test("a key has so many calls under way as it may, and the place is free before the caller hears of the end", async () => {
  const fixture = fixtureOf();
  fixture.upstream.otherwise({ kind: "reply", afterMs: 100 });
  const caller = callerKeyOf("team", { maxParallelRequests: 2 });
  const [one, two, three] = [fixture.start({ caller }), fixture.start({ caller }), fixture.start({ caller })];
  await Promise.resolve();
  assert.equal(three.sink.error?.code, "key_limit_reached");
  assert.equal(three.sink.error.retryAfterMs, undefined);
  const inFlightAtReply: number[] = [];
  one.sink.onReply = () => void inFlightAtReply.push(fixture.router.keyUsage("team").inFlight);
  await fixture.settle();
  assert.deepEqual(inFlightAtReply, [1]);
  assert.equal(two.sink.error, undefined);
  atRest(fixture, "team");
});

test("tokens are set aside by estimate and settled with what was used", async () => {
  const fixture = fixtureOf();
  const caller = callerKeyOf("team", { tpm: 1_000 });
  await fixture.run({ caller });
  assert.equal(fixture.router.keyUsage("team").usedTpm, 30);
  const hanging = fixture.start({ caller, maxOutputTokens: 900 });
  const refused = fixture.start({ caller, maxOutputTokens: 900 });
  await fixture.settle();
  // The mean of what this key's answers had is 20 tokens by now, so both fit.
  assert.equal(refused.sink.error, undefined);
  assert.equal(hanging.sink.error, undefined);
  assert.equal(fixture.router.keyUsage("team").usedTpm, 90);
});

test("a token limit smaller than one call is used by one call at a time", async () => {
  const fixture = fixtureOf();
  fixture.upstream.otherwise({ kind: "reply", afterMs: 10 });
  const caller = callerKeyOf("team", { tpm: 5 });
  const first = fixture.start({ caller });
  const second = fixture.start({ caller });
  await fixture.settle(1_000);
  assert.equal(first.sink.error, undefined);
  assert.equal(second.sink.error?.code, "key_limit_reached");
  assert.match(second.sink.error.message, /5 tokens per minute/);
});

test("a budget is settled with the real cost, over all of a call's attempts", async () => {
  const observed: CallRecord[] = [];
  const fixture = fixtureOf(priced, observed);
  fixture.upstream.script("a", { kind: "reply", status: 500 }, { kind: "reply" });
  const caller = callerKeyOf("team", { budget: { usd: 100, periodMs: undefined } });
  const sink = await fixture.run({ caller });
  assert.equal(sink.error, undefined);
  assert.equal(fixture.router.keyUsage("team").spentUsd, replyUsd);
  assert.equal(observed[0]?.costUsd, replyUsd);
  assert.equal(sink.route?.costUsd, replyUsd);
  assert.equal(fixture.router.keyUsage("team").usedRpm, 1);
});

test("a spent budget refuses with the time until it is renewed", async () => {
  const fixture = fixtureOf(priced);
  const caller = callerKeyOf("team", { budget: { usd: 2.5, periodMs: 3_600_000 } });
  const began = fixture.clock.now();
  let calls = 0;
  let refused: RouterError | undefined;
  while (refused === undefined && calls < 100) {
    fixture.clock.advance(1_000);
    refused = (await fixture.run({ caller })).error;
    calls++;
  }
  const { spentUsd, budgetResetsAt } = fixture.router.keyUsage("team");
  assert.equal(refused?.code, "budget_exceeded");
  assert.match(refused.message, /\$2\.5/);
  // The last one goes alone, however little is left.
  assert.ok(spentUsd >= 2.5 && spentUsd < 2.5 + replyUsd);
  assert.ok(refused.retryAfterMs !== undefined && refused.retryAfterMs > 0 && refused.retryAfterMs <= 3_600_000);
  assert.equal(fixture.clock.wallTime() + refused.retryAfterMs, budgetResetsAt);
  fixture.clock.advance(3_600_000 - (fixture.clock.now() - began) + 1_000);
  assert.equal((await fixture.run({ caller })).error, undefined);
});

test("calls under way cannot overdraw a budget together", async () => {
  const fixture = fixtureOf(priced);
  fixture.upstream.otherwise({ kind: "reply", afterMs: 10 });
  // An answer may have 200 tokens: about two dollars.
  const caller = callerKeyOf("team", { budget: { usd: 5, periodMs: undefined } });
  const calls = Array.from({ length: 10 }, () => fixture.start({ caller, maxOutputTokens: 200 }));
  await fixture.settle(1_000);
  const refused = calls.filter(({ sink }) => sink.error?.code === "budget_exceeded");
  assert.equal(refused.length, 8);
  assert.equal(refused[0]?.sink.error?.retryAfterMs, undefined);
  assert.ok(Math.abs(fixture.router.keyUsage("team").spentUsd - 2 * replyUsd) < 1e-9);
  atRest(fixture, "team");
});

const endings: readonly {
  readonly title: string;
  readonly run: (fixture: CoreFixture, caller: CallerKey) => Promise<unknown>;
  /** Whether the estimate stays booked. */
  readonly kept: boolean;
}[] = [
  {
    title: "a refusal by the provider",
    run: (fixture, caller) => fixture.run({ caller }),
    kept: false,
  },
  {
    title: "no deployment within reach",
    run: (fixture, caller) => {
      fixture.upstream.otherwise({ kind: "refuse" });
      return fixture.run({ caller, numRetries: 0 });
    },
    kept: false,
  },
  {
    title: "a hang-up before the answer",
    run: async (fixture, caller) => {
      fixture.upstream.otherwise({ kind: "hang" });
      const { handle } = fixture.start({ caller });
      handle.cancel();
      handle.cancel();
      await fixture.settle(10);
    },
    kept: true,
  },
  {
    title: "a hang-up in the middle of a stream",
    run: async (fixture, caller) => {
      fixture.upstream.otherwise({ kind: "stream", chunks: ["content a\n"], end: "hang" });
      const { handle } = fixture.start({ caller, stream: true });
      fixture.clock.advance(10);
      handle.cancel();
    },
    kept: true,
  },
  {
    title: "a cut stream",
    run: (fixture, caller) => {
      fixture.upstream.otherwise({ kind: "stream", chunks: ["content a\n"], end: "break" });
      return fixture.run({ caller, stream: true });
    },
    kept: true,
  },
  {
    title: "the caller's deadline",
    run: async (fixture, caller) => {
      fixture.upstream.otherwise({ kind: "hang" });
      fixture.start({ caller, deadline: fixture.clock.now() + 50 });
      await fixture.settle(100);
    },
    kept: true,
  },
];

for (const { title, run, kept } of endings) {
  test(`a call that ends by ${title} is settled once; what was set aside ${kept ? "stays booked" : "is given back"}`, async () => {
    const fixture = fixtureOf(priced);
    fixture.upstream.otherwise({ kind: "reply", status: 400 });
    const caller = callerKeyOf("team", { tpm: 10_000, budget: { usd: 1_000, periodMs: undefined } });
    await run(fixture, caller);
    const usage = fixture.router.keyUsage("team");
    assert.equal(usage.inFlight, 0);
    assert.equal(usage.usedRpm, 1);
    assert.equal(usage.usedTpm > 0, kept);
    assert.equal(usage.spentUsd > 0, kept);
    assert.equal(fixture.router.inFlight, 0);
  });
}

test("a call hung up before it has begun leaves nothing booked but the request", async () => {
  const fixture = new CoreFixture(tableSource([deployment("a", { maxParallelRequests: 1 })]));
  const caller = callerKeyOf("team", { tpm: 10_000 });
  fixture.upstream.otherwise({ kind: "hang" });
  const busy = fixture.start();
  const { handle } = fixture.start({ caller });
  handle.cancel();
  await fixture.settle(10);
  assert.deepEqual([fixture.router.keyUsage("team").inFlight, fixture.router.keyUsage("team").usedTpm], [0, 0]);
  busy.handle.cancel();
});

test("a model that does not exist costs a key nothing", async () => {
  const fixture = fixtureOf();
  const caller = callerKeyOf("team", { rpm: 1 });
  assert.equal((await fixture.run({ caller, model: "nonesuch" })).error?.code, "model_not_found");
  assert.equal((await fixture.run({ caller })).error, undefined);
});

test("what keys have spent outlives a restart", async () => {
  const before = fixtureOf(priced);
  const caller = callerKeyOf("team", { budget: { usd: 0.5, periodMs: 3_600_000 } });
  for (let call = 0; call < 3; call++) await before.run({ caller, maxOutputTokens: 20 });
  const after = fixtureOf(priced);
  after.router.restoreSpend(before.router.spend());
  assert.deepEqual(after.router.keyUsage("team").spentUsd, 3 * replyUsd);
  assert.equal((await after.run({ caller, maxOutputTokens: 20 })).error?.code, "budget_exceeded");
});

test("callers are told what their key has spent: with a reply all of it, with a stream what there was before", async () => {
  const fixture = fixtureOf(priced);
  const caller = callerKeyOf("team");
  assert.equal((await fixture.run({ caller })).route?.keySpendUsd, replyUsd);
  assert.equal((await fixture.run({ caller })).route?.keySpendUsd, 2 * replyUsd);
  fixture.upstream.script("a", { kind: "stream", chunks: ["content a\n", "finish\n", "done\n"] });
  assert.equal((await fixture.run({ caller, stream: true })).route?.keySpendUsd, 2 * replyUsd);
  assert.equal((await fixture.run({})).route?.keySpendUsd, undefined);
});

test("a stream's cost is told to no header, and counts all the same", async () => {
  const fixture = fixtureOf(priced);
  fixture.upstream.otherwise({ kind: "stream", chunks: ["content a\n", "finish\n", "done\n"] });
  const caller = callerKeyOf("team", { budget: { usd: 1_000, periodMs: undefined } });
  const sink = await fixture.run({ caller, stream: true });
  assert.equal(sink.route?.costUsd, undefined);
  // This host reports no usage, so what was expected stands.
  assert.ok(fixture.router.keyUsage("team").spentUsd > 0);
});

test("however calls come and end, no minute ever holds more requests or tokens than a key may use, nor more calls at once", () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 20_000 }),
    bytes: fc.integer({ min: 1, max: 2_000 }),
    cap: fc.integer({ min: 1, max: 300 }),
    end: fc.boolean(),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const limits = fc.record({
    rpm: fc.integer({ min: 1, max: 8 }),
    tpm: fc.integer({ min: 50, max: 2_000 }),
    maxParallelRequests: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(limits, fc.array(step, { maxLength: 80 }), ({ rpm, tpm, maxParallelRequests }, steps) => {
      const clock = new FakeClock();
      const keys = new KeyLimits(clock);
      const key = callerKeyOf("team", { rpm, tpm, maxParallelRequests });
      const open: Admission[] = [];
      const begun: { at: number; tokens: number }[] = [];
      const records = new Map<Admission, { at: number; tokens: number }>();
      for (const { waitMs, bytes, cap, end, share } of steps) {
        clock.advance(waitMs);
        const admission = keys.admit(key, { requestBytes: bytes, maxOutputTokens: cap, answers: 1 }, free);
        if (!(admission instanceof RouterError)) {
          const { promptTokens, outputTokens } = admission.reservation;
          const record = { at: clock.now(), tokens: promptTokens + outputTokens };
          open.push(admission);
          begun.push(record);
          records.set(admission, record);
        }
        assert.ok(open.length <= maxParallelRequests);
        const recent = begun.filter(({ at }) => clock.now() - at < 60_000);
        assert.ok(recent.length <= rpm);
        assert.ok(recent.reduce((sum, { tokens }) => sum + tokens, 0) <= tpm);
        const ending = end ? open.shift() : undefined;
        if (ending === undefined) continue;
        const { promptTokens, outputTokens } = ending.reservation;
        const usage = { promptTokens: Math.floor(promptTokens * share), outputTokens: Math.floor(outputTokens * share) };
        const record = records.get(ending);
        if (record !== undefined) record.tokens = usage.promptTokens + usage.outputTokens;
        keys.settle(ending, { kind: "success", firstTokenMs: 1, totalMs: 1, stream: false, usage }, undefined);
      }
      assert.equal(keys.usage("team").inFlight, open.length);
    }),
  );
});
