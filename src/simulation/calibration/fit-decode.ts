import { quantileOf } from "./figure.ts";
import type { Spent, WritingSample } from "./load-sweep.ts";

/** How fast answers are written, by the model of `src/replica`. */
interface DecodeSpeed {
  /** Over all answers. */
  readonly decodePerSecond: number;
  /** Of one answer. */
  readonly streamPerSecond: number;
  /** The share of the time that reading prompts takes while answers are written. */
  readonly prefillShare: number;
}

/** Whether the log can tell each: what never bound an answer cannot be known. */
export interface DecodeFit extends DecodeSpeed {
  /** The share of the written tokens' time in which all answers together were as fast as can be. */
  readonly boundByAll: number;
  /** Between a foretold and a real duration of an answer, the middle of the differences, as a share. */
  readonly error: number;
}

/** An answer that took far longer or less than foretold counts no more than this: something else befell it. */
const mostOff = 0.3;

/** What reading takes of an engine's time is hard to see where it was seldom busy: then it is taken to be as with most. */
export const usualShare = 0.6;
/** So much better must another share foretell. */
const clearlyBetter = 0.8;

/**
 * Finds the speeds by which the answers' durations are foretold best.
 * @param knownShare The share of reading, where it is known by other means.
 */
export function fitDecode(samples: readonly WritingSample[], knownShare?: number): DecodeFit | undefined {
  const paces = samples.filter(({ ms }) => ms > 0).map(({ tokens, ms }) => (1_000 * tokens) / ms);
  if (paces.length === 0) return undefined;
  const first = {
    streamPerSecond: quantileOf(paces, 0.95),
    decodePerSecond: highestOutput(samples),
    prefillShare: knownShare ?? usualShare,
  };
  let best = descend(first, samples, false);
  if (knownShare === undefined) {
    const free = descend(best, samples, true);
    if (lossOf(free, samples) < clearlyBetter * lossOf(best, samples)) best = free;
  }
  const offs = samples.map((sample) => Math.abs(Math.log(foretold(best, sample) / sample.tokens))).filter(Number.isFinite);
  return { ...best, boundByAll: boundShare(best, samples), error: Math.expm1(quantileOf(offs, 0.5)) };
}

/** Goes from a guess to better ones, in ever smaller steps. */
function descend(from: DecodeSpeed, samples: readonly WritingSample[], movesShare: boolean): DecodeSpeed {
  let best = from;
  let least = lossOf(best, samples);
  for (let step = 0.4; step > 0.004;) {
    let isBetter = false;
    for (const next of neighbours(best, step, movesShare)) {
      const loss = lossOf(next, samples);
      if (loss < least) [best, least, isBetter] = [next, loss, true];
    }
    if (!isBetter) step /= 2;
  }
  return best;
}

function neighbours(
  { decodePerSecond, streamPerSecond, prefillShare }: DecodeSpeed,
  step: number,
  movesShare: boolean,
): readonly DecodeSpeed[] {
  const made: DecodeSpeed[] = [];
  for (const factor of [1 + step, 1 / (1 + step)]) {
    made.push({ decodePerSecond: decodePerSecond * factor, streamPerSecond, prefillShare });
    made.push({ decodePerSecond, streamPerSecond: streamPerSecond * factor, prefillShare });
  }
  if (!movesShare) return made;
  for (const more of [step / 2, -step / 2]) {
    const share = Math.min(Math.max(prefillShare + more, 0), 0.95);
    // What reading takes more, writing must have been quicker by.
    const factor = (1 - prefillShare) / (1 - share);
    made.push({ decodePerSecond, streamPerSecond, prefillShare: share });
    made.push({ decodePerSecond: decodePerSecond * factor, streamPerSecond, prefillShare: share });
  }
  return made;
}

function lossOf(speed: DecodeSpeed, samples: readonly WritingSample[]): number {
  let loss = 0;
  for (const sample of samples) {
    const off = Math.abs(Math.log(foretold(speed, sample) / sample.tokens));
    loss += Math.min(off, mostOff) ** 2;
  }
  return loss;
}

/** How many tokens an answer would have had at these speeds in its time. */
function foretold(speed: DecodeSpeed, { spent }: WritingSample): number {
  let tokens = 0;
  for (const one of spent) tokens += (one.ms / 1_000) * Math.min(speed.streamPerSecond, shareOfAll(speed, one));
  return tokens;
}

/** Tokens a second of one answer, as far as all together go. */
function shareOfAll({ decodePerSecond, prefillShare }: DecodeSpeed, { writing, isReading }: Spent): number {
  return (decodePerSecond * (isReading ? 1 - prefillShare : 1)) / writing;
}

function boundShare(speed: DecodeSpeed, samples: readonly WritingSample[]): number {
  let [bound, all] = [0, 0];
  for (const { spent } of samples) {
    for (const one of spent) {
      all += one.ms;
      if (shareOfAll(speed, one) < speed.streamPerSecond) bound += one.ms;
    }
  }
  return all === 0 ? 0 : bound / all;
}

/** What all answers together came to where the most were written: the first guess. */
function highestOutput(samples: readonly WritingSample[]): number {
  const outputs = samples.map(({ tokens, ms, spent }) => {
    const beside = spent.reduce((sum, one) => sum + one.ms * one.writing, 0);
    return ms <= 0 ? 0 : ((1_000 * tokens) / ms) * (beside / ms);
  });
  return Math.max(quantileOf(outputs, 0.9), 1);
}
