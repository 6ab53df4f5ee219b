/** The same as `shared-signal.ts` within one thread. */
export class LocalSignal {
  #count = 0;
  #waiting: (() => void)[] = [];

  raise(): void {
    this.#count++;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** How often it was raised. */
  get count(): number {
    return this.#count;
  }

  /** Resolves once it was raised after `count` was read. */
  async raisedAfter(count: number): Promise<void> {
    if (this.#count !== count) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
