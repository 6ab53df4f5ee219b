import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Budgets } from "../../../src/core/keys/budgets.ts";

const day = 86_400_000;
const start = 1_700_000_000_000;
const tenDollarsADay = { usd: 10, periodMs: day };

test("a budget that is spent is refused until its period ends, and is whole in the next one", () => {
  const budgets = new Budgets();
  budgets.settle("a", budgets.reserve("a", tenDollarsADay, 4, start), 10, start + 1_000);
  const refusal = budgets.refusal("a", tenDollarsADay, 0.1, start + 60_000);
  assert.deepEqual(refusal, { kind: "spent", spentUsd: 10, retryAfterMs: day - 60_000 });
  assert.equal(budgets.refusal("a", tenDollarsADay, 0.1, start + day), undefined);
  assert.deepEqual(budgets.usage("a", start + day), { spentUsd: 0, resetsAt: start + 2 * day });
});

test("periods follow each other without a gap, also over those without a call", () => {
  const budgets = new Budgets();
  budgets.settle("a", budgets.reserve("a", tenDollarsADay, 1, start), 1, start);
  assert.deepEqual(budgets.usage("a", start + 5.5 * day), { spentUsd: 0, resetsAt: start + 6 * day });
});

test("without a period a budget is never renewed", () => {
  const budgets = new Budgets();
  const once = { usd: 1, periodMs: undefined };
  budgets.settle("a", budgets.reserve("a", once, 1, start), 1, start);
  assert.deepEqual(budgets.refusal("a", once, 0.1, start + 1_000 * day), { kind: "spent", spentUsd: 1, retryAfterMs: undefined });
});

test("what calls under way may cost is not given out twice, and comes back when they cost less", () => {
  const budgets = new Budgets();
  const first = budgets.reserve("a", tenDollarsADay, 7, start);
  assert.deepEqual(budgets.refusal("a", tenDollarsADay, 4, start), { kind: "reserved" });
  budgets.settle("a", first, 1, start);
  assert.equal(budgets.refusal("a", tenDollarsADay, 4, start), undefined);
});

test("a call that may cost more than is left goes alone", () => {
  const budgets = new Budgets();
  budgets.settle("a", budgets.reserve("a", tenDollarsADay, 1, start), 8, start);
  const small = budgets.reserve("a", tenDollarsADay, 0.5, start);
  assert.deepEqual(budgets.refusal("a", tenDollarsADay, 3, start), { kind: "reserved" });
  assert.equal(budgets.refusal("a", tenDollarsADay, 1, start), undefined);
  budgets.settle("a", small, 0, start);
  assert.equal(budgets.refusal("a", tenDollarsADay, 3, start), undefined);
});

test("a call dearer than the whole budget is served once nothing else is", () => {
  const budgets = new Budgets();
  assert.equal(budgets.refusal("a", tenDollarsADay, 50, start), undefined);
  const reserved = budgets.reserve("a", tenDollarsADay, 50, start);
  assert.equal(reserved, 10);
  assert.deepEqual(budgets.refusal("a", tenDollarsADay, 0.1, start), { kind: "reserved" });
});

test("a budget of nothing lets nothing through, whatever it is said to cost", () => {
  const refusal = new Budgets().refusal("a", { usd: 0, periodMs: day }, 0, start);
  assert.equal(refusal?.kind, "spent");
});

test("a call that ends in the next period is paid from that one", () => {
  const budgets = new Budgets();
  const reserved = budgets.reserve("a", tenDollarsADay, 6, start);
  budgets.settle("a", reserved, 6, start + day + 1);
  assert.deepEqual(budgets.usage("a", start + day + 1), { spentUsd: 6, resetsAt: start + 2 * day });
});

test("what was spent is known after a restart, and forgotten when its period is over", () => {
  const before = new Budgets();
  before.settle("a", before.reserve("a", tenDollarsADay, 1, start), 8, start);
  const after = new Budgets();
  after.restore(new Map(JSON.parse(JSON.stringify([...before.snapshot(0)])) as [string, { usd: number; periodStart: number }][]), 0);
  assert.deepEqual(after.usage("a", start + 1), { spentUsd: 8, resetsAt: start + day });
  assert.equal(after.refusal("a", tenDollarsADay, 3, start + 1), undefined);
  assert.equal(after.refusal("a", tenDollarsADay, 3, start + day), undefined);
});

test("however calls overlap, what is spent and set aside stays within the budget while estimates hold", () => {
  const step = fc.record({
    expected: fc.double({ min: 0, max: 4, noNaN: true }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    end: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const budgets = new Budgets();
      const open: { reserved: number; cost: number }[] = [];
      let spent = 0;
      for (const { expected, share, end } of steps) {
        if (budgets.refusal("a", tenDollarsADay, expected, start) === undefined) {
          const reserved = budgets.reserve("a", tenDollarsADay, expected, start);
          open.push({ reserved, cost: reserved * share });
        }
        assert.ok(spent + open.reduce((sum, one) => sum + one.reserved, 0) <= 10 + 1e-9);
        const ending = end ? open.shift() : undefined;
        if (ending === undefined) continue;
        budgets.settle("a", ending.reserved, ending.cost, start);
        spent += ending.cost;
      }
      for (const { reserved, cost } of open) {
        budgets.settle("a", reserved, cost, start);
        spent += cost;
      }
      assert.ok(Math.abs(budgets.usage("a", start).spentUsd - spent) < 1e-9);
      // Nothing stays set aside.
      assert.equal(
        budgets.refusal("a", tenDollarsADay, Math.max(10 - spent - 1e-9, 0), start),
        spent >= 10 ? budgets.refusal("a", tenDollarsADay, 0, start) : undefined,
      );
    }),
  );
});
