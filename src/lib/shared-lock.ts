/** Set beside the owner while somebody waits. */
const contended = 1 << 30;
/** Looks before a thread lies down: what is held here is held for microseconds. */
const spins = 200;
/** A wake-up cannot be lost; this bounds the wait for an owner that has died until somebody has noticed. */
const longestSleepMs = 50;

/**
 * A mutual exclusion between threads, on one word of shared memory. A thread that has it may take it again; it is free when it was given
 * back as often. To be held for microseconds: whoever waits blocks its thread.
 */
export class SharedLock {
  readonly #word: Int32Array;
  readonly #self: number;
  #depth = 0;

  /**
   * @param word Of one element, zero in the beginning.
   * @param thread This thread's number, from 0.
   */
  constructor(word: Int32Array, thread: number) {
    this.#word = word;
    this.#self = thread + 1;
  }

  lock(): void {
    if (this.#depth++ === 0 && Atomics.compareExchange(this.#word, 0, 0, this.#self) !== 0) this.#wait();
  }

  unlock(): void {
    if (--this.#depth > 0) return;
    if ((Atomics.exchange(this.#word, 0, 0) & contended) !== 0) Atomics.notify(this.#word, 0, 1);
  }

  /** Takes the lock from a thread that has died with it. */
  releaseFor(thread: number): void {
    const owner = Atomics.load(this.#word, 0) & ~contended;
    if (owner !== thread + 1) return;
    Atomics.store(this.#word, 0, 0);
    Atomics.notify(this.#word, 0);
  }

  #wait(): void {
    for (let spin = 0; spin < spins; spin++) if (Atomics.compareExchange(this.#word, 0, 0, this.#self) === 0) return;
    for (;;) {
      const held = Atomics.load(this.#word, 0);
      if (held === 0) {
        // Others may be asleep behind this one: whoever has slept wakes the next when it leaves.
        if (Atomics.compareExchange(this.#word, 0, 0, this.#self | contended) === 0) return;
        continue;
      }
      if ((held & contended) !== 0 || Atomics.compareExchange(this.#word, 0, held, held | contended) === held) {
        Atomics.wait(this.#word, 0, held | contended, longestSleepMs);
      }
    }
  }
}
