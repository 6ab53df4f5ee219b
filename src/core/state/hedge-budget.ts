/** Hedges that may be saved up while none is needed. */
const mostSaved = 10;

/** Keeps hedges to a share of the calls: each call earns its share of one, each hedge spends one. */
export class HedgeBudget {
  readonly #earned = new Map<string, number>();

  earn(group: string, ratio: number): void {
    this.#earned.set(group, Math.min((this.#earned.get(group) ?? 0) + ratio, mostSaved));
  }

  /** @returns Whether there was one to spend. */
  spend(group: string): boolean {
    const earned = this.#earned.get(group) ?? 0;
    // A sum of tenths is a little less than the whole that it should be.
    if (earned < 1 - 1e-9) return false;
    this.#earned.set(group, earned - 1);
    return true;
  }
}
