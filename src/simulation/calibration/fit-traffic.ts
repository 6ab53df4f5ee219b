import { type LearnedFigure, figureOf, averageOf, quantileOf } from "./figure.ts";
import type { LoggedCall } from "./logged-call.ts";

/** What was learned of the calls of one group. */
export interface LearnedTraffic {
  readonly group: string;
  readonly calls: number;
  readonly perSecond: LearnedFigure;
  /** The variance of the calls in a second over their mean: 1 for calls that come independently, more for bursts. */
  readonly burstiness: LearnedFigure;
  /** The variance of the gaps between calls over the square of their mean: 1 for calls that come independently. */
  readonly gapSpread: number;
  /** The share of streams. */
  readonly streams: number;
  readonly promptTokens: Sizes;
  readonly outputTokens: Sizes;
  /** Undefined where calls name no sessions. */
  readonly sessions: LearnedSessions | undefined;
}

/** The sizes of prompts or answers, in tokens. */
export interface Sizes {
  readonly mean: LearnedFigure;
  readonly p50: number;
  readonly p99: number;
}

/** How calls belong together. */
interface LearnedSessions {
  readonly count: number;
  /** The share of calls that name one. */
  readonly share: number;
  readonly callsEach: LearnedFigure;
  /** Between the end of a call and the next one of its session, in milliseconds. */
  readonly pauseMs: LearnedFigure;
  /** How many tokens a prompt has more than the one before it in its session. */
  readonly growthTokens: LearnedFigure;
  /** The first prompt of a session. */
  readonly firstTokens: LearnedFigure;
  /** Of the prompts' tokens, what providers' caches had, in all calls. */
  readonly cachedShare: number;
  /** Of a prompt's hashed blocks, those that the prompt before it in its session had as well. Undefined without hashes. */
  readonly sharedWithin: LearnedFigure | undefined;
  /** Of a session's first prompt, the blocks that any session before it began with. Undefined without hashes. */
  readonly sharedAcross: LearnedFigure | undefined;
}

/** @param calls Of one group. */
export function learnTraffic(group: string, calls: readonly LoggedCall[]): LearnedTraffic {
  const starts = Float64Array.from(calls, ({ endAt, totalMs }) => endAt - totalMs).sort();
  const told = calls.filter(({ promptTokens, outputTokens }) => promptTokens !== undefined && outputTokens !== undefined);
  const gaps = [...starts].map((at, index) => at - (starts[index - 1] ?? at)).slice(1);
  const seconds = countsBySecond(starts);
  const gap = averageOf(gaps);
  return {
    group,
    calls: calls.length,
    perSecond: { ...figureOf(seconds, averageOf), samples: calls.length },
    burstiness: figureOf(seconds, (some) => varianceOf(some) / averageOf(some)),
    gapSpread: varianceOf(gaps) / (gap * gap),
    streams: calls.filter(({ isStream }) => isStream).length / calls.length,
    promptTokens: sizesOf(told.map(({ promptTokens = 0 }) => promptTokens)),
    outputTokens: sizesOf(told.map(({ outputTokens = 0 }) => outputTokens)),
    sessions: learnSessions(calls),
  };
}

/** The longest log whose seconds are counted one by one: a week. */
const mostSeconds = 604_800;

function countsBySecond(starts: Float64Array): readonly number[] {
  const first = starts[0] ?? 0;
  const last = starts.at(-1) ?? first;
  const counts = Array.from({ length: Math.min(Math.max(Math.floor((last - first) / 1_000), 1), mostSeconds) }, () => 0);
  for (const at of starts) {
    const second = Math.floor((at - first) / 1_000);
    if (second < counts.length) counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts;
}

function sizesOf(tokens: readonly number[]): Sizes {
  return { mean: figureOf(tokens, averageOf), p50: quantileOf(tokens, 0.5), p99: quantileOf(tokens, 0.99) };
}

function varianceOf(values: readonly number[]): number {
  const mean = averageOf(values);
  return averageOf(values.map((value) => (value - mean) ** 2));
}

function learnSessions(calls: readonly LoggedCall[]): LearnedSessions | undefined {
  const bySession = new Map<string, LoggedCall[]>();
  for (const call of calls.toSorted((one, other) => one.endAt - one.totalMs - (other.endAt - other.totalMs))) {
    if (call.session === undefined) continue;
    const own = bySession.get(call.session);
    if (own === undefined) bySession.set(call.session, [call]);
    else own.push(call);
  }
  const sessions = [...bySession.values()];
  if (sessions.length === 0) return undefined;
  const pairs = sessions.flatMap((own) =>
    own.slice(1).flatMap((call, index) => ((before) => (before === undefined ? [] : [{ before, call }]))(own[index])),
  );
  const growths = pairs.flatMap(({ before, call }) =>
    before.promptTokens === undefined || call.promptTokens === undefined ? [] : [call.promptTokens - before.promptTokens],
  );
  const prompts = calls.reduce((sum, { promptTokens = 0 }) => sum + promptTokens, 0);
  const cached = calls.reduce((sum, { cachedTokens }) => sum + cachedTokens, 0);
  const named = sessions.reduce((sum, own) => sum + own.length, 0);
  const within = pairs
    .filter(({ call }) => call.prefixes.length > 0)
    .map(({ before, call }) => sharedBlocks(call, new Set(before.prefixes)));
  return {
    count: sessions.length,
    share: named / calls.length,
    callsEach: figureOf(sessions, (some) => averageOf(some.map((own) => own.length))),
    pauseMs: figureOf(
      pairs.map(({ before, call }) => Math.max(call.endAt - call.totalMs - before.endAt, 0)),
      averageOf,
    ),
    growthTokens: figureOf(growths, averageOf),
    firstTokens: figureOf(
      sessions.flatMap(([first]) => (first?.promptTokens === undefined ? [] : [first.promptTokens])),
      averageOf,
    ),
    cachedShare: prompts === 0 ? 0 : cached / prompts,
    sharedWithin: within.length === 0 ? undefined : figureOf(within, averageOf),
    sharedAcross: sharedAcross(sessions),
  };
}

function sharedAcross(sessions: readonly (readonly LoggedCall[])[]): LearnedFigure | undefined {
  const seen = new Set<string>();
  const shares: number[] = [];
  for (const own of sessions) {
    const [first] = own;
    if (first === undefined || first.prefixes.length === 0) continue;
    shares.push(sharedBlocks(first, seen));
    for (const { prefixes } of own) for (const hash of prefixes) seen.add(hash);
  }
  return shares.length === 0 ? undefined : figureOf(shares, averageOf);
}

/** The share of a prompt's blocks, from its beginning, that are known. */
function sharedBlocks({ prefixes }: LoggedCall, known: ReadonlySet<string>): number {
  const unknown = prefixes.findIndex((hash) => !known.has(hash));
  return (unknown === -1 ? prefixes.length : unknown) / prefixes.length;
}
