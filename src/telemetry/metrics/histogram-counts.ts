/** The counts of one histogram series. Bounds are ascending; one bucket more holds the values above the last bound. */
export class HistogramCounts {
  readonly bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > (this.bounds[bucket] ?? 0)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
    this.#count++;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  get sum(): number {
    return this.#sum;
  }

  /** For each bound the number of values that were at most that large, and last the number of all values. */
  cumulative(): readonly number[] {
    let sum = 0;
    return Array.from(this.#counts, (count) => (sum += count));
  }
}
