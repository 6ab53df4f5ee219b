import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger } from "../../../src/core/state/ledger.ts";

/** A limit of 10,000 tokens that fills by 1 in a millisecond, as its provider tells it. */
class SteadyLimit {
  readonly ledger = new Ledger();
  readonly row = this.ledger.rowFor("a");
  left = 10_000;
  now = 0;

  use(tokens: number, afterMs: number): void {
    this.now += afterMs;
    this.left = Math.min(this.left + afterMs, 10_000) - tokens;
    this.ledger.noteQuota(this.row, this.now, { requests: undefined, tokens: { left: this.left, resetMs: 10_000 - this.left } });
  }

  /** How long so many tokens are not there, by what was told. */
  lackedMs(tokens: number): number {
    const until = this.ledger.tokensSpentUntil(this.row, this.now, tokens);
    return until === 0 ? 0 : until - this.now;
  }
}

test("a limit that fills steadily is known by two replies: calls leave when what they need is there", () => {
  const limit = new SteadyLimit();
  limit.use(5_000, 0);
  assert.equal(limit.lackedMs(8_000), 0, "nothing is known after one reply");
  limit.use(4_000, 1_000);
  assert.equal(limit.left, 2_000);
  assert.ok(Math.abs(limit.lackedMs(3_000) - 1_000) < 5, `${limit.lackedMs(3_000)} ms`);
  assert.equal(limit.lackedMs(1_900), 0);
  limit.now += 1_010;
  assert.equal(limit.lackedMs(3_000), 0);
});

test("what was sent since the latest reply is taken off, and a call that is larger than nearly all of a limit waits for that much", () => {
  const limit = new SteadyLimit();
  limit.use(5_000, 0);
  limit.use(2_000, 1_000);
  limit.ledger.begin(limit.row, limit.now, 3_000, 500);
  assert.ok(Math.abs(limit.lackedMs(1_500) - 1_000) < 5, `${limit.lackedMs(1_500)} ms`);
  assert.ok(Math.abs(limit.lackedMs(1e6) - 8_500) < 5, `${limit.lackedMs(1e6)} ms`);
});

test("a limit of which all comes back at once is spent until then, and only when nothing is left", () => {
  const ledger = new Ledger();
  const row = ledger.rowFor("a");
  const told = (now: number, left: number): void =>
    ledger.noteQuota(row, now, { requests: undefined, tokens: { left, resetMs: 60_000 - now } });
  told(0, 9_000);
  told(2_000, 7_000);
  told(9_000, 300);
  assert.equal(ledger.tokensSpentUntil(row, 9_000, 5_000), 0);
  told(10_000, 0);
  assert.equal(ledger.tokensSpentUntil(row, 10_000, 1), 60_000);
});

test("a provider that does not say when more is there tells no rate", () => {
  const ledger = new Ledger();
  const row = ledger.rowFor("a");
  for (const left of [100, 50, 70]) ledger.noteQuota(row, 0, { requests: undefined, tokens: { left, resetMs: undefined } });
  assert.equal(ledger.tokensSpentUntil(row, 0, 1_000), 0);
});
