/** Moments by name. Beyond a number of names, those that were set longest ago are forgotten. */
export class RecentTimes {
  readonly #most: number;
  readonly #times = new Map<string, number>();

  /** @param most How many names to remember. */
  constructor(most: number) {
    this.#most = most;
  }

  get(name: string): number | undefined {
    return this.#times.get(name);
  }

  set(name: string, time: number): void {
    this.#times.delete(name);
    this.#times.set(name, time);
    if (this.#times.size <= this.#most) return;
    for (const oldest of this.#times.keys()) {
      this.#times.delete(oldest);
      return;
    }
  }

  /** How many names are remembered. */
  get size(): number {
    return this.#times.size;
  }
}
