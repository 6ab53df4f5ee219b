import assert from "node:assert/strict";
import { test } from "node:test";
import { engineHeap, keepHeapHeadroom, type Heap } from "../../src/lib/heap-headroom.ts";
import { FakeClock } from "../support/fake-clock.ts";

const megabyte = 1024 * 1024;

class FakeHeap implements Heap {
  used = 20 * megabyte;
  readonly growths: number[] = [];

  usedBytes(): number {
    return this.used;
  }

  setGrowth(percent: number): void {
    this.growths.push(percent);
  }
}

test("a small heap may grow to several times its size, one that grows to less and less, a large one as the engine likes", () => {
  const clock = new FakeClock();
  const heap = new FakeHeap();
  keepHeapHeadroom(clock, heap);
  assert.deepEqual(heap.growths, [300]);
  heap.used = 64 * megabyte;
  // What is garbage now need not be so the next time.
  clock.advance(30_000);
  assert.deepEqual(heap.growths, [300]);
  clock.advance(10_000);
  assert.deepEqual(heap.growths, [300, 100]);
  heap.used = 500 * megabyte;
  clock.advance(40_000);
  assert.deepEqual(heap.growths, [300, 100, 0]);
  heap.used = 32 * megabyte;
  clock.advance(10_000);
  assert.deepEqual(heap.growths, [300, 100, 0, 200]);
});

test("the engine takes what it is told", () => {
  assert.ok(engineHeap.usedBytes() > megabyte);
  engineHeap.setGrowth(0);
});
