/** Wakes other threads: a word of shared memory that counts how often it was raised. */
export class SharedSignal {
  readonly #word: Int32Array<SharedArrayBuffer>;

  /** @param word One element of shared memory, 0 in the beginning. */
  constructor(word: Int32Array<SharedArrayBuffer>) {
    this.#word = word;
  }

  /** Wakes all threads that wait. */
  raise(): void {
    Atomics.add(this.#word, 0, 1);
    Atomics.notify(this.#word, 0);
  }

  /** How often it was raised. */
  get count(): number {
    return Atomics.load(this.#word, 0);
  }

  /** Resolves, in a later turn, once it was raised after `count` was read. */
  async raisedAfter(count: number): Promise<void> {
    const waiting = Atomics.waitAsync(this.#word, 0, count);
    if (waiting.async) await waiting.value;
  }
}
