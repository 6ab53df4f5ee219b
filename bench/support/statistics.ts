/** Between two values in proportion, so that the median of an even number of them is in the middle. @param share 0 … 1. */
export function quantile(values: readonly number[] | Float64Array, share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export function median(values: readonly number[] | Float64Array): number {
  return quantile(values, 0.5);
}

/** What several rounds say together. */
interface Summary {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

export function summarize(values: readonly number[]): Summary {
  return { median: median(values), lowest: Math.min(...values), highest: Math.max(...values) };
}

/** `median (lowest … highest)`. */
export function spread(values: readonly number[], digits: number): string {
  const { median, lowest, highest } = summarize(values);
  return values.length === 1
    ? median.toFixed(digits)
    : `${median.toFixed(digits)} (${lowest.toFixed(digits)} … ${highest.toFixed(digits)})`;
}

/** Round by round, so that what slowed a whole round falls out. Rounds that only one of them has are left out. */
export function ratios(values: readonly number[], baseline: readonly number[]): readonly number[] {
  return values.slice(0, baseline.length).map((value, round) => value / (baseline[round] ?? Number.NaN));
}
