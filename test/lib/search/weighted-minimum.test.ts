import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WeightedMinimum } from "../../../src/lib/search/weighted-minimum.ts";

const coordinate = fc.oneof(fc.nat(20), fc.double({ min: 0, max: 1e-5, noNaN: true }), fc.constant(Infinity));
const factor = fc.oneof(fc.constant(0), fc.nat(1000));

test("finds all that are lowest of the accepted points, and says which are equal", () => {
  const points = fc.array(fc.record({ x: coordinate, y: coordinate, isAccepted: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(points, factor, factor, (given, a, b) => {
      const value = ({ x, y }: { x: number; y: number }): number => (a === 0 ? 0 : a * x) + (b === 0 ? 0 : b * y);
      const lowest = given.filter(({ isAccepted }) => isAccepted).reduce((least, one) => Math.min(least, value(one)), Infinity);
      let found: number[] = [];
      const tree = new WeightedMinimum(
        given.map(({ x }) => x),
        given.map(({ y }) => y),
      );
      tree.search(a, b, (point, isEqual) => {
        if (given[point]?.isAccepted !== true) return false;
        found = isEqual ? [...found, point] : [point];
        return true;
      });
      const expected =
        lowest === Infinity ? [] : [...given.keys()].filter((point) => given[point]!.isAccepted && value(given[point]!) === lowest);
      assert.deepEqual(
        found.toSorted((one, other) => one - other),
        expected,
      );
    }),
  );
});

test("looks at a few of 10,000 points", () => {
  const places = Array.from({ length: 10_000 }, (_, index) => index);
  const tree = new WeightedMinimum(
    places.map((index) => (index * 7919) % 10_007),
    places.map((index) => (index * 104_729) % 10_009),
  );
  for (const [a, b] of [
    [1, 0],
    [1, 1],
    [10, 1],
    [1, 1000],
  ] as const) {
    let asked = 0;
    tree.search(a, b, () => (asked += 1) > 0);
    assert.ok(asked > 0 && asked < 20, `${asked} points`);
  }
});
