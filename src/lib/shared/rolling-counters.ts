import type { SharedLock } from "./shared-lock.ts";

/** Buckets in a ring: a window of 60 s, the current second, and up to a power of two so that an index is one mask. */
const ringSize = 64;
const ringMask = ringSize - 1;

/**
 * Several counters for each of many rows over the same rolling window, in flat typed arrays. The window is made of seconds: what is counted
 * leaves it at the first full second after its end, so no span of the window's length ever holds more than the sum says; the price is that
 * it leaves up to one second late.
 *
 * Reading a row may move it on, so between threads that share the arrays each read takes the lock. The caller of {@link RollingCounters.add},
 * `adjust` and `turn` holds it.
 */
export class RollingCounters {
  readonly #kinds: number;
  readonly #headLength: number;
  readonly #windowSeconds: number;
  readonly #lock: SharedLock | undefined;
  /** For each row the newest second that it was moved on to, then a sum for each kind, so that what is read often stands together. */
  #heads: Int32Array = new Int32Array(0);
  #rings: Int32Array = new Int32Array(0);

  /**
   * @param kinds How many counters a row has.
   * @param windowSeconds At most 62.
   * @param lock Of the threads that share the arrays. Omit it when none do.
   */
  constructor(kinds: number, windowSeconds: number, lock?: SharedLock) {
    this.#kinds = kinds;
    this.#headLength = kinds + 1;
    this.#windowSeconds = windowSeconds;
    this.#lock = lock;
  }

  /** Int32 numbers that a row has in each of the two arrays of {@link use}. */
  static rowLengths(kinds: number): readonly [heads: number, rings: number] {
    return [kinds + 1, kinds * ringSize];
  }

  /** Replaces the arrays by larger ones that begin with the same rows. */
  use(heads: Int32Array, rings: Int32Array): void {
    this.#heads = heads;
    this.#rings = rings;
  }

  /** Moves the row on to the second of `now` (ms) and forgets what has left the window. @returns That second, or the newest one if it is later. */
  turn(row: number, now: number): number {
    const at = row * this.#headLength;
    const target = Math.floor(now / 1_000);
    const newest = this.#heads[at] ?? 0;
    if (target > newest) this.#moveOn(row, newest, target);
    return target > newest ? target : newest;
  }

  #moveOn(row: number, newest: number, target: number): void {
    // After a long pause every bucket is emptied once, not once per second that went by.
    for (let second = Math.max(newest + 1, target - ringMask); second <= target; second++) {
      for (let kind = 0; kind < this.#kinds; kind++) {
        // The bucket that leaves the window with this second, and the second's own.
        this.#clear(row, kind, second - this.#windowSeconds - 1);
        this.#clear(row, kind, second);
      }
    }
    this.#heads[row * this.#headLength] = target;
  }

  /** @param second From {@link turn}. */
  add(row: number, kind: number, second: number, amount: number): void {
    const sum = row * this.#headLength + 1 + kind;
    const bucket = this.#bucket(row, kind, second);
    this.#heads[sum] = (this.#heads[sum] ?? 0) + amount;
    this.#rings[bucket] = (this.#rings[bucket] ?? 0) + amount;
  }

  /** Corrects what was added to an earlier second. If that has left the window, what was too little counts now, and what was too much is dropped. */
  adjust(row: number, kind: number, second: number, difference: number): void {
    const newest = this.#heads[row * this.#headLength] ?? 0;
    if (newest - second <= this.#windowSeconds) this.add(row, kind, second, difference);
    else if (difference > 0) this.add(row, kind, newest, difference);
  }

  /** The sum over the window that ends at `now` (ms). */
  sum(row: number, kind: number, now: number): number {
    this.#lock?.lock();
    try {
      this.turn(row, now);
      return this.latest(row, kind);
    } finally {
      this.#lock?.unlock();
    }
  }

  /** The sum as of the latest {@link turn}: for a second read at the same moment. */
  latest(row: number, kind: number): number {
    return this.#heads[row * this.#headLength + 1 + kind] ?? 0;
  }

  /** The second that a row was moved on to last. */
  newest(row: number): number {
    return this.#heads[row * this.#headLength] ?? 0;
  }

  /** What is in the window, by age in whole seconds, of these kinds together. */
  byAge(row: number, kinds: readonly number[], now: number): readonly (readonly [ageSeconds: number, amount: number])[] {
    this.#lock?.lock();
    try {
      const newest = this.turn(row, now);
      const found: (readonly [number, number])[] = [];
      for (let second = newest - this.#windowSeconds; second <= newest; second++) {
        const amount = kinds.reduce((sum, kind) => sum + (this.#rings[this.#bucket(row, kind, second)] ?? 0), 0);
        if (amount !== 0) found.push([newest - second, amount]);
      }
      return found;
    } finally {
      this.#lock?.unlock();
    }
  }

  /** The sum over the last `seconds` whole seconds and the current one. */
  sumWithin(row: number, kind: number, now: number, seconds: number): number {
    this.#lock?.lock();
    try {
      const newest = this.turn(row, now);
      let sum = 0;
      for (let second = newest - seconds; second <= newest; second++) sum += this.#rings[this.#bucket(row, kind, second)] ?? 0;
      return sum;
    } finally {
      this.#lock?.unlock();
    }
  }

  /** Milliseconds from `now` until these kinds together are down to `target`, if nothing is added. */
  msUntil(row: number, kinds: readonly number[], now: number, target: number): number {
    this.#lock?.lock();
    try {
      return this.#msUntil(row, kinds, now, target);
    } finally {
      this.#lock?.unlock();
    }
  }

  /** Milliseconds from `now` until nothing of these kinds is in the window, if nothing is added. */
  msUntilEmpty(row: number, kinds: readonly number[], now: number): number {
    this.#lock?.lock();
    try {
      const newest = this.turn(row, now);
      if (kinds.every((kind) => this.latest(row, kind) === 0)) return 0;
      // Busy rows have something in the newest seconds, so this ends soon.
      for (let second = newest; second >= newest - this.#windowSeconds; second--) {
        for (const kind of kinds) {
          if ((this.#rings[this.#bucket(row, kind, second)] ?? 0) !== 0) return (second + this.#windowSeconds + 1) * 1_000 - now;
        }
      }
      return 0;
    } finally {
      this.#lock?.unlock();
    }
  }

  #msUntil(row: number, kinds: readonly number[], now: number, target: number): number {
    let left = kinds.reduce((sum, kind) => sum + this.sum(row, kind, now), 0);
    const newest = this.turn(row, now);
    for (let second = newest - this.#windowSeconds; left > target && second <= newest; second++) {
      for (const kind of kinds) left -= this.#rings[this.#bucket(row, kind, second)] ?? 0;
      if (left <= target) return (second + this.#windowSeconds + 1) * 1_000 - now;
    }
    return 0;
  }

  #bucket(row: number, kind: number, second: number): number {
    return (row * this.#kinds + kind) * ringSize + (second & ringMask);
  }

  #clear(row: number, kind: number, second: number): void {
    const bucket = this.#bucket(row, kind, second);
    const held = this.#rings[bucket] ?? 0;
    if (held === 0) return;
    const sum = row * this.#headLength + 1 + kind;
    this.#heads[sum] = (this.#heads[sum] ?? 0) - held;
    this.#rings[bucket] = 0;
  }
}
