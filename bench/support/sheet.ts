/** One line of a lane's table. */
export interface Measure {
  readonly name: string;
  readonly unit: string;
  /** Behind the point. */
  readonly digits: number;
}

/** What a lane measured: for each measure and target, a value of each round. */
export class Sheet {
  readonly #rows = new Map<string, { readonly measure: Measure; readonly values: Map<string, number[]> }>();

  /** In the order in which they were first added. */
  get measures(): readonly Measure[] {
    return [...this.#rows.values()].map(({ measure }) => measure);
  }

  /** In the order in which they were first added. */
  get targets(): readonly string[] {
    return [...new Set([...this.#rows.values()].flatMap(({ values }) => [...values.keys()]))];
  }

  add(measure: Measure, target: string, value: number): void {
    const row = this.#rows.get(measure.name) ?? { measure, values: new Map<string, number[]>() };
    this.#rows.set(measure.name, row);
    const values = row.values.get(target);
    if (values === undefined) row.values.set(target, [value]);
    else values.push(value);
  }

  /** Round by round; empty where it was not measured. */
  values(measure: string, target: string): readonly number[] {
    return this.#rows.get(measure)?.values.get(target) ?? [];
  }
}
