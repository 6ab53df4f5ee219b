import assert from "node:assert/strict";
import { test } from "node:test";
import { openThreadCpuClock } from "../../bench/support/thread-cpu-clock.ts";

function burn(micros: number, clock: () => number): void {
  for (const until = clock() + micros; clock() < until;);
}

/** By the kernel's account, which goes in ticks of up to 10 ms. */
function accounted(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

test("a thread's CPU clock goes as the kernel's account of it does, tick for tick", () => {
  const clock = openThreadCpuClock();
  const before = accounted();
  burn(100_000, clock);
  const used = accounted() - before;
  assert.ok(used > 80_000 && used < 120_000, `${used} µs for 100,000`);
});

test("it goes on from look to look, and does not stand still until a tick", () => {
  const clock = openThreadCpuClock();
  const looks = Array.from({ length: 1_000 }, clock);
  assert.ok(new Set(looks).size > 900, `${new Set(looks).size} of 1,000`);
});
