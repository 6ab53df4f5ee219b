import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import type { ThreadChange } from "../../src/threads/messages.ts";
import { ThreadLink } from "../../src/threads/thread-link.ts";

test("a change is taken up by the look before a request, before the system has delivered it, in order and once", async () => {
  const epoch = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const word = new Int32Array(epoch);
  const { port1, port2 } = new MessageChannel();
  const applied: ThreadChange[] = [];
  const link = new ThreadLink(epoch, port2, 0);
  link.begin((change) => applied.push(change));
  link.refresh();
  assert.deepEqual(applied, []);
  const changes: ThreadChange[] = [1, 2, 3].map((number) => ({ epoch: number, weights: new Map([["a", number]]) }));
  for (const change of changes) port1.postMessage(change);
  // Posted, and not yet in force.
  link.refresh();
  assert.deepEqual(applied, []);
  Atomics.store(word, 0, 3);
  link.refresh();
  assert.deepEqual(applied, changes);
  link.refresh();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(applied, changes);
  // Nobody looks: it is taken up all the same.
  port1.postMessage({ epoch: 4 } satisfies ThreadChange);
  Atomics.store(word, 0, 4);
  while (applied.length < 4) await new Promise((resolve) => setImmediate(resolve));
  port1.close();
});
