/** The weight of a new sample once warm: a level is about the mean of the last hundred. */
const sampleWeight = 0.01;

/** Numbers within this factor of their level are taken for ordinary: what is measured of a few answers is so far off when these differ in size. */
const ordinary = 3;

/**
 * Which numbers are usual, by index. What is averaged over a few samples follows a change quickly, and chance as well; a level is steady, and late. Both
 * together are steady as long as nothing out of the ordinary happens.
 */
export class SteadyLevels {
  #levels = new Float64Array(16);
  #samples = new Uint32Array(16);

  /** Takes in one more number. */
  learn(index: number, value: number): void {
    if (index >= this.#levels.length) this.#makeRoom(index * 2);
    const samples = (this.#samples[index] ?? 0) + 1;
    const level = this.#levels[index] ?? 0;
    this.#samples[index] = samples;
    this.#levels[index] = level + (value - level) * Math.max(sampleWeight, 1 / samples);
  }

  /** The level in place of a number that is ordinary; of one that is not, how far out of the ordinary it is from there. The number itself before any sample. */
  steady(index: number, value: number): number {
    if ((this.#samples[index] ?? 0) === 0) return value;
    return Math.min(Math.max(this.#levels[index] ?? value, value / ordinary), value * ordinary);
  }

  #makeRoom(length: number): void {
    const [levels, samples] = [this.#levels, this.#samples];
    this.#levels = new Float64Array(length);
    this.#samples = new Uint32Array(length);
    this.#levels.set(levels);
    this.#samples.set(samples);
  }
}
