import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BufferedBytes } from "../../../src/lib/shared/buffered-bytes.ts";

const step = 16_384;

test("bytes are counted over all threads, and none is let beyond the limit", () => {
  const memory = BufferedBytes.memory(2);
  const [one, other] = [new BufferedBytes(memory, 0), new BufferedBytes(memory, 1)];
  for (const thread of [one, other]) thread.limit = 80 * step;
  assert.equal(one.take(40, 40), true);
  assert.equal(other.take(31, 31), false, "the last eighth is not for large ones");
  assert.equal(other.take(30, 30), true);
  assert.equal(other.bytes, 70 * step);
  assert.equal(one.take(4, 4), true, "small ones have it");
  assert.equal(one.fits(6), false);
  assert.equal(one.take(4, 4), true);
  assert.equal(one.take(3, 3), false);
  one.give(40);
  assert.equal(one.fits(20), true);
});

test("what a thread that has died held is free again", () => {
  const memory = BufferedBytes.memory(2);
  const [one, other] = [new BufferedBytes(memory, 0), new BufferedBytes(memory, 1)];
  one.take(3, 3);
  other.take(5, 5);
  one.forget(1);
  assert.equal(one.bytes, 3 * step);
});

test("however threads take and give, the sum is what they hold and never over the limit", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 20 }), fc.boolean())), (moves) => {
      const memory = BufferedBytes.memory(3);
      const threads = [0, 1, 2].map((thread) => new BufferedBytes(memory, thread));
      const held = threads.map((): number[] => []);
      for (const thread of threads) thread.limit = 64 * step;
      for (const [index, steps, gives] of moves) {
        const mine = held[index]!;
        const thread = threads[index]!;
        if (gives && mine.length > 0) thread.give(mine.pop()!);
        else if (thread.take(steps, steps)) mine.push(steps);
        const sum = held.flat().reduce((all, one) => all + one, 0);
        assert.equal(thread.bytes, sum * step);
        assert.ok(sum <= 64);
      }
    }),
  );
});
