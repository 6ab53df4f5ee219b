/** The seeds of so many runs. */
export function seedsOf(count: number): readonly number[] {
  return Array.from({ length: count }, (_none, index) => index + 1);
}

/** Of what each item has. NaN where there is none. */
export function mean<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + valueOf(item), 0) / items.length;
}
