/** Set beside the owner while somebody waits. */
const contended = 1 << 30;
/** Looks before a thread lies down: what is held here is held for microseconds. */
const spins = 200;
/** A thread that waits looks again so often. */
const longestSleepMs = 50;
/** Held for so long in one go, it is held by a thread that has died: the lock is taken from it. */
const deadAfterMs = 2_000;

/** Words of the lock's memory: the owner's number + 1 or 0, and how often the lock was taken. */
const word = { owner: 0, turns: 1 } as const;

/**
 * A mutual exclusion between threads, on two words of shared memory. A thread that has it may take it again; it is free when it was given
 * back as often. To be held for microseconds: whoever waits blocks its thread.
 */
export class SharedLock {
  static readonly bytes = 2 * Int32Array.BYTES_PER_ELEMENT;

  readonly #words: Int32Array;
  readonly #self: number;
  #depth = 0;

  /**
   * @param memory Of {@link bytes}, zero in the beginning.
   * @param thread This thread's number, from 0.
   */
  constructor(memory: SharedArrayBuffer, thread: number) {
    this.#words = new Int32Array(memory);
    this.#self = thread + 1;
  }

  lock(): void {
    if (this.#depth++ > 0) return;
    if (Atomics.compareExchange(this.#words, word.owner, 0, this.#self) !== 0) this.#wait();
    this.#words[word.turns] = ((this.#words[word.turns] ?? 0) + 1) | 0;
  }

  unlock(): void {
    if (--this.#depth > 0) return;
    const held = this.#self | contended;
    // Not just a store: it may have been taken from this thread, which was not dead after all.
    if (Atomics.compareExchange(this.#words, word.owner, this.#self, 0) === this.#self) return;
    if (Atomics.compareExchange(this.#words, word.owner, held, 0) === held) Atomics.notify(this.#words, word.owner, 1);
  }

  /** This thread ends: whatever it was doing, others go on. */
  abandon(): void {
    if (this.#depth === 0) return;
    this.#depth = 1;
    this.unlock();
  }

  #wait(): void {
    const { owner } = word;
    for (let spin = 0; spin < spins; spin++) if (Atomics.compareExchange(this.#words, owner, 0, this.#self) === 0) return;
    let turns = Atomics.load(this.#words, word.turns);
    let since = performance.now();
    for (;;) {
      const held = Atomics.load(this.#words, owner);
      if (held === 0) {
        // Others may be asleep behind this one: whoever has slept wakes the next when it leaves.
        if (Atomics.compareExchange(this.#words, owner, 0, this.#self | contended) === 0) return;
        continue;
      }
      const latest = Atomics.load(this.#words, word.turns);
      if (latest !== turns) {
        turns = latest;
        since = performance.now();
      } else if (performance.now() - since > deadAfterMs) {
        if (Atomics.compareExchange(this.#words, owner, held, this.#self | contended) === held) return;
        continue;
      }
      if ((held & contended) !== 0 || Atomics.compareExchange(this.#words, owner, held, held | contended) === held) {
        Atomics.wait(this.#words, owner, held | contended, longestSleepMs);
      }
    }
  }
}
