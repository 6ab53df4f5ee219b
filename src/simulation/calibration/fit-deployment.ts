import { type LearnedFigure, figureOf, type Line, averageOf, quantileOf, robustLineThrough } from "./figure.ts";
import { fitDecode, usualShare } from "./fit-decode.ts";
import { type LoadSamples, type ReadingSample, type Spent, sweepLoad } from "./load-sweep.ts";
import type { Attempts, ServiceSpan } from "./service-spans.ts";

/** What was learned of one deployment. */
export interface LearnedDeployment {
  readonly id: string;
  /** Answers that its speed was learned of. */
  readonly answers: number;
  /** Undefined where there were too few. */
  readonly speed: LearnedReplica | LearnedProvider | undefined;
  /** Of its attempts, those that failed, but for refusals. */
  readonly errorRate: LearnedFigure;
  /** Of its attempts, those that it refused for a limit. */
  readonly refusedRate: LearnedFigure;
  /** The error that came most. */
  readonly usualError: string | undefined;
  /** The most requests and tokens that it served within a minute. */
  readonly busiestMinute: { readonly requests: number; readonly tokens: number };
}

/** A deployment whose answers take longer by its load: a replica with continuous batching. */
export interface LearnedReplica {
  readonly kind: "replica";
  readonly prefillPerSecond: LearnedFigure;
  readonly decodePerSecond: LearnedFigure;
  readonly streamPerSecond: LearnedFigure;
  readonly prefillShare: LearnedFigure;
  /** Whether the log shows the share of reading, so that it is not merely the usual one. */
  readonly isShareKnown: boolean;
  /** The most answers that were written at once. */
  readonly mostAtOnce: number;
  /** Whether others waited for long meanwhile, so that this is its limit. */
  readonly wasFull: boolean;
  /** Whether the log has times when all its answers together were as fast as can be; otherwise `decodePerSecond` is what they came to at least. */
  readonly wasBusy: boolean;
  /** How far foretold durations of answers are off, in the middle, as a share. */
  readonly error: number;
}

/** A deployment whose times do not show its load: a hosted provider. */
export interface LearnedProvider {
  readonly kind: "provider";
  readonly firstMs: { readonly mean: LearnedFigure; readonly p99: number };
  readonly tokensPerSecond: { readonly mean: LearnedFigure; readonly p99: number };
}

/** Fewer answers show no speed. */
const fewestAnswers = 50;
/** Fewer samples of one kind show nothing of it. */
const fewestSamples = 30;
/** Prompts that were read while nothing else went on are few, and show much. */
const fewestAlone = 10;
/** From here on a batch is taken as full, where it ever was. */
const nearlyFull = 0.9;
/** How much of the first tokens' times the prompts' lengths explain at least where a deployment reads them one after the other. */
const leastExplained = 0.5;

/** @param spans In the order of their ends. */
export function learnDeployment(id: string, spans: readonly ServiceSpan[], attempts: Attempts): LearnedDeployment {
  const failed = [...attempts.failed.values()].reduce((sum, count) => sum + count, 0);
  return {
    id,
    answers: spans.length,
    speed: spans.length < fewestAnswers ? undefined : learnSpeed(spans),
    errorRate: shareFigure(failed, attempts.all),
    refusedRate: shareFigure(attempts.refused, attempts.all),
    usualError: [...attempts.failed].toSorted(([, one], [, other]) => other - one)[0]?.[0],
    busiestMinute: busiestMinute(spans),
  };
}

function learnSpeed(spans: readonly ServiceSpan[]): LearnedReplica | LearnedProvider {
  const samples = sweepLoad(spans);
  return learnReplica(samples) ?? learnProvider(spans);
}

function learnReplica(samples: LoadSamples): LearnedReplica | undefined {
  const { mostWriting, wasFull } = samples;
  // Where a batch was full, prompts waited for a place and not to be read.
  const reading = wasFull ? samples.reading.filter((sample) => sample.writing < nearlyFull * mostWriting) : samples.reading;
  const clear = samples.writing.filter(({ spent, ms }) => timeAtFull(spent, mostWriting) < ms / 10);
  // In a full batch who waits is not being read, which the pace of the others shows and the log does not.
  const writing = wasFull && clear.length >= fewestSamples ? clear : samples.writing;
  const alone = reading.filter(({ besideWriting }) => !besideWriting);
  const beside = reading.filter(({ besideWriting }) => besideWriting);
  const [fast, slow] = [lineOf(alone, fewestAlone), lineOf(beside)];
  const surest = fast !== undefined && alone.length >= beside.length ? fast : (slow ?? fast);
  if (surest === undefined || writing.length < fewestSamples) return undefined;
  const known = fast === undefined || slow === undefined ? undefined : Math.min(Math.max(fast.slope / slow.slope, 0.05), 0.95);
  const fit = fitDecode(writing, known);
  if (fit === undefined) return undefined;
  const { prefillShare } = fit;
  const fromAlone = fast !== undefined && (alone.length >= fewestSamples || slow === undefined);
  const learnPrefill = (some: readonly ReadingSample[]): number => {
    const line = lineOf(some, fewestAlone);
    return line === undefined ? Number.NaN : 1_000 / line.slope / (fromAlone ? 1 : prefillShare);
  };
  return {
    kind: "replica",
    prefillPerSecond: figureOf(fromAlone ? alone : beside, learnPrefill),
    decodePerSecond: figureOf(writing, (some) =>
      some.length < fewestSamples ? Number.NaN : (fitDecode(some, prefillShare)?.decodePerSecond ?? Number.NaN),
    ),
    streamPerSecond: figureOf(writing, (some) =>
      some.length < fewestSamples ? Number.NaN : (fitDecode(some, prefillShare)?.streamPerSecond ?? Number.NaN),
    ),
    prefillShare: { value: prefillShare, samples: beside.length, range: undefined },
    isShareKnown: known !== undefined || prefillShare !== usualShare,
    mostAtOnce: mostWriting,
    wasFull,
    wasBusy: fit.boundByAll > 0.05,
    error: fit.error,
  };
}

function timeAtFull(spent: readonly Spent[], mostWriting: number): number {
  return spent.reduce((sum, { ms, writing }) => (writing >= nearlyFull * mostWriting ? sum + ms : sum), 0);
}

function lineOf(samples: readonly ReadingSample[], fewest = fewestSamples): Line | undefined {
  if (samples.length < fewest) return undefined;
  const line = robustLineThrough(samples.map(({ unreadTokens, ms }) => [unreadTokens, ms]));
  return line !== undefined && line.slope > 0 && line.explained >= leastExplained ? line : undefined;
}

/** Tokens a second of whole answers. */
function paceOf(some: readonly (readonly [number, number])[]): number {
  return 1_000 / Math.max(robustLineThrough(some)?.slope ?? 0, 1e-3);
}

function learnProvider(spans: readonly ServiceSpan[]): LearnedProvider {
  const streams = spans.filter(({ isStream, outputTokens }) => isStream && outputTokens > 1);
  const paced = streams.filter(({ firstAt, endAt }) => endAt > firstAt);
  if (paced.length >= fewestSamples) {
    const firsts = streams.map(({ startAt, firstAt }) => firstAt - startAt);
    const paces = paced.map(({ firstAt, endAt, outputTokens }) => (1_000 * (outputTokens - 1)) / (endAt - firstAt));
    return {
      kind: "provider",
      firstMs: { mean: figureOf(firsts, averageOf), p99: quantileOf(firsts, 0.99) },
      tokensPerSecond: { mean: figureOf(paces, averageOf), p99: quantileOf(paces, 0.99) },
    };
  }
  // Of whole answers, what does not grow with their length is taken for the time until the first token.
  const points = spans.map(({ startAt, endAt, outputTokens }): readonly [number, number] => [outputTokens - 1, endAt - startAt]);
  const msPerToken = 1_000 / paceOf(points);
  const firsts = points.map(([tokens, ms]) => Math.max(ms - tokens * msPerToken, 0));
  return {
    kind: "provider",
    firstMs: { mean: figureOf(firsts, averageOf), p99: quantileOf(firsts, 0.99) },
    tokensPerSecond: { mean: figureOf(points, paceOf), p99: paceOf(points) },
  };
}

/** @returns The share with the interval in which it lies by 95 % (Wilson). */
function shareFigure(part: number, whole: number): LearnedFigure {
  if (whole === 0) return { value: 0, samples: 0, range: undefined };
  const [share, z] = [part / whole, 1.96];
  const middle = share + (z * z) / (2 * whole);
  const half = z * Math.sqrt((share * (1 - share)) / whole + (z * z) / (4 * whole * whole));
  const scale = 1 + (z * z) / whole;
  return { value: share, samples: whole, range: [Math.max((middle - half) / scale, 0), Math.min((middle + half) / scale, 1)] };
}

function busiestMinute(spans: readonly ServiceSpan[]): { readonly requests: number; readonly tokens: number } {
  const ordered = spans.toSorted((one, other) => one.startAt - other.startAt);
  let [from, sum, requests, tokens] = [0, 0, 0, 0];
  for (const [index, span] of ordered.entries()) {
    sum += span.unreadTokens + span.outputTokens;
    for (let first = ordered[from]; first !== undefined && first.startAt <= span.startAt - 60_000; first = ordered[++from]) {
      sum -= first.unreadTokens + first.outputTokens;
    }
    requests = Math.max(requests, index - from + 1);
    tokens = Math.max(tokens, sum);
  }
  return { requests, tokens };
}
