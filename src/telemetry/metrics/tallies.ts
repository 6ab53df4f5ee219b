/** One counter for each value of a closed list. */
export class Tallies<Value extends string> {
  readonly #places: ReadonlyMap<string, number>;
  readonly #counts: Float64Array;

  constructor(values: readonly Value[]) {
    this.#places = placesOf(values);
    this.#counts = new Float64Array(values.length);
  }

  add(value: Value, amount = 1): void {
    const place = this.#places.get(value) ?? 0;
    this.#counts[place] = (this.#counts[place] ?? 0) + amount;
  }

  /** Lists every value with its count, zeros included. */
  *entries(): Iterable<readonly [value: string, count: number]> {
    for (const [value, place] of this.#places) yield [value, this.#counts[place] ?? 0];
  }
}

/** The lists are constants of the program, so the place of each value is computed once. */
const known = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

function placesOf(values: readonly string[]): ReadonlyMap<string, number> {
  let places = known.get(values);
  if (places === undefined) known.set(values, (places = new Map(values.map((value, place) => [value, place]))));
  return places;
}
