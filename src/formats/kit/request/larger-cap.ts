/** The larger of two caps on an answer: hosts differ in which of them they heed. */
export function larger(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}
