import { randomInt, type Random } from "../../lib/random.ts";
import type { LargeCandidates, DeploymentView } from "../strategy.ts";

/** From this size of a group on, a choice is made among a few that are drawn, and no longer among all. */
export const largePool = 64;

/**
 * How many these few are. Drawn evenly, the best of 8 is worse than the best tenth of all in 43 of 100 picks, and worse than the better
 * half in 4 of 1,000; and where loads are compared, the fullest deployment has one or two calls more than the mean.
 */
export const sampleSize = 8;

/** The candidates of a large group that were drawn for a pick. All picks reuse one sample. */
export class Sample<Deployment extends DeploymentView> implements LargeCandidates {
  readonly many = false;
  readonly #drawn: Deployment[] = [];

  get length(): number {
    return this.#drawn.length;
  }

  get pool(): readonly Deployment[] {
    return this.#drawn;
  }

  /** Puts one drawn deployment into its place. */
  put(place: number, deployment: Deployment): void {
    this.#drawn[place] = deployment;
  }

  at(index: number): Deployment {
    const deployment = this.#drawn[index];
    if (deployment === undefined) throw new RangeError(`candidate ${index} of ${this.#drawn.length}`);
    return deployment;
  }

  includes(deployment: DeploymentView): boolean {
    return this.#drawn.some((one) => one === deployment);
  }

  few(): this {
    return this;
  }

  sample(random: Random): Deployment {
    return this.at(randomInt(random, this.length));
  }

  sampleByWeight(random: Random): Deployment {
    let whole = 0;
    for (const { weight } of this.#drawn) whole += weight;
    const value = random.next() * whole;
    let sum = 0;
    // A draw times a tiny whole can round up to the whole: even then no deployment without weight is drawn.
    for (const one of this.#drawn) if ((sum += one.weight) > value || (sum === whole && whole > 0)) return one;
    return this.sample(random);
  }

  [Symbol.iterator](): Iterator<Deployment> {
    return this.#drawn[Symbol.iterator]();
  }
}
