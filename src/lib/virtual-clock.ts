import type { Clock, Timer } from "./clock.ts";

interface Scheduled {
  readonly at: number;
  readonly order: number;
  /** Undefined once it was run or cancelled. */
  task: (() => void) | undefined;
}

/** Where the wall clock stands when virtual time begins: any moment does, but the same for each run. */
const epochMs = 1_700_000_000_000;

/**
 * Virtual time: it stands still until it is told to go on, and then jumps from task to task. Tasks of the same moment run in the order in which
 * they were scheduled, so a run is the same each time. Takes O(log n) for each task.
 */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  #pending = 0;
  readonly #heap: Scheduled[] = [];

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return epochMs + this.#now;
  }

  schedule(delayMs: number, task: () => void): Timer {
    const scheduled: Scheduled = { at: this.#now + Math.max(delayMs, 0), order: this.#order++, task };
    this.#pending++;
    this.#rise(scheduled);
    return scheduled as unknown as Timer;
  }

  cancel(timer: Timer | undefined): void {
    const scheduled = timer as unknown as Scheduled | undefined;
    if (scheduled?.task === undefined) return;
    scheduled.task = undefined;
    this.#pending--;
    // One that is cancelled stays in the heap until its moment; these must not become the most of it.
    if (this.#heap.length > 1_024 && this.#pending * 4 < this.#heap.length) this.#sweep();
  }

  /** Tasks that are neither run nor cancelled. */
  get pending(): number {
    return this.#pending;
  }

  /** Jumps to the next task and runs it. @returns false where there is none until `end`, to which time has gone on then. */
  step(end: number): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.at > end) {
        this.#now = Math.max(this.#now, end);
        return false;
      }
      this.#takeFirst();
      const { task } = next;
      if (task === undefined) continue;
      next.task = undefined;
      this.#pending--;
      this.#now = next.at;
      task();
      return true;
    }
  }

  #sweep(): void {
    const kept = this.#heap.filter(({ task }) => task !== undefined);
    this.#heap.length = 0;
    for (const scheduled of kept) this.#rise(scheduled);
  }

  #rise(scheduled: Scheduled): void {
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, scheduled)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = scheduled;
  }

  #takeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    const size = heap.length;
    if (last === undefined || size === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      let below = heap[child];
      if (below === undefined) break;
      const other = heap[child + 1];
      if (other !== undefined && isBefore(other, below)) {
        child++;
        below = other;
      }
      if (isBefore(last, below)) break;
      heap[place] = below;
      place = child;
    }
    heap[place] = last;
  }
}

function isBefore(one: Scheduled, other: Scheduled): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
