import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../src/lib/clock.ts";
import { watchEventLoopDelay } from "../../src/lib/event-loop-delay.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A clock whose timers fire late by what the test says. */
class LateClock extends FakeClock {
  lateMs = 0;
  fired = 0;

  override schedule(delayMs: number, task: () => void): ReturnType<Clock["schedule"]> {
    return super.schedule(delayMs + this.lateMs, () => {
      this.fired++;
      task();
    });
  }
}

const quantiles = [0.5, 0.9, 0.99, 1];

for (const { threads, looks } of [
  { threads: 1, looks: 120 },
  { threads: 2, looks: 30 },
  { threads: 4, looks: 15 },
])
  test(`in a minute of ${threads} threads each looks ${looks} times at how late it is: two or one a second together`, () => {
    const clock = new LateClock();
    watchEventLoopDelay(clock, threads);
    clock.advance(60_000);
    assert.equal(clock.fired, looks);
  });

test("delays are told as they were, however coarse the looks, and forgotten once told", () => {
  const clock = new LateClock();
  const delay = watchEventLoopDelay(clock);
  clock.advance(4_500);
  clock.lateMs = 130;
  // The look that is due at 5 s is on its way already, and in time.
  clock.advance(500 + 630);
  assert.deepEqual(delay.take(quantiles), [0, 0, 130, 130]);
  clock.lateMs = 0;
  clock.advance(630 + 500);
  assert.deepEqual(delay.take(quantiles), [0, 130, 130, 130]);
  clock.advance(5_000);
  assert.deepEqual(delay.take(quantiles), [0, 0, 0, 0]);
});

test("a thread that is asked while it is late tells that it is", () => {
  const clock = new LateClock();
  clock.lateMs = 2_000;
  const delay = watchEventLoopDelay(clock);
  clock.advance(2_000);
  assert.deepEqual(delay.take(quantiles), [1_500, 1_500, 1_500, 1_500]);
});

test("where delays are not asked for, a bounded number is kept: the latest", () => {
  const clock = new LateClock();
  const delay = watchEventLoopDelay(clock);
  clock.advance(24 * 3_600_000);
  clock.lateMs = 40;
  clock.advance(1_025 * 540);
  assert.deepEqual(delay.take(quantiles), [40, 40, 40, 40]);
});

test("nothing is left to run once it is stopped", () => {
  const clock = new LateClock();
  const delay = watchEventLoopDelay(clock);
  clock.advance(1_000);
  delay.stop();
  assert.equal(clock.pending, 0);
});
