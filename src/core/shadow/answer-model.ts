import type { DeploymentView } from "../strategy.ts";

/** What an answer's time is explained by: calls in flight, prompt tokens that wait, output tokens to come, and the call's own prompt. */
const features = 4;
/** By deployment: how many answers were seen, the mean of their times, the means of their features. */
const stride = 2 + features;

/** A deployment's means forget at this pace, once it was seen so often. */
const rememberedOfOne = 200;
/** What remains of what was learned of all, with each answer: about the last 2,000 count. */
const kept = 1 - 1 / 2_000;
/** Answers of all, and of each of the two that are compared, before an estimate is made. */
const fewestOfAll = 50;
const fewestOfOne = 10;
/** The slopes are computed again after so many answers. */
const learnedAtOnce = 16;
/** What holds slopes down whose features hardly vary, or only together: a share of the features' own variation. */
const ridge = 0.01;

/**
 * Learns how long a deployment takes to answer under the load that it had when it was picked: a straight line in four features, with a level of
 * its own for each deployment and slopes that all deployments of the group share. It is a regression with fixed effects: slopes come from how
 * the times of one deployment move with its own load, so a deployment that is slow by nature does not pass for a crowded one.
 */
export class AnswerModel {
  /** By row. */
  #levels = new Float64Array(0);
  readonly #squares = new Float64Array(features * features);
  readonly #products = new Float64Array(features);
  readonly #slopes = new Float64Array(features);
  readonly #off = new Float64Array(features);
  #learned = 0;

  /**
   * Learns from an answer.
   * @param values The features at the moment of the pick, from `at` on.
   * @param ms How long it took.
   */
  learn(row: number, values: Float64Array, at: number, ms: number): void {
    this.#grow(row);
    const levels = this.#levels;
    const place = row * stride;
    const seen = Math.min((levels[place] ?? 0) + 1, rememberedOfOne);
    const share = 1 / seen;
    const offMs = ms - (levels[place + 1] ?? 0);
    // How far the newest is from the means without it; the first of a deployment tells of no variation.
    const weight = 1 - share;
    for (let one = 0; one < features; one++) {
      const place1 = place + 2 + one;
      this.#off[one] = (values[at + one] ?? 0) - (levels[place1] ?? 0);
      levels[place1] = (levels[place1] ?? 0) + (this.#off[one] ?? 0) * share;
    }
    levels[place] = seen;
    levels[place + 1] = (levels[place + 1] ?? 0) + offMs * share;
    for (let one = 0; one < features; one++) {
      const off = (this.#off[one] ?? 0) * weight;
      this.#products[one] = (this.#products[one] ?? 0) * kept + off * offMs;
      for (let other = 0; other < features; other++) {
        const cell = one * features + other;
        this.#squares[cell] = (this.#squares[cell] ?? 0) * kept + off * (this.#off[other] ?? 0);
      }
    }
    if (++this.#learned % learnedAtOnce === 0) this.#slopes.set(solved(this.#squares, this.#products));
  }

  /** Whether anything can be expected of a deployment. */
  knows(row: number): boolean {
    return this.#learned >= fewestOfAll && (this.#levels[row * stride] ?? 0) >= fewestOfOne;
  }

  /** How long a deployment is likely to take, in milliseconds. Meaningful only where {@link knows} says so. */
  expect(row: number, values: Float64Array, at: number): number {
    const place = row * stride;
    let ms = this.#levels[place + 1] ?? 0;
    for (let one = 0; one < features; one++) {
      ms += (this.#slopes[one] ?? 0) * ((values[at + one] ?? 0) - (this.#levels[place + 2 + one] ?? 0));
    }
    return Math.max(0, ms);
  }

  #grow(row: number): void {
    const wanted = (row + 1) * stride;
    if (wanted <= this.#levels.length) return;
    const larger = new Float64Array(Math.max(wanted, this.#levels.length * 2));
    larger.set(this.#levels);
    this.#levels = larger;
  }
}

/** Numbers of one call at one deployment, as {@link AnswerModel} takes them. */
export const featureCount = features;

/** Writes the features of a call at a deployment, from `at` on. */
export function writeFeatures(into: Float64Array, at: number, deployment: DeploymentView, promptTokens: number): void {
  into[at] = deployment.inFlight;
  into[at + 1] = deployment.waitingPromptTokens;
  into[at + 2] = deployment.expectedRestTokens;
  into[at + 3] = promptTokens;
}

/** The slopes of least squares, held down by {@link ridge}: Gauss's elimination, which needs no pivots as the matrix is positive definite. */
function solved(squares: Float64Array, products: Float64Array): Float64Array {
  const matrix = Float64Array.from(squares);
  const slopes = Float64Array.from(products);
  const cell = (row: number, column: number): number => matrix[row * features + column] ?? 0;
  for (let one = 0; one < features; one++) matrix[one * features + one] = cell(one, one) * (1 + ridge) + 1e-9;
  for (let pivot = 0; pivot < features; pivot++) {
    for (let row = pivot + 1; row < features; row++) {
      const factor = cell(row, pivot) / cell(pivot, pivot);
      for (let column = pivot; column < features; column++)
        matrix[row * features + column] = cell(row, column) - factor * cell(pivot, column);
      slopes[row] = (slopes[row] ?? 0) - factor * (slopes[pivot] ?? 0);
    }
  }
  for (let row = features - 1; row >= 0; row--) {
    let rest = slopes[row] ?? 0;
    for (let column = row + 1; column < features; column++) rest -= cell(row, column) * (slopes[column] ?? 0);
    slopes[row] = rest / cell(row, row);
  }
  return slopes;
}
