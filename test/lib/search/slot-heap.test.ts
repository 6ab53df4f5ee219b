import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SlotHeap } from "../../../src/lib/search/slot-heap.ts";

test("gives the lowest key first, of equal keys the lower slot, whatever is pushed, popped and removed between", () => {
  const step = fc.record({ slot: fc.nat(19), key: fc.nat(9), kind: fc.constantFrom("push", "push", "pop", "remove") });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new SlotHeap(20);
      const held = new Map<number, number>();
      const first = (): number => [...held].toSorted((a, b) => a[1] - b[1] || a[0] - b[0])[0]?.[0] ?? -1;
      for (const { slot, key, kind } of steps) {
        assert.equal(heap.lowestKey, held.get(first()) ?? Infinity);
        if (kind === "pop") {
          const expected = first();
          assert.equal(heap.pop(), expected);
          held.delete(expected);
        } else if (kind === "remove") {
          heap.remove(slot);
          held.delete(slot);
        } else if (!held.has(slot)) {
          heap.push(slot, key);
          held.set(slot, key);
        }
        assert.equal(heap.size, held.size);
      }
    }),
  );
});
