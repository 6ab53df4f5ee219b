import type { ServiceSpan } from "./service-spans.ts";

/** How long one prompt was read, as far as that can be told from outside. */
export interface ReadingSample {
  readonly unreadTokens: number;
  readonly ms: number;
  /** Whether other answers were written all the while, or none. */
  readonly besideWriting: boolean;
  /** How many were written when it was read. */
  readonly writing: number;
}

/** So long so many answers were written at once, beside the reading of prompts or not. */
export interface Spent {
  readonly ms: number;
  readonly writing: number;
  readonly isReading: boolean;
}

/** How an answer was written. */
export interface WritingSample {
  readonly tokens: number;
  readonly ms: number;
  /** How long each thing went on meanwhile. */
  readonly spent: readonly Spent[];
}

/** What one deployment's answers show of its speed. */
export interface LoadSamples {
  readonly reading: readonly ReadingSample[];
  readonly writing: readonly WritingSample[];
  /** The most answers that were written at once. */
  readonly mostWriting: number;
  /** Whether others waited for long again and again while that many were written: so a full batch looks. */
  readonly wasFull: boolean;
}

/** Answers that are looked into at most; others count as the load beside them. */
const mostWritingSamples = 1_000;
/** Where more are written at once, they count as so many. */
const mostCounted = 256;
/** Shorter answers tell little of the pace. */
const fewestTokens = 8;

/** Who waits as long for a first token may be waiting for a place. */
const longWaitMs = 1_000;
/** A batch is full where at least so many, and a quarter of all who waited, did so beside nearly the most that were ever written at once. */
const fewestWaits = 20;
const nearlyAll = 0.95;

interface Moment {
  readonly at: number;
  readonly kind: "arrives" | "first" | "ends";
  /** Their order where they are at the same time. */
  readonly rank: number;
  readonly span: ServiceSpan;
  readonly index: number;
}

/**
 * Goes through a deployment's answers in time, and tells what each met. A prompt is read behind those that came before it: it is taken as read
 * from its arrival, or from the first token of the one before it, to its own first token.
 */
export function sweepLoad(spans: readonly ServiceSpan[]): LoadSamples {
  const streams = spans.filter(({ isStream, outputTokens }) => isStream && outputTokens >= fewestTokens).length;
  const every = Math.max(Math.ceil(streams / mostWritingSamples), 1);
  const reading: ReadingSample[] = [];
  const writing: WritingSample[] = [];
  const spent = new Float64Array(2 * mostCounted + 2);
  const begun = new Map<number, Float64Array>();
  let [writers, readers, before, lastFirst, sinceIdle, sinceBusy, counted] = [0, 0, 0, 0, 0, Number.NEGATIVE_INFINITY, 0];
  const besideWaits: number[] = [];
  let mostWriting = 0;
  for (const { at, kind, span, index } of momentsOf(spans)) {
    if (writers > 0) {
      const place = 2 * Math.min(writers, mostCounted) + (readers > 0 ? 1 : 0);
      spent[place] = (spent[place] ?? 0) + at - before;
    }
    before = at;
    if (kind === "arrives") readers++;
    else if (kind === "first") {
      readers--;
      const from = Math.max(span.startAt, lastFirst);
      const besideWriting = writers > 0;
      const isPure = (besideWriting ? sinceIdle : sinceBusy) <= from;
      if (span.isStream && isPure) reading.push({ unreadTokens: span.unreadTokens, ms: at - from, besideWriting, writing: writers });
      if (at - span.startAt > longWaitMs) besideWaits.push(writers + 1);
      lastFirst = at;
      if (writers++ === 0) sinceIdle = at;
      mostWriting = Math.max(mostWriting, writers);
      if (span.isStream && span.outputTokens >= fewestTokens && counted++ % every === 0) begun.set(index, spent.slice());
    } else {
      if (--writers === 0) sinceBusy = at;
      const atFirst = begun.get(index);
      if (atFirst === undefined) continue;
      begun.delete(index);
      writing.push({ tokens: span.outputTokens - 1, ms: at - span.firstAt, spent: differences(spent, atFirst) });
    }
  }
  return { reading, writing, mostWriting, wasFull: isFull(besideWaits, mostWriting) };
}

function isFull(besideWaits: readonly number[], mostWriting: number): boolean {
  const atMost = besideWaits.filter((writing) => writing >= nearlyAll * mostWriting).length;
  return atMost >= fewestWaits && atMost >= besideWaits.length / 4;
}

/** What came since a moment. Of the times, those at `2 · n` are of n answers alone, at `2 · n + 1` of n beside reading. */
function differences(now: Float64Array, before: Float64Array): readonly Spent[] {
  const made: Spent[] = [];
  for (const [place, until] of now.entries()) {
    const ms = until - (before[place] ?? 0);
    if (ms > 0) made.push({ ms, writing: place >> 1, isReading: place % 2 === 1 });
  }
  return made;
}

function momentsOf(spans: readonly ServiceSpan[]): readonly Moment[] {
  const pace = paceOf(spans);
  const moments = spans.flatMap((span, index): Moment[] => {
    // When a whole answer's first token was there is guessed by the pace of streams.
    const firstAt = span.isStream ? span.firstAt : Math.max(span.startAt, span.endAt - (span.outputTokens - 1) * pace);
    const endAt = Math.max(span.endAt, firstAt);
    // Who ends makes room for who comes; an answer of one token alone ends behind its own first token.
    return [
      { at: span.startAt, kind: "arrives", rank: 1, span, index },
      { at: firstAt, kind: "first", rank: 2, span, index },
      { at: endAt, kind: "ends", rank: endAt > firstAt ? 0 : 3, span, index },
    ];
  });
  return moments.toSorted((one, other) => one.at - other.at || one.rank - other.rank);
}

/** Milliseconds per token of all streams together; 0 where there are none. */
function paceOf(spans: readonly ServiceSpan[]): number {
  let [ms, tokens] = [0, 0];
  for (const { isStream, firstAt, endAt, outputTokens } of spans) {
    if (!isStream) continue;
    ms += endAt - firstAt;
    tokens += outputTokens - 1;
  }
  return tokens > 0 ? ms / tokens : 0;
}
