import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { count, milliseconds, percent, rate, span, weight } from "../../console/src/format.ts";

const cases: readonly (readonly [text: string, expected: string])[] = [
  [count(undefined), "–"],
  [count(0), "0"],
  [count(7), "7"],
  [count(7.456), "7.46"],
  [count(940), "940"],
  [count(9_999), "9999"],
  [count(12_345), "12.3k"],
  [count(450_000), "450k"],
  [count(999_700), "1M"],
  [count(4_100_000), "4.1M"],
  [count(2.5e9), "2.5G"],
  [percent(undefined), "–"],
  [percent(0), "0 %"],
  [percent(0.0004), "<0.1 %"],
  [percent(0.004), "0.4 %"],
  [percent(0.0999), "10 %"],
  [percent(0.3749), "37 %"],
  [percent(1), "100 %"],
  [milliseconds(undefined), "–"],
  [milliseconds(3.62), "3.62 ms"],
  [milliseconds(41.26), "41.3 ms"],
  [milliseconds(310.4), "310 ms"],
  [milliseconds(999.6), "1 s"],
  [milliseconds(2_440), "2.44 s"],
  [milliseconds(61_000), "61 s"],
  [span(0), "0 s"],
  [span(3_200), "4 s"],
  [span(61_000), "1 min"],
  [span(3_600_000), "1 h"],
  [span(7_620_000), "2 h 7 min"],
  [span(187_200_000), "2 d 4 h"],
  [rate(0.34), "0.34/s"],
  [rate(undefined), "–"],
  [weight(0.1 + 0.2), "0.3"],
  [weight(57.333_333), "57.33"],
  [weight(1_000), "1000"],
];

for (const [text, expected] of cases) {
  test(`reads ${expected}`, () => assert.equal(text, expected));
}

test("no figure takes more than seven characters, whatever the number is", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (value) => {
      assert.ok(count(value).length <= 7, count(value));
    }),
  );
});
