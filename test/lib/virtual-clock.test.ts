import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../src/lib/random.ts";
import { VirtualClock } from "../../src/lib/virtual-clock.ts";

describe("virtual clock", () => {
  it("runs tasks in the order of their moments, and those of one moment as they were scheduled", () => {
    const clock = new VirtualClock();
    const random = seededRandom(7);
    const ran: { readonly at: number; readonly order: number }[] = [];
    for (let order = 0; order < 500; order++) clock.schedule(Math.floor(random.next() * 20), () => ran.push({ at: clock.now(), order }));
    while (clock.step(100));
    const sorted = ran.toSorted((one, other) => one.at - other.at || one.order - other.order);
    assert.equal(ran.length, 500);
    assert.deepEqual(ran, sorted);
    assert.equal(clock.now(), 100);
  });

  it("runs what a task schedules, and not what was cancelled", () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    const timer = clock.schedule(5, () => ran.push("cancelled"));
    clock.schedule(1, () => {
      clock.cancel(timer);
      clock.schedule(1, () => ran.push(`second at ${clock.now()}`));
    });
    assert.equal(clock.pending, 2);
    while (clock.step(10));
    assert.deepEqual(ran, ["second at 2"]);
    assert.equal(clock.pending, 0);
    clock.cancel(timer);
    assert.equal(clock.pending, 0);
  });

  it("keeps nothing of many timers that are cancelled long before their moment", () => {
    const clock = new VirtualClock();
    let ran = 0;
    for (let count = 0; count < 100_000; count++) clock.cancel(clock.schedule(1e9, () => {}));
    clock.schedule(1, () => void ran++);
    while (clock.step(10));
    assert.equal(ran, 1);
    assert.equal(clock.pending, 0);
  });
});
