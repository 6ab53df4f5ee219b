import type { Clock, Timer } from "../../src/lib/clock.ts";

interface Scheduled {
  readonly at: number;
  readonly order: number;
  readonly task: () => void;
}

/** Virtual time: stands still until told to advance, then runs what is due in the order of its time. */
export class FakeClock implements Clock {
  #now = 1_000_000;
  #jumpedMs = 0;
  #order = 0;
  readonly #scheduled = new Set<Scheduled>();

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return 1_700_000_000_000 + this.#now + this.#jumpedMs;
  }

  schedule(delayMs: number, task: () => void): Timer {
    const scheduled: Scheduled = { at: this.#now + Math.max(delayMs, 0), order: this.#order++, task };
    this.#scheduled.add(scheduled);
    return scheduled as unknown as Timer;
  }

  cancel(timer: Timer | undefined): void {
    this.#scheduled.delete(timer as unknown as Scheduled);
  }

  /** Somebody sets the clock of the system: what goes by moments of the day jumps, what goes by time passed does not. */
  jump(ms: number): void {
    this.#jumpedMs += ms;
  }

  /** Timers set and neither run nor cancelled: zero at rest, or something leaks. */
  get pending(): number {
    return this.#scheduled.size;
  }

  /** Runs everything due within the next `ms`, including what that schedules. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#scheduled.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.task();
    }
    this.#now = end;
  }

  /** Advances from timer to timer until none is left or `limitMs` has passed. */
  runAll(limitMs = 3_600_000): void {
    const end = this.#now + limitMs;
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) this.advance(next.at - this.#now);
  }

  #next(): Scheduled | undefined {
    let first: Scheduled | undefined;
    for (const one of this.#scheduled) {
      if (first === undefined || one.at < first.at || (one.at === first.at && one.order < first.order)) first = one;
    }
    return first;
  }
}
