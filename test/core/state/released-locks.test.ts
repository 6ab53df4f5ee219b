import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Budgets } from "../../../src/core/keys/budgets.ts";
import { Ledger } from "../../../src/core/state/ledger.ts";
import { RowMemory, type RowLayout } from "../../../src/lib/shared/row-memory.ts";
import { SharedLock } from "../../../src/lib/shared/shared-lock.ts";
import { SharedNames } from "../../../src/lib/shared/shared-names.ts";

const layout: RowLayout = { ints: [1], reals: [1], own: 1 };
let memory = new SharedArrayBuffer(SharedLock.bytes);
let lock = new SharedLock(memory, 0);

beforeEach(() => {
  memory = new SharedArrayBuffer(SharedLock.bytes);
  lock = new SharedLock(memory, 0);
});

/** Runs what throws in the midst of a step, and expects the lock to be free afterwards. */
function assertReleased(step: () => unknown): void {
  assert.throws(step, RangeError);
  assert.equal(new Int32Array(memory)[0], 0, "the lock is held");
}

test("rows that lack an array give the lock back", () => {
  const share = { ...RowMemory.share(layout, 1), reals: [] };
  assertReleased(() => new RowMemory(layout, { share, lock, thread: 0 }));
});

test("names without room for another one give the lock back", () => {
  const names = new SharedNames(SharedNames.memory(1, 10), 1, lock);
  names.numberOf("first", () => undefined);
  assertReleased(() => names.numberOf("second", () => undefined));
});

test("a ledger whose step fails gives the lock back", () => {
  const ledger = new Ledger({ share: Ledger.share(1), lock, thread: 0 });
  const row = ledger.rowFor("a");
  const reservation = ledger.begin(row, 0, 1, 1);
  const broken = {
    totalMs: 1,
    get kind(): never {
      throw new RangeError("broken");
    },
  };
  assertReleased(() => ledger.end(row, 0, reservation, broken, 10));
});

test("budgets whose step fails give the lock back", () => {
  const budgets = new Budgets({ share: Budgets.share(1), lock, thread: 0 });
  const budget = {
    get usd(): never {
      throw new RangeError("broken");
    },
    periodMs: undefined,
  };
  assertReleased(() => budgets.reserve("key", budget, 1, 0));
  assertReleased(() => budgets.refusal("key", budget, 1, 0));
});
