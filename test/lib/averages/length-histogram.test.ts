import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LengthHistogram } from "../../../src/lib/averages/length-histogram.ts";
import { seededRandom } from "../../../src/lib/random.ts";

const unknown = (): number => 0;

function histogramOf(lengths: readonly number[]): LengthHistogram {
  const histogram = new LengthHistogram();
  for (const length of lengths) histogram.add(length);
  return histogram;
}

function near(actual: number, expected: number, share: number): void {
  assert.ok(Math.abs(actual - expected) <= expected * share, `${actual} instead of ${expected}`);
}

test("of what has not begun, the mean length is left", () => {
  near(histogramOf(Array.from({ length: 64 }, (_, index) => 100 + index)).meanRest(0, unknown, 0), 131.5, 0.01);
});

test("lengths that do not age have the same left however much has come", () => {
  const random = seededRandom(1);
  const histogram = histogramOf(Array.from({ length: 4_000 }, () => -Math.log(1 - random.next()) * 200));
  for (const seen of [0, 50, 200, 400]) near(histogram.meanRest(seen, unknown, 0), 200, 0.2);
});

test("what two kinds of lengths are made of is known once the short ones have ended", () => {
  const histogram = histogramOf(Array.from({ length: 1_600 }, (_, index) => (index % 10 === 0 ? 2_000 : 20)));
  near(histogram.meanRest(0, unknown, 0), 218, 0.03);
  near(histogram.meanRest(30, unknown, 0), 1_970, 0.03);
  near(histogram.meanRest(1_000, unknown, 0), 1_000, 0.03);
});

test("where nothing was as long, what is expected otherwise counts alone", () => {
  const histogram = histogramOf([10, 10, 10]);
  assert.equal(
    histogram.meanRest(5_000, (seen) => seen / 2, 3),
    2_500,
  );
});

test("what changes is learned anew in some thousands", () => {
  const histogram = histogramOf([...Array<number>(5_000).fill(1_000), ...Array<number>(5_000).fill(10)]);
  near(histogram.meanRest(0, unknown, 0), 10 + 990 / 32, 0.1);
});

test("it stays a number however many lengths come, and never less than none is left", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { maxLength: 40 }), fc.nat(1e6), (lengths, seen) => {
      const histogram = histogramOf(lengths);
      for (let more = 0; more < 50; more++) histogram.add(7);
      const rest = histogram.meanRest(seen, () => 5, 1);
      assert.ok(rest >= 0 && Number.isFinite(rest), String(rest));
    }),
    { numRuns: 100 },
  );
});
