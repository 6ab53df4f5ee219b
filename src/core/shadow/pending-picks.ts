import { featureCount } from "./answer-model.ts";

/** Sampled picks that are remembered until their outcome. Where two share a place, the older one teaches nothing. */
const places = 2_048;

/** Sampled picks whose attempts have not ended, by deployment and moment, with what the model takes of each. */
export class PendingPicks {
  readonly #rows = new Int32Array(places).fill(-1);
  readonly #moments = new Float64Array(places);
  readonly #features = new Float64Array(places * featureCount);

  /** @param at When it was, on the router's clock. @param features The first of them are kept. */
  add(row: number, at: number, features: Float64Array): void {
    const place = placeOf(row, at);
    this.#rows[place] = row;
    this.#moments[place] = at;
    for (let one = 0; one < featureCount; one++) this.#features[place * featureCount + one] = features[one] ?? 0;
  }

  /** Takes out a pick. @returns Where its {@link features} begin; undefined when it was not sampled. */
  take(row: number, at: number): number | undefined {
    const place = placeOf(row, at);
    if (this.#rows[place] !== row || this.#moments[place] !== at) return undefined;
    this.#rows[place] = -1;
    return place * featureCount;
  }

  /** Those of a pick that was taken out stand until the next is added. */
  get features(): Float64Array {
    return this.#features;
  }
}

/** By microseconds and row: picks of the same moment on other deployments lie elsewhere. */
function placeOf(row: number, at: number): number {
  return (Math.imul(Math.floor(at * 1_000), 0x9e37_79b1) + Math.imul(row, 0x85eb_ca6b)) >>> 21;
}
