import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GroupQueue } from "../../../src/core/queue/group-queue.ts";
import type { Waiter } from "../../../src/core/queue/waiter.ts";

const usual = { group: "m", tenant: "", priority: 0, until: 1e9, arrivedAt: 0, promptTokens: 100, outputTokens: 0, kind: "plain" };

/** Tokens that come free, and the calls that took them in their order. */
class Capacity {
  free = 0;
  readonly gone: string[] = [];
  readonly tokens = new Map<string, number>();

  waiter(name: string, over: Partial<Waiter> = {}): Waiter {
    const waiter = {
      ...usual,
      ...over,
      tryNow: (): true | undefined => {
        if (waiter.promptTokens > this.free) return undefined;
        this.free -= waiter.promptTokens;
        this.gone.push(name);
        this.tokens.set(waiter.tenant, (this.tokens.get(waiter.tenant) ?? 0) + waiter.promptTokens);
        return true;
      },
      giveUp: () => void this.gone.push(`${name} gave up`),
    };
    return waiter;
  }
}

const ignore = (): void => undefined;

test("tenants take turns by tokens: who asks for much at a time gets no more", () => {
  const capacity = new Capacity();
  const queue = new GroupQueue(ignore);
  for (let call = 0; call < 2_000; call++) {
    queue.add(capacity.waiter(`small ${call}`, { tenant: "small", promptTokens: 100 }), 0);
    if (call % 5 === 0) queue.add(capacity.waiter(`large ${call}`, { tenant: "large", promptTokens: 700 }), 0);
  }
  for (let now = 1; now < 100; now++) {
    capacity.free += 1_000;
    queue.run(now);
  }
  const [small = 0, large = 0] = [capacity.tokens.get("small"), capacity.tokens.get("large")];
  assert.ok(Math.abs(small - large) < 2_000, `${small} and ${large} tokens`);
});

test("a tenant that comes has its turn before those that have had theirs, and owes nothing for the time before", () => {
  const capacity = new Capacity();
  const queue = new GroupQueue(ignore);
  for (let call = 0; call < 20; call++) queue.add(capacity.waiter(`old ${call}`, { tenant: "old" }), 0);
  capacity.free = 1_000;
  queue.run(1);
  for (let call = 0; call < 3; call++) queue.add(capacity.waiter(`new ${call}`, { tenant: "new" }), 2);
  capacity.free = 600;
  queue.run(3);
  assert.deepEqual(capacity.gone.slice(10), ["new 0", "old 10", "new 1", "old 11", "new 2", "old 12"]);
});

test("shorter classes go before longer ones, until these have waited for ten seconds", () => {
  const capacity = new Capacity();
  const queue = new GroupQueue(ignore);
  for (let call = 0; call < 10; call++) queue.add(capacity.waiter(`usual ${call}`), 0);
  queue.add(capacity.waiter("long", { promptTokens: 1_000 }), 0);
  queue.add(capacity.waiter("usual 10", { arrivedAt: 1 }), 1);
  capacity.free = 1_100;
  queue.run(1);
  assert.deepEqual(capacity.gone.at(-1), "usual 10");
  queue.add(capacity.waiter("late", { arrivedAt: 9_000 }), 9_000);
  capacity.free = 1_000;
  queue.run(10_001);
  assert.equal(capacity.gone.at(-1), "long");
});

test("others pass a tenant whose large call finds too little free by two usual calls, not for ever", () => {
  const capacity = new Capacity();
  const queue = new GroupQueue(ignore);
  for (let call = 0; call < 50; call++) queue.add(capacity.waiter(`small ${call}`, { tenant: "many" }), 0);
  queue.add(capacity.waiter("large", { tenant: "one", promptTokens: 400 }), 0);
  for (let now = 1; now < 30 && !capacity.gone.includes("large"); now++) {
    capacity.free += 100;
    queue.run(now);
  }
  assert.ok(capacity.gone.indexOf("large") <= 4, capacity.gone.join(", "));
});

test("a call that only some deployments have room for holds no other tenant up", () => {
  const capacity = new Capacity();
  const queue = new GroupQueue(ignore);
  queue.add(capacity.waiter("odd", { tenant: "one", promptTokens: 1e6, kind: undefined }), 0);
  for (let call = 0; call < 50; call++) queue.add(capacity.waiter(`small ${call}`, { tenant: "many" }), 0);
  capacity.free = 5_000;
  queue.run(1);
  assert.equal(capacity.gone.length, 50);
});

test("important calls of one tenant go before others', whose waiting makes theirs more so", () => {
  const capacity = new Capacity();
  const queue = new GroupQueue(ignore);
  queue.add(capacity.waiter("unimportant", { tenant: "b", priority: 2 }), 0);
  let served = 0;
  for (let now = 0; now < 40_000 && served === 0; now += 1_000) {
    queue.add(capacity.waiter("important", { tenant: "a", arrivedAt: now }), now);
    capacity.free = 100;
    queue.run(now);
    if (capacity.gone.at(-1) === "unimportant") served = now;
  }
  assert.equal(served, 20_000);
});

test("whatever comes, waits and leaves: each call leaves once, and none is lost", () => {
  const call = fc.record({
    tenant: fc.constantFrom("", "a", "b"),
    priority: fc.integer({ min: 0, max: 3 }),
    promptTokens: fc.integer({ min: 0, max: 500 }),
    waitMs: fc.integer({ min: 1, max: 30_000 }),
    kind: fc.constantFrom("plain", "other", undefined),
  });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 60 }), fc.infiniteStream(fc.integer({ min: 0, max: 400 })), (calls, frees) => {
      const capacity = new Capacity();
      const left = new Set<Waiter>();
      const queue = new GroupQueue((waiter) => void left.add(waiter));
      let now = 0;
      for (const [index, { waitMs, ...over }] of calls.entries()) {
        now += 500;
        queue.add(capacity.waiter(String(index), { ...over, arrivedAt: now, until: now + waitMs }), now);
        capacity.free += frees.next().value;
        queue.run(now);
        assert.equal(queue.length, index + 1 - left.size);
      }
      queue.run(now + 30_000);
      assert.deepEqual([queue.length, left.size, new Set(capacity.gone).size], [0, calls.length, calls.length]);
    }),
  );
});
