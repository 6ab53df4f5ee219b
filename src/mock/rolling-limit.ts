const windowMs = 60_000;

/** Counts use within the last minute against a limit. It is exact: each use leaves the window 60 s after it entered. */
export class RollingLimit {
  readonly #limit: number;
  readonly #uses: { readonly at: number; readonly amount: number }[] = [];
  #used = 0;

  /** @param limit Per minute. Undefined for no limit. */
  constructor(limit: number | undefined) {
    this.#limit = limit ?? Infinity;
  }

  /** @returns 0 when `amount` fits now, else the milliseconds until it does, or until all is free when it never would. */
  waitMs(now: number, amount: number): number {
    this.#forget(now);
    let excess = this.#used + amount - this.#limit;
    if (excess <= 0) return 0;
    let wait = windowMs;
    for (const use of this.#uses) {
      wait = use.at + windowMs - now;
      excess -= use.amount;
      if (excess <= 0) break;
    }
    return wait;
  }

  /** Counts a use, whether it fits or not. */
  use(now: number, amount: number): void {
    if (this.#limit === Infinity) return;
    this.#uses.push({ at: now, amount });
    this.#used += amount;
  }

  #forget(now: number): void {
    let expired = 0;
    for (const use of this.#uses) {
      if (use.at + windowMs > now) break;
      this.#used -= use.amount;
      expired++;
    }
    this.#uses.splice(0, expired);
  }
}
