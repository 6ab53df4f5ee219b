import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { randomInt, seededRandom } from "../../src/lib/random.ts";

test("a seed gives the same sequence, another seed another one", () => {
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
});

function draw(seed: number): readonly number[] {
  const random = seededRandom(seed);
  return Array.from({ length: 10 }, () => random.next());
}

test("draws are spread evenly over [0, 1)", () => {
  const random = seededRandom(1);
  const buckets = Array.from({ length: 10 }, () => 0);
  for (let draw = 0; draw < 100_000; draw++) buckets[Math.floor(random.next() * 10)]!++;
  for (const count of buckets) assert.ok(Math.abs(count - 10_000) < 500, String(count));
});

test("a whole number stays below its bound, even where chance says 1", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 1_000 }), (value, bound) => {
      const drawn = randomInt({ next: () => value }, bound);
      assert.ok(Number.isInteger(drawn) && drawn >= 0 && drawn < bound);
    }),
  );
});
