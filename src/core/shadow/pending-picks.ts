import { featureCount } from "./answer-model.ts";

/** Sampled picks that are remembered until their outcome. Where more are under way, the oldest teach nothing. */
const places = 512;

/** Sampled picks whose attempts have not ended, by deployment and moment, with what the model takes of each. */
export class PendingPicks {
  readonly #rows = new Int32Array(places).fill(-1);
  readonly #moments = new Float64Array(places);
  readonly #features = new Float64Array(places * featureCount);
  #next = 0;
  #pending = 0;

  /** @param at When it was, on the router's clock. @param features The first of them are kept. */
  add(row: number, at: number, features: Float64Array): void {
    const place = this.#next;
    this.#next = (place + 1) % places;
    if (this.#rows[place] === -1) this.#pending++;
    this.#rows[place] = row;
    this.#moments[place] = at;
    for (let one = 0; one < featureCount; one++) this.#features[place * featureCount + one] = features[one] ?? 0;
  }

  /** Takes out a pick. @returns Where its {@link features} begin; undefined when it was not sampled. */
  take(row: number, at: number): number | undefined {
    if (this.#pending === 0) return undefined;
    for (let place = 0; place < places; place++) {
      if (this.#moments[place] !== at || this.#rows[place] !== row) continue;
      this.#rows[place] = -1;
      this.#pending--;
      return place * featureCount;
    }
    return undefined;
  }

  /** Those of a pick that was taken out stand until the next is added. */
  get features(): Float64Array {
    return this.#features;
  }
}
