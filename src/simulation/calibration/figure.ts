import { quantileOfSorted } from "../../lib/averages/quantile.ts";

/** A figure that was learned, and how certain it is. */
export interface LearnedFigure {
  readonly value: number;
  /** Of how many calls it was learned. */
  readonly samples: number;
  /** The lowest and the highest that parts of the log, taken by themselves, come to. Undefined where there are too few for that. */
  readonly range: readonly [low: number, high: number] | undefined;
}

/** Into how many parts a log is cut, one after the other, to see how far figures differ. */
const parts = 4;

/**
 * Learns a figure from all samples, and again from each quarter of them.
 * @param samples In the order of time.
 * @param learn NaN where there are too few.
 */
export function figureOf<Sample>(samples: readonly Sample[], learn: (some: readonly Sample[]) => number): LearnedFigure {
  const size = Math.ceil(samples.length / parts);
  const each = Array.from({ length: parts }, (_none, part) => learn(samples.slice(part * size, (part + 1) * size))).filter(Number.isFinite);
  return {
    value: learn(samples),
    samples: samples.length,
    range: each.length < 2 ? undefined : [Math.min(...each), Math.max(...each)],
  };
}

/** A quantile of numbers in any order; NaN of none. */
export function quantileOf(values: readonly number[], share: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), share);
}

/** NaN of none. */
export function averageOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** A straight line through points. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** How much of the points' spread it explains, 0 … 1. */
  readonly explained: number;
}

/** Fits y = intercept + slope · x by least squares. Undefined of points that all have the same x. */
function lineThrough(points: readonly (readonly [x: number, y: number])[]): Line | undefined {
  const meanX = averageOf(points.map(([x]) => x));
  const meanY = averageOf(points.map(([, y]) => y));
  let [xx, xy, yy] = [0, 0, 0];
  for (const [x, y] of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
    yy += (y - meanY) ** 2;
  }
  if (!(xx > 0)) return undefined;
  const slope = xy / xx;
  return { slope, intercept: meanY - slope * meanX, explained: yy === 0 ? 1 : (slope * xy) / yy };
}

/** As {@link lineThrough}, without points that lie far off: a stall or a lost packet says nothing of the usual speed. */
export function robustLineThrough(points: readonly (readonly [x: number, y: number])[]): Line | undefined {
  let kept = points;
  let line = lineThrough(points);
  for (let round = 0; round < 3 && line !== undefined; round++) {
    const { slope, intercept } = line;
    const off = ([x, y]: readonly [number, number]): number => Math.abs(y - intercept - slope * x);
    const limit = 5 * Math.max(quantileOf(kept.map(off), 0.5), 1e-9);
    kept = points.filter((point) => off(point) <= limit);
    line = lineThrough(kept) ?? line;
  }
  return line;
}
