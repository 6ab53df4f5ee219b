import type { Clock, Timer } from "../../lib/clock.ts";

interface Pending {
  /** In the time of this clock. */
  readonly dueAt: number;
  readonly task: () => void;
  /** On the clock below; undefined while time stands still. */
  timer: Timer | undefined;
}

/** Time that goes on faster or slower than another clock's, or stands still. What is scheduled on it keeps its place when the speed changes. */
export class ElasticClock {
  readonly #base: Clock;
  readonly #pending = new Set<Pending>();
  #speed = 1;
  #now = 0;
  #at: number;

  constructor(base: Clock) {
    this.#base = base;
    this.#at = base.now();
  }

  /** Milliseconds since it was made, in its own time. */
  now(): number {
    return this.#now + (this.#base.now() - this.#at) * this.#speed;
  }

  /** 1 as the clock below, 0.1 for a tenth of its pace, 0 for a stop. */
  set speed(factor: number) {
    this.#now = this.now();
    this.#at = this.#base.now();
    this.#speed = factor;
    for (const pending of this.#pending) {
      this.#base.cancel(pending.timer);
      this.#start(pending);
    }
  }

  /** Runs a task once, so many milliseconds from now in its own time. @returns Cancels it. */
  schedule(delayMs: number, task: () => void): () => void {
    const pending: Pending = { dueAt: this.now() + delayMs, task, timer: undefined };
    this.#pending.add(pending);
    this.#start(pending);
    return () => {
      this.#base.cancel(pending.timer);
      this.#pending.delete(pending);
    };
  }

  #start(pending: Pending): void {
    pending.timer =
      this.#speed === 0
        ? undefined
        : this.#base.schedule((pending.dueAt - this.now()) / this.#speed, () => {
            this.#pending.delete(pending);
            pending.task();
          });
  }
}
