/** Set beside the owner while another thread waits. */
const contended = 1 << 30;
/** Tries before a thread sleeps: the lock is held for microseconds. */
const spins = 200;
/** How often a waiting thread looks again. */
const longestSleepMs = 50;
/** A lock held for so long in one go belongs to a thread that has died: the lock is taken from it. */
const deadAfterMs = 2_000;

/** Words of the lock's memory: the owner's number + 1 or 0, and how often the lock was taken. */
const word = { owner: 0, turns: 1 } as const;

/**
 * A mutual exclusion between threads, on two words of shared memory. The thread that holds it may take it again, and frees it by giving it
 * back as often. Hold it for microseconds, as a waiting thread blocks, and give it back in `finally`.
 */
export class SharedLock {
  static readonly bytes = 2 * Int32Array.BYTES_PER_ELEMENT;

  readonly #words: Int32Array;
  readonly #self: number;
  #depth = 0;

  /**
   * @param memory {@link bytes} long, zero in the beginning.
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
    // Not just a store: another thread may have taken it from this one, believing it dead.
    if (Atomics.compareExchange(this.#words, word.owner, this.#self, 0) === this.#self) return;
    if (Atomics.compareExchange(this.#words, word.owner, held, 0) === held) Atomics.notify(this.#words, word.owner, 1);
  }

  /** Frees the lock, however often this thread took it: for a thread that ends. */
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
        // Others may sleep behind this one: a thread that has slept wakes the next when it leaves.
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
