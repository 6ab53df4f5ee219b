import type { Clock, Timer } from "./clock.ts";

/** How late a thread gets to its tasks. Beyond a few milliseconds every caller feels it. */
export interface EventLoopDelay {
  /** Delays in milliseconds since the last call, one for each quantile (0 to 1). */
  take(quantiles: readonly number[]): readonly number[];
  stop(): void;
}

/** How often a whole process looks, of one thread and of several. Each look wakes an idle thread, and costs time on a busy one. */
const looksPerSecond = { alone: 2, together: 1 };
/** Looks kept where delays are not asked for: the latest 8 minutes of a single thread. */
const mostKept = 1_024;

/**
 * Starts measuring. A look is a task that is due at a known time, so its lateness is what a caller's task due then would have waited. A thread
 * alone looks twice a second, several together once: a stall that is shorter than the time between two looks is seen as often as callers meet one.
 * @param threads How many threads of the process measure, this one included. Default 1.
 */
export function watchEventLoopDelay(clock: Clock, threads = 1): EventLoopDelay {
  const intervalMs = (1_000 * threads) / (threads === 1 ? looksPerSecond.alone : looksPerSecond.together);
  const delays: number[] = [];
  let dueAt = 0;
  /** Where the next look goes once as many are kept as may be. */
  let oldest = 0;
  let timer: Timer | undefined;
  const expect = (): void => {
    dueAt = clock.now() + intervalMs;
    timer = clock.schedule(intervalMs, look, true);
  };
  const look = (): void => {
    note(clock.now() - dueAt);
    expect();
  };
  const note = (lateMs: number): void => {
    // Timers are set in whole milliseconds, so some fire a fraction early.
    delays[delays.length < mostKept ? delays.length : oldest++ % mostKept] = Math.max(lateMs, 0);
  };
  expect();
  return {
    take(quantiles) {
      // A thread that is late right now has not looked yet.
      const overdueMs = clock.now() - dueAt;
      const sorted = (overdueMs > 0 ? [...delays, overdueMs] : [...delays]).sort((a, b) => a - b);
      delays.length = 0;
      oldest = 0;
      return quantiles.map((quantile) => sorted[Math.max(Math.ceil(quantile * sorted.length) - 1, 0)] ?? 0);
    },
    stop: () => clock.cancel(timer),
  };
}
