import assert from "node:assert/strict";
import { test } from "node:test";
import { median, quantile, ratios, spread } from "../../bench/support/statistics.ts";

const cases: readonly { readonly values: readonly number[]; readonly share: number; readonly expected: number }[] = [
  { values: [3], share: 0.99, expected: 3 },
  { values: [3, 1, 2], share: 0.5, expected: 2 },
  { values: [4, 1, 3, 2], share: 0.5, expected: 2.5 },
  { values: [10, 9, 100], share: 0.5, expected: 10 },
  { values: Array.from({ length: 101 }, (_, index) => 100 - index), share: 0.99, expected: 99 },
  { values: [1, 2], share: 0, expected: 1 },
  { values: [1, 2], share: 1, expected: 2 },
];

for (const { values, share, expected } of cases) {
  test(`the ${share * 100} % quantile of ${values.length} values, the first being ${values[0]}, is ${expected}`, () => {
    assert.equal(quantile(values, share), expected);
  });
}

test("nothing measured has no median", () => {
  assert.ok(Number.isNaN(median([])));
});

test("a spread is the median with its range, and a single value alone", () => {
  assert.equal(spread([3, 1, 2.26], 1), "2.3 (1.0 … 3.0)");
  assert.equal(spread([3], 0), "3");
});

test("ratios are taken round by round, of the rounds that both have", () => {
  assert.deepEqual(ratios([10, 30, 50], [5, 10]), [2, 3]);
});
