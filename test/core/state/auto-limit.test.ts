import assert from "node:assert/strict";
import { test } from "node:test";
import { RouterError } from "../../../src/core/errors.ts";
import { Ledger } from "../../../src/core/state/ledger.ts";

/** A deployment of one row whose limit is learned. */
class Learner {
  readonly ledger = new Ledger();
  readonly row = this.ledger.rowFor("a");
  now = 0;

  constructor() {
    this.ledger.learnLimit(this.row, true);
  }

  get limit(): number {
    return this.ledger.autoLimit(this.row);
  }

  /** As many streams at once as the limit allows, whose first content takes so long. */
  batch(firstMs: number): void {
    const begun = Array.from({ length: Math.floor(this.limit) }, () => this.ledger.begin(this.row, this.now, 1_000, 100));
    const startedAt = this.now;
    this.now += firstMs;
    for (const reservation of begun) this.ledger.noteContent(this.row, this.now, { reservation, startedAt });
    for (const reservation of begun) {
      const usage = { promptTokens: 1_000, outputTokens: 100 };
      this.ledger.end(
        this.row,
        this.now,
        reservation,
        { kind: "success", firstTokenMs: firstMs, totalMs: 2_000, stream: true, usage },
        4_000,
      );
    }
  }
}

test("a limit grows while it is used and first content comes as soon as at rest", () => {
  const learner = new Learner();
  assert.equal(learner.limit, 8);
  for (let count = 0; count < 5; count++) learner.batch(200);
  assert.ok(learner.limit > 45, `${learner.limit}`);
});

test("a limit does not grow where it is not used", () => {
  const learner = new Learner();
  for (let count = 0; count < 100; count++) {
    const reservation = learner.ledger.begin(learner.row, count, 1_000, 100);
    learner.ledger.noteContent(learner.row, count + 200, { reservation, startedAt: count });
    learner.ledger.end(learner.row, count + 200, reservation, { kind: "cancelled", totalMs: 200 }, 0);
  }
  assert.equal(learner.limit, 8);
});

test("a limit shrinks step by step where first content comes far later than at rest, and grows again after", () => {
  const learner = new Learner();
  for (let count = 0; count < 4; count++) learner.batch(300);
  const before = learner.limit;
  for (let count = 0; count < 10; count++) learner.batch(6_000);
  const after = learner.limit;
  assert.ok(after < before / 3 && after >= 4, `${before}, then ${after}`);
  for (let count = 0; count < 60; count++) learner.batch(300);
  assert.ok(learner.limit > after * 1.5, `${after}, then ${learner.limit}`);
});

test("a refusal for too much lowers a limit once for all that is under way", () => {
  const learner = new Learner();
  const error = new RouterError("upstream_rate_limited", "no");
  for (const at of [5_000, 5_001, 5_002]) {
    const reservation = learner.ledger.begin(learner.row, at, 10, 10);
    learner.ledger.end(learner.row, at, reservation, { kind: "failure", error, totalMs: 1, begun: false }, 0);
  }
  assert.ok(learner.limit < 8 && learner.limit > 5.5, `${learner.limit}`);
});

test("a limit that is no longer learned is none", () => {
  const learner = new Learner();
  learner.ledger.learnLimit(learner.row, false);
  assert.equal(learner.limit, 0);
});
