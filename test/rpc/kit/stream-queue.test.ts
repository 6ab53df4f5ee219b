import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { StreamQueue } from "../../../src/rpc/kit/stream-queue.ts";

const nothing = (): void => undefined;

async function collect<Item>(queue: StreamQueue<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

describe("a stream queue", () => {
  test("gives every item once and in order, wherever the consumer and the producer take turns", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 8 }),
        async (bursts, capacity) => {
          const queue = new StreamQueue<number>(capacity, nothing);
          const collected = collect(queue);
          let next = 0;
          for (const burst of bursts) {
            for (let count = 0; count < burst; count++) queue.push(next++);
            await Promise.resolve();
          }
          queue.end();
          assert.deepEqual(await collected, [...Array(next).keys()]);
        },
      ),
    );
  });

  test("asks for a pause when it is full, and for more once it is half empty", async () => {
    let drained = 0;
    const queue = new StreamQueue<number>(4, () => drained++);
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((item) => queue.push(item)),
      [true, true, true, false, false],
    );
    const items = queue[Symbol.asyncIterator]();
    const drainedAfter: number[] = [];
    for (let count = 0; count < 5; count++) {
      await items.next();
      drainedAfter.push(drained);
    }
    assert.deepEqual(drainedAfter, [0, 0, 1, 1, 1]);
    assert.equal(queue.push(6), true);
  });

  test("gives what waits before the failure that came after it", async () => {
    const queue = new StreamQueue<number>(4, nothing);
    queue.push(1);
    queue.fail(new Error("broken"));
    queue.push(2);
    const items = queue[Symbol.asyncIterator]();
    assert.deepEqual(await items.next(), { done: false, value: 1 });
    await assert.rejects(items.next(), /broken/);
  });

  test("drops what waits when it is aborted", async () => {
    const queue = new StreamQueue<number>(4, nothing);
    queue.push(1);
    queue.abort(new Error("gone"));
    await assert.rejects(collect(queue), /gone/);
  });

  test("keeps its first ending", async () => {
    const queue = new StreamQueue<number>(4, nothing);
    queue.end();
    queue.fail(new Error("late"));
    assert.deepEqual(await collect(queue), []);
  });
});
