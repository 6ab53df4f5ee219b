import { type CallResult, isGood } from "./call-result.ts";
import type { Scenario } from "./scenario/scenario.ts";
import { quantiles } from "./summary.ts";

/** How a run went over time, in even pieces of it, and how times are spread. */
export interface RunSeries {
  readonly bucketMs: number;
  /** Calls that came, in each piece. */
  readonly arrived: readonly number[];
  /** Good answers of the calls that came in each piece, in percent. NaN where none came. */
  readonly goodput: readonly number[];
  /** Calls under way, and those of them without any content yet, at the end of each piece. */
  readonly underWay: readonly number[];
  readonly waiting: readonly number[];
  /** Until the first content, of the calls that came in each piece, in milliseconds. */
  readonly firstP50: readonly number[];
  readonly firstP99: readonly number[];
  /** Of the calls that came in each piece, how many each deployment answered. */
  readonly answered: ReadonlyMap<string, readonly number[]>;
  /** Upper ends in milliseconds, and how many calls had their first content, and their end, up to each and beyond the one before. */
  readonly bins: readonly number[];
  readonly firstCounts: readonly number[];
  readonly totalCounts: readonly number[];
}

const pieces = 100;
/** From 10 ms to about 17 min, a quarter longer each. */
const bins = Array.from({ length: 52 }, (_none, index) => 10 * 1.25 ** index);

/** @param results All of them, in the order of their arrival. */
export function seriesOf(results: readonly CallResult[], { durationMs, good, warmUpMs }: Scenario): RunSeries {
  const bucketMs = durationMs / pieces;
  const zeros = (): number[] => Array.from({ length: pieces }, () => 0);
  const [arrived, goods, underWay, waiting] = [zeros(), zeros(), zeros(), zeros()];
  const firsts = Array.from({ length: pieces }, (): number[] => []);
  const answered = new Map<string, number[]>();
  const [firstCounts, totalCounts] = [bins.map(() => 0), bins.map(() => 0)];
  for (const result of results) {
    const { arrival, firstAt, endAt, error, deploymentId } = result;
    const piece = Math.min(Math.floor(arrival.at / bucketMs), pieces - 1);
    add(arrived, piece);
    if (isGood(result, good)) add(goods, piece);
    stay(underWay, piece, endAt, bucketMs);
    stay(waiting, piece, firstAt ?? endAt, bucketMs);
    if (firstAt !== undefined) firsts[piece]?.push(firstAt - arrival.at);
    if (deploymentId !== "" && error === undefined) {
      let counts = answered.get(deploymentId);
      if (counts === undefined) answered.set(deploymentId, (counts = zeros()));
      add(counts, piece);
    }
    if (arrival.at < warmUpMs) continue;
    if (firstAt !== undefined) add(firstCounts, binOf(firstAt - arrival.at));
    if (endAt !== undefined && error === undefined) add(totalCounts, binOf(endAt - arrival.at));
  }
  const spread = firsts.map((times) => quantiles(times));
  return {
    bucketMs,
    arrived,
    goodput: goods.map((count, piece) => (100 * count) / (arrived[piece] ?? 0)),
    underWay,
    waiting,
    firstP50: spread.map(({ p50 }) => p50),
    firstP99: spread.map(({ p99 }) => p99),
    answered: new Map([...answered].toSorted(([one], [other]) => (one < other ? -1 : 1))),
    bins,
    firstCounts,
    totalCounts,
  };
}

/** Counts a call at the end of each piece in which it stays. */
function stay(counts: number[], from: number, until: number | undefined, bucketMs: number): void {
  const last = until === undefined ? pieces : Math.min(Math.ceil(until / bucketMs) - 1, pieces);
  for (let piece = from; piece < last; piece++) add(counts, piece);
}

function add(counts: number[], index: number): void {
  counts[index] = (counts[index] ?? 0) + 1;
}

function binOf(ms: number): number {
  return Math.min(Math.max(Math.ceil(Math.log(Math.max(ms, 10) / 10) / Math.log(1.25)), 0), bins.length - 1);
}
