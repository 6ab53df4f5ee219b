import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { codeClasses, errorCodes, RouterError } from "../../../src/core/errors.ts";
import { decideRetry, type RetrySituation } from "../../../src/core/call/retry.ts";
import { backoffMs } from "../../../src/lib/backoff.ts";
import { seededRandom } from "../../../src/lib/random.ts";

const random = seededRandom(1);

function situation(over: Partial<RetrySituation> = {}): RetrySituation {
  return {
    error: new RouterError("upstream_error", "down"),
    failures: 1,
    retriesLeft: 2,
    forced: false,
    siblingEligible: false,
    repeatable: true,
    fallbackLeft: false,
    now: 0,
    deadline: undefined,
    retryAfterMs: 0,
    ...over,
  };
}

test("another eligible deployment is tried at once, whatever Retry-After says", () => {
  const error = new RouterError("upstream_rate_limited", "slow down", { retryAfterMs: 30_000 });
  assert.deepEqual(decideRetry(situation({ error, siblingEligible: true }), random), { kind: "next" });
});

test("the same deployment is tried again only after its Retry-After", () => {
  const error = new RouterError("upstream_rate_limited", "slow down", { retryAfterMs: 30_000 });
  assert.deepEqual(decideRetry(situation({ error }), random), { kind: "wait", waitMs: 30_000 });
});

test("a Retry-After of more than a minute is passed on to the caller instead of being waited for", () => {
  const error = new RouterError("upstream_rate_limited", "slow down", { retryAfterMs: 60_001 });
  assert.deepEqual(decideRetry(situation({ error }), random), { kind: "give_up" });
});

test("nothing is waited for where there is a fallback, but for what a retry policy names", () => {
  const limited = new RouterError("upstream_rate_limited", "slow down", { retryAfterMs: 3_000 });
  assert.equal(decideRetry(situation({ error: limited, fallbackLeft: true }), random).kind, "give_up");
  assert.equal(decideRetry(situation({ fallbackLeft: true }), random).kind, "give_up");
  assert.equal(decideRetry(situation({ fallbackLeft: true, forced: true }), random).kind, "wait");
});

test("a Retry-After of an hour is no wait for a call", () => {
  const error = new RouterError("upstream_rate_limited", "slow down", { retryAfterMs: 3_600_000 });
  assert.deepEqual(decideRetry(situation({ error }), random), { kind: "give_up" });
});

test("retry_after is the least wait", () => {
  const decision = decideRetry(situation({ retryAfterMs: 20_000 }), random);
  assert.deepEqual(decision, { kind: "wait", waitMs: 20_000 });
});

test("a wait that does not fit before the deadline is not begun", () => {
  const error = new RouterError("upstream_rate_limited", "slow down", { retryAfterMs: 1_000 });
  assert.equal(decideRetry(situation({ error, now: 100, deadline: 1_100 }), random).kind, "give_up");
  assert.equal(decideRetry(situation({ error, now: 100, deadline: 1_101 }), random).kind, "wait");
});

test("attempts are bounded", () => {
  assert.equal(decideRetry(situation({ retriesLeft: 0, siblingEligible: true }), random).kind, "give_up");
});

test("a deployment that cannot work for this call is not repeated, its siblings are tried", () => {
  const error = new RouterError("upstream_auth", "bad key");
  assert.equal(decideRetry(situation({ error, repeatable: false }), random).kind, "give_up");
  assert.equal(decideRetry(situation({ error, repeatable: false, siblingEligible: true }), random).kind, "next");
});

test("what is the caller's is never retried, everything else is", () => {
  for (const code of errorCodes) {
    const decision = decideRetry(situation({ error: new RouterError(code, "x"), siblingEligible: true }), random);
    assert.equal(decision.kind, codeClasses[code].failure === "caller" ? "give_up" : "next", code);
  }
});

test("backoff doubles from 0.5 s to 8 s and leaves its upper half to chance", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer(), (tries, seed) => {
      const full = Math.min(500 * 2 ** (tries - 1), 8_000);
      const waitMs = backoffMs(tries, seededRandom(seed));
      assert.ok(waitMs >= full / 2 && waitMs <= full);
    }),
  );
});
