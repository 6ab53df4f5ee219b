/**
 * Time, handed in. Nothing outside `src/lib` reads the ambient clock or sets a timer of its own, so that the same
 * code runs in the server, in tests on virtual time, and in a simulator.
 */
export interface Clock {
  /** Milliseconds on a monotonic scale with an arbitrary zero: for differences and deadlines. */
  now(): number;
  /** Milliseconds since the Unix epoch: for what people and other machines read. */
  wallTime(): number;
  /**
   * Runs `task` once, `delayMs` from now. Never synchronously.
   * @param background Whether the process may end without the task. Default false.
   */
  schedule(delayMs: number, task: () => void, background?: boolean): Timer;
  /** Cancels a timer. One that has run or was cancelled is ignored. */
  cancel(timer: Timer | undefined): void;
}

/** An opaque handle of {@link Clock.schedule}. */
export interface Timer {
  readonly [timerBrand]: true;
}
declare const timerBrand: unique symbol;

/** Longer delays overflow the platform's timers, which then fire at once. */
const longestDelayMs = 2_147_483_647;

/** How far this thread's own count is behind the system's monotonic clock, which all threads share. */
const ownZeroMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** The platform's clock. Its `now` is the same on all threads of a process. */
export const systemClock: Clock = {
  now: () => performance.now() + ownZeroMs,
  wallTime: () => Date.now(),
  schedule(delayMs, task, background = false) {
    const timer = setTimeout(task, Math.min(Math.max(delayMs, 0), longestDelayMs));
    return (background ? timer.unref() : timer) as unknown as Timer;
  },
  cancel: (timer) => clearTimeout(timer as unknown as NodeJS.Timeout | undefined),
};

/** Wall time that does not jump: that of this moment, gone on with on the monotonic scale. @returns Reads it. */
export function steadyWallTime(clock: Pick<Clock, "now" | "wallTime">): () => number {
  const epochMs = clock.wallTime() - clock.now();
  return () => clock.now() + epochMs;
}

/** Runs `task` once everything that the system has already reported was dealt with: what came in on sockets, and which of them were closed. */
export function afterPoll(task: () => void): void {
  setImmediate(task);
}
