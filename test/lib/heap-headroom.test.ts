import assert from "node:assert/strict";
import { test } from "node:test";
import { engineHeap, canCountBuffers, keepHeapHeadroom, type Heap } from "../../src/lib/heap-headroom.ts";
import { FakeClock } from "../support/fake-clock.ts";

const megabyte = 1024 * 1024;

class FakeHeap implements Heap {
  used = 20 * megabyte;
  readonly growths: number[] = [];

  usedBytes(): number {
    return this.used;
  }

  counts = 0;

  setGrowth(percent: number): void {
    this.growths.push(percent);
  }

  countBuffers(): void {
    this.counts++;
  }
}

test("a small heap may grow to several times its size, one that grows to less and less, a large one as the engine likes", () => {
  const clock = new FakeClock();
  const heap = new FakeHeap();
  keepHeapHeadroom(clock, heap, 1_024 * megabyte);
  assert.equal(heap.counts, 1);
  assert.deepEqual(heap.growths, [320]);
  heap.used = 64 * megabyte;
  // What is garbage now need not be so the next time.
  clock.advance(30_000);
  assert.deepEqual(heap.growths, [320]);
  clock.advance(10_000);
  assert.deepEqual(heap.growths, [320, 100]);
  heap.used = 500 * megabyte;
  clock.advance(40_000);
  assert.deepEqual(heap.growths, [320, 100, 0]);
  heap.used = 32 * megabyte;
  clock.advance(10_000);
  assert.deepEqual(heap.growths, [320, 100, 0, 200]);
});

test("where there is more memory the heap has more room, up to a bound", () => {
  assert.deepEqual(
    [256, 1_024, 2_048, 4_096, 65_536].map((memory) => growthFor(memory, 40)),
    [160, 160, 320, 400, 400],
  );
  assert.equal(growthFor(65_536, 10), 600);
});

test("buffers are counted by engines that can", () => {
  const versions = ["12.4.254.21-node.33", "13.6.233.10-node.28", "14.1.146.11", "14.6.202.34-node.34", "14.10.1", "15.0.1"];
  assert.deepEqual(versions.map(canCountBuffers), [false, false, false, true, true, true]);
});

test("the engine takes what it is told", () => {
  assert.ok(engineHeap.usedBytes() > megabyte);
  engineHeap.setGrowth(0);
  engineHeap.countBuffers();
});

/** The first growth for a heap of so many megabytes. */
function growthFor(memory: number, used: number): number | undefined {
  const heap = new FakeHeap();
  heap.used = used * megabyte;
  keepHeapHeadroom(new FakeClock(), heap, memory * megabyte);
  return heap.growths[0];
}
