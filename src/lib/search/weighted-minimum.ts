interface Points {
  readonly xs: readonly number[];
  readonly ys: readonly number[];
}

/**
 * Finds, of many points (x, y), the one with the least a·x + b·y without looking at all of them: a binary tree, split at the median of x and y
 * by turns, in which each node knows the least x and the least y below it. No point below a node is lower than these two make together.
 */
export class WeightedMinimum {
  readonly #order: Uint32Array;
  /** By node: the children of node n are 2n + 1 and 2n + 2. */
  readonly #leastX: Float64Array;
  readonly #leastY: Float64Array;
  #a = 0;
  #b = 0;
  #lowest = Number.POSITIVE_INFINITY;
  #accept: (point: number, isEqual: boolean) => boolean = () => false;

  /** @param xs Not negative, like `ys`; Infinity where there is none. */
  constructor(xs: readonly number[], ys: readonly number[]) {
    const nodes = 2 ** (Math.ceil(Math.log2(Math.max(xs.length, 1))) + 1);
    this.#order = Uint32Array.from(xs.keys());
    this.#leastX = new Float64Array(nodes).fill(Number.POSITIVE_INFINITY);
    this.#leastY = new Float64Array(nodes).fill(Number.POSITIVE_INFINITY);
    if (xs.length > 0) this.#build(0, 0, xs.length, { xs, ys });
  }

  /**
   * Offers points, lower ones first where that can be told, until no other can be as low as the lowest accepted one.
   * @param a Not negative, like `b`. Where it is 0, x does not matter, even where it is Infinity.
   * @param accept Called for each point that is lower than all accepted so far, or as low as the lowest. Returns whether it is accepted.
   */
  search(a: number, b: number, accept: (point: number, isEqual: boolean) => boolean): void {
    this.#a = a;
    this.#b = b;
    this.#lowest = Number.POSITIVE_INFINITY;
    this.#accept = accept;
    if (this.#order.length > 0) this.#visit(0, 0, this.#order.length);
  }

  #build(node: number, from: number, to: number, points: Points, byX = true): void {
    const { xs, ys } = points;
    for (let index = from; index < to; index++) {
      const point = this.#order[index] ?? 0;
      this.#leastX[node] = Math.min(this.#leastX[node] ?? 0, xs[point] ?? 0);
      this.#leastY[node] = Math.min(this.#leastY[node] ?? 0, ys[point] ?? 0);
    }
    if (to - from < 2) return;
    const values = byX ? xs : ys;
    this.#order.subarray(from, to).sort((one, other) => {
      const first = values[one] ?? 0;
      const second = values[other] ?? 0;
      return first < second ? -1 : Number(first > second);
    });
    const middle = (from + to + 1) >>> 1;
    this.#build(2 * node + 1, from, middle, points, !byX);
    this.#build(2 * node + 2, middle, to, points, !byX);
  }

  #visit(node: number, from: number, to: number): void {
    const bound = this.#bound(node);
    if (bound > this.#lowest || bound === Number.POSITIVE_INFINITY) return;
    if (to - from === 1) {
      if (this.#accept(this.#order[from] ?? 0, bound === this.#lowest)) this.#lowest = bound;
      return;
    }
    const middle = (from + to + 1) >>> 1;
    const left = 2 * node + 1;
    const right = left + 1;
    if (this.#bound(left) <= this.#bound(right)) {
      this.#visit(left, from, middle);
      this.#visit(right, middle, to);
    } else {
      this.#visit(right, middle, to);
      this.#visit(left, from, middle);
    }
  }

  #bound(node: number): number {
    const x = this.#a === 0 ? 0 : this.#a * (this.#leastX[node] ?? 0);
    return this.#b === 0 ? x : x + this.#b * (this.#leastY[node] ?? 0);
  }
}
