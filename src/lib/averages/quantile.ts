/** A quantile of numbers in ascending order: the one that `share` of them lie below. NaN of none. */
export function quantileOfSorted(sorted: Float64Array, share: number): number {
  return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)] ?? Number.NaN;
}
