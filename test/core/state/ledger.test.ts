import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RouterError } from "../../../src/core/errors.ts";
import { Ledger } from "../../../src/core/state/ledger.ts";
import type { Reservation } from "../../../src/core/state/reservation.ts";
import type { Outcome } from "../../../src/core/outcome.ts";

const failure: Outcome = { kind: "failure", error: new RouterError("upstream_error", "down"), totalMs: 10, begun: false };
const cancelled: Outcome = { kind: "cancelled", totalMs: 10 };

function success(over: Partial<Outcome & { kind: "success" }> = {}): Outcome & { kind: "success" } {
  return { kind: "success", firstTokenMs: 100, totalMs: 1_000, stream: true, usage: { promptTokens: 10, outputTokens: 20 }, ...over };
}

test("a deployment keeps its row, and rows survive the growth of the ledger", () => {
  const ledger = new Ledger();
  const first = ledger.rowFor("a");
  ledger.begin(first, 0, 5, 0);
  for (let index = 0; index < 1_000; index++) ledger.rowFor(`other-${index}`);
  assert.equal(ledger.rowFor("a"), first);
  assert.equal(ledger.rows, 1_001);
  assert.equal(ledger.inFlight(first), 1);
  assert.equal(ledger.outstandingTokens(first), 5);
});

test("what a provider's limits do not count frees its part of the reservation", () => {
  const ledger = new Ledger();
  const row = ledger.rowFor("a");
  const reservation = ledger.begin(row, 0, 1_000, 20);
  ledger.end(
    row,
    0,
    reservation,
    success({ usage: { promptTokens: 1_000, outputTokens: 20, cachedTokens: 900, unlimitedTokens: 900 } }),
    0,
  );
  assert.equal(ledger.usedPromptTokens(row, 0), 100);
  assert.equal(ledger.usedTokens(row, 0), 120);
});

test("a request counts for at least 60 s and at most 61 s", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (start) => {
      const ledger = new Ledger();
      const row = ledger.rowFor("a");
      ledger.begin(row, start, 7, 0);
      assert.equal(ledger.usedRequests(row, start + 59_999), 1);
      assert.equal(ledger.usedTokens(row, start + 59_999), 7);
      assert.equal(ledger.usedRequests(row, start + 61_000), 0);
      assert.equal(ledger.usedTokens(row, start + 61_000), 0);
    }),
  );
});

test("the window holds what a list of all moments would hold, over any steps of time", () => {
  const steps = fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 90_000 }), tokens: fc.integer({ min: 0, max: 500 }) }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (history) => {
      const ledger = new Ledger();
      const row = ledger.rowFor("a");
      let now = 12_345;
      const moments: { second: number; tokens: number }[] = [];
      for (const { waitMs, tokens } of history) {
        now += waitMs;
        ledger.begin(row, now, tokens, 0);
        moments.push({ second: Math.floor(now / 1_000), tokens });
        const live = moments.filter(({ second }) => Math.floor(now / 1_000) - second <= 60);
        assert.equal(ledger.usedRequests(row, now), live.length);
        assert.equal(
          ledger.usedTokens(row, now),
          live.reduce((sum, moment) => sum + moment.tokens, 0),
        );
      }
    }),
  );
});

test("the announced wait is exact: not yet just before it, free right at it", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 20 }), fc.nat(5), (waits, target) => {
      const ledger = new Ledger();
      const row = ledger.rowFor("a");
      let now = 5_000;
      for (const wait of waits) ledger.begin(row, (now += wait), 3, 0);
      const untilMs = ledger.msUntilRequests(row, now, target);
      if (untilMs === 0) {
        assert.ok(ledger.usedRequests(row, now) <= target);
        return;
      }
      assert.ok(ledger.usedRequests(row, now + untilMs - 1) > target);
      assert.ok(ledger.usedRequests(row, now + untilMs) <= target);
    }),
  );
});

test("whatever the order of begin, success, failure, cancel and time, nothing goes negative and all is zero at rest", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("begin" as const), tokens: fc.integer({ min: 0, max: 1_000 }) }),
    fc.record({
      kind: fc.constant("end" as const),
      which: fc.nat(30),
      outcome: fc.constantFrom(success(), success({ usage: undefined }), failure, cancelled),
    }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 70_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const ledger = new Ledger();
      const row = ledger.rowFor("a");
      const open: Reservation[] = [];
      let now = 0;
      const check = (): void => {
        assert.equal(ledger.inFlight(row), open.length);
        assert.equal(
          ledger.outstandingTokens(row),
          open.reduce((sum, reservation) => sum + reservation.promptTokens, 0),
        );
        assert.ok(ledger.usedTokens(row, now) >= 0);
        assert.ok(ledger.usedRequests(row, now) >= 0);
      };
      for (const one of steps) {
        if (one.kind === "begin") open.push(ledger.begin(row, now, one.tokens, 0));
        else if (one.kind === "wait") now += one.ms;
        else {
          const [reservation] = open.splice(one.which % Math.max(open.length, 1), 1);
          if (reservation !== undefined) ledger.end(row, now, reservation, one.outcome, 40);
        }
        check();
      }
      for (const reservation of open.splice(0)) ledger.end(row, now, reservation, success(), 40);
      check();
      assert.equal(ledger.usedTokens(row, now + 61_000), 0);
    }),
  );
});

test("settling replaces the estimate by what the provider reported", () => {
  const ledger = new Ledger();
  const row = ledger.rowFor("a");
  const reservation = ledger.begin(row, 0, 1_000, 0);
  assert.equal(ledger.usedTokens(row, 0), 1_000);
  ledger.end(row, 500, reservation, success(), 40);
  assert.equal(ledger.usedTokens(row, 500), 30);
});

test("tokens beyond an estimate that has left the window count from when they became known", () => {
  const ledger = new Ledger();
  const row = ledger.rowFor("a");
  const reservation = ledger.begin(row, 0, 4, 6);
  ledger.end(row, 120_000, reservation, success(), 40);
  assert.deepEqual([ledger.usedPromptTokens(row, 120_000), ledger.usedOutputTokens(row, 120_000)], [6, 14]);
});

test("a failure gives its tokens back but not its request, and so does what was cancelled before it went out", () => {
  const ledger = new Ledger();
  const row = ledger.rowFor("a");
  ledger.end(row, 0, ledger.begin(row, 0, 100, 0), failure, 40);
  assert.deepEqual([ledger.usedRequests(row, 0), ledger.usedTokens(row, 0)], [1, 0]);
  ledger.end(row, 0, ledger.begin(row, 0, 100, 0), cancelled, 40);
  assert.deepEqual([ledger.usedRequests(row, 0), ledger.usedTokens(row, 0)], [2, 0]);
});

test("of an answer that was cut after it had begun, what came of it is booked, and of one that was given up no more than was set aside", () => {
  const ledger = new Ledger();
  const row = ledger.rowFor("a");
  ledger.end(row, 0, ledger.begin(row, 0, 100, 50), { ...failure, begun: true, usage: { promptTokens: 90, outputTokens: 700 } }, 40);
  assert.equal(ledger.usedTokens(row, 0), 790);
  ledger.end(row, 0, ledger.begin(row, 0, 100, 50), { ...cancelled, usage: { promptTokens: 90, outputTokens: 700 } }, 40);
  assert.equal(ledger.usedTokens(row, 0), 930);
  ledger.end(row, 0, ledger.begin(row, 0, 100, 50), { ...cancelled, begun: true, usage: { promptTokens: 10, outputTokens: 60 } }, 40);
  assert.equal(ledger.usedTokens(row, 0), 1_000);
});

test("a fast failure never looks fast", () => {
  const ledger = new Ledger();
  const [good, bad] = [ledger.rowFor("good"), ledger.rowFor("bad")];
  for (let index = 0; index < 10; index++) {
    ledger.end(good, 0, ledger.begin(good, 0, 0, 0), success({ firstTokenMs: 900 }), 40);
    ledger.end(bad, 0, ledger.begin(bad, 0, 0, 0), { ...failure, totalMs: 1 }, 40);
  }
  assert.ok((ledger.firstTokenMs(bad) ?? 0) > (ledger.firstTokenMs(good) ?? 0));
  assert.ok((ledger.msPerToken(bad) ?? 0) > 0);
});

test("the caller's own faults and cancellations are not held against a deployment", () => {
  const ledger = new Ledger();
  const row = ledger.rowFor("a");
  const invalid: Outcome = { kind: "failure", error: new RouterError("invalid_request", "no"), totalMs: 1, begun: false };
  ledger.end(row, 0, ledger.begin(row, 0, 0, 0), invalid, 40);
  ledger.end(row, 0, ledger.begin(row, 0, 0, 0), cancelled, 40);
  assert.deepEqual([ledger.failures(row), ledger.failureRate(row), ledger.firstTokenMs(row)], [0, 0, undefined]);
  assert.equal(ledger.cancellations(row), 1);
});

test("averages learn from streams by first token and from unary calls by time per token", () => {
  const ledger = new Ledger();
  const row = ledger.rowFor("a");
  assert.deepEqual(
    [ledger.firstTokenMs(row), ledger.msPerToken(row), ledger.firstTokenMeasuredAt(row)],
    [undefined, undefined, Number.NEGATIVE_INFINITY],
  );
  ledger.end(row, 1_000, ledger.begin(row, 0, 0, 0), success({ stream: true, firstTokenMs: 250 }), 40);
  assert.deepEqual([ledger.firstTokenMs(row), ledger.msPerToken(row)], [250, undefined]);
  ledger.end(row, 2_000, ledger.begin(row, 0, 0, 0), success({ stream: false, totalMs: 1_000 }), 40);
  assert.deepEqual(
    [ledger.firstTokenMs(row), ledger.msPerToken(row), ledger.firstTokenMeasuredAt(row), ledger.perTokenMeasuredAt(row)],
    [250, 50, 1_000, 2_000],
  );
});

test("a peak rises at once and falls with time", () => {
  const ledger = new Ledger();
  const row = ledger.rowFor("a");
  const sample = (now: number, firstTokenMs: number): number => {
    ledger.end(row, now, ledger.begin(row, now, 0, 0), success({ firstTokenMs }), 40);
    return ledger.peakFirstTokenMs(row) ?? Number.NaN;
  };
  assert.equal(sample(0, 100), 100);
  assert.equal(sample(1, 2_000), 2_000);
  assert.ok(sample(2, 100) > 1_900);
  assert.ok(sample(60_000, 100) < 110);
});

test("the size of prompts and answers is learned for each deployment", () => {
  const ledger = new Ledger();
  const row = ledger.rowFor("a");
  assert.equal(ledger.estimatePromptTokens(row, 400), 100);
  for (let index = 0; index < 40; index++) {
    ledger.end(row, 0, ledger.begin(row, 0, 0, 0), success({ usage: { promptTokens: 200, outputTokens: 50 } }), 400);
  }
  assert.ok(Math.abs(ledger.estimatePromptTokens(row, 400) - 200) <= 1);
  assert.ok(Math.abs(ledger.estimateOutputTokens(row, undefined) - 50) <= 1);
  assert.equal(ledger.estimateOutputTokens(row, 7), 7);
});
