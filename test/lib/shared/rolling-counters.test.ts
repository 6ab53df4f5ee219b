import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RollingCounters } from "../../../src/lib/shared/rolling-counters.ts";

const steps = fc.array(
  fc.record({ waitMs: fc.integer({ min: 0, max: 90_000 }), row: fc.nat(2), kind: fc.nat(1), amount: fc.integer({ min: 0, max: 9 }) }),
  {
    maxLength: 60,
  },
);

test("each row and kind holds what a list of all moments would hold, over any steps of time", () => {
  fc.assert(
    fc.property(steps, (history) => {
      const counters = new RollingCounters(2, 60);
      counters.use(...arraysFor(2, 3));
      const moments: { second: number; row: number; kind: number; amount: number }[] = [];
      let now = 1_234;
      for (const { waitMs, row, kind, amount } of history) {
        now += waitMs;
        counters.add(row, kind, counters.turn(row, now), amount);
        const second = Math.floor(now / 1_000);
        moments.push({ second, row, kind, amount });
        for (const [seconds, found] of [
          [60, counters.sum(row, kind, now)],
          [10, counters.sumWithin(row, kind, now, 10)],
        ] as const) {
          const live = moments.filter((one) => one.row === row && one.kind === kind && second - one.second <= seconds);
          assert.equal(
            found,
            live.reduce((sum, one) => sum + one.amount, 0),
          );
        }
        const kept = moments.filter((one) => one.row === row && one.amount > 0 && second - one.second <= 60);
        const last = Math.max(...kept.map((one) => one.second));
        assert.equal(counters.msUntilEmpty(row, [0, 1], now), kept.length === 0 ? 0 : (last + 61) * 1_000 - now);
      }
    }),
  );
});

test("goes on in larger arrays with what it had", () => {
  const counters = new RollingCounters(1, 60);
  const [heads, rings] = arraysFor(1, 1);
  counters.use(heads, rings);
  counters.add(0, 0, counters.turn(0, 5_000), 7);
  const [moreHeads, moreRings] = arraysFor(1, 1_000);
  moreHeads.set(heads);
  moreRings.set(rings);
  counters.use(moreHeads, moreRings);
  assert.deepEqual([counters.sum(0, 0, 5_000), counters.sum(999, 0, 5_000)], [7, 0]);
});

function arraysFor(kinds: number, rows: number): [Int32Array, Int32Array] {
  const [heads, rings] = RollingCounters.rowLengths(kinds);
  return [new Int32Array(heads * rows), new Int32Array(rings * rows)];
}
