/** A quota as hosts keep it: it fills steadily up to what a burst may take, and what is used is taken from it. */
export class TokenBucket {
  readonly #perMinute: number;
  readonly #burstMs: number;
  #factor = 1;
  #level: number;
  #at: number;

  /** @param perMinute Infinity for no quota. @param burstMs How much of it may be used at once, as the time in which that fills. */
  constructor(perMinute: number, burstMs: number, now: number) {
    this.#perMinute = perMinute;
    this.#burstMs = burstMs;
    this.#level = this.#most;
    this.#at = now;
  }

  /** What there is now. Less than 0 where more was used than there was. */
  level(now: number): number {
    if (this.#perMinute === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    this.#level = Math.min(this.#level + (now - this.#at) * this.#perMs, this.#most);
    this.#at = now;
    return this.#level;
  }

  /** Milliseconds until so much is there; what no burst holds waits for a full bucket. 0 where it is there. */
  waitMs(amount: number, now: number): number {
    const missing = Math.min(amount, this.#most) - this.level(now);
    // Rounding must not put off what is due at this very moment.
    return missing > 1e-9 ? missing / this.#perMs : 0;
  }

  /** Takes what was used. */
  take(amount: number, now: number): void {
    if (this.#perMinute !== Number.POSITIVE_INFINITY) this.#level = this.level(now) - amount;
  }

  /** Milliseconds until it is full. */
  fullMs(now: number): number {
    return this.waitMs(this.#most, now);
  }

  /** Changes the quota from this moment on. @param factor Of what it was made with: 0.5 for half. */
  scale(factor: number, now: number): void {
    this.level(now);
    this.#factor = factor;
    this.#level = Math.min(this.#level, this.#most);
  }

  /** How much a burst may take. */
  get #most(): number {
    return this.#perMs * this.#burstMs;
  }

  get #perMs(): number {
    return (this.#perMinute * this.#factor) / 60_000;
  }
}
