import type { ErrorCode } from "../errors.ts";
import type { Outcome } from "../outcome.ts";
import { real, realsPerRow, type RowArrays } from "./ledger-rows.ts";

/**
 * The limit of calls under way that a deployment with `max_parallel_requests: auto` has: learned from its own times. Both the time to first content,
 * for each token of the prompt, and the pace of an answer are compared with what they are when little is under way. While they are within a few
 * times of that, and the limit is used, it grows; beyond, it shrinks by as much as they are too slow. The caller holds the rows' lock.
 */

/** The limit that a deployment begins with, and the least. */
const firstLimit = 8;
const leastLimit = 4;
/** No deployment needs more. */
const mostLimit = 100_000;

/** What a prompt costs beside its tokens, in tokens. */
const promptOverhead = 500;
/** How much slower than when little is under way is well: batches share a processor. */
const slowFirst = 4;
const slowPace = 4;
/** What is quick enough whatever it is compared with. */
const quickFirstMs = 750;
const quickPaceMs = 50;

/** The weight of a new sample: the last twenty count. */
const weight = 0.1;
/** What one step back keeps at least. */
const deepestCut = 0.85;
/** Between two steps back, what was sent before the first one comes to its end. */
const leastPauseMs = 1_000;
/** A time of when little is under way is believed so much longer with each slower one: a host that was moved to slower machines is not held to the old ones. */
const forgetting = 0.01;

/** Whether a row's limit is learned. */
export function isAuto({ reals }: RowArrays, row: number): boolean {
  return (reals[row * realsPerRow + real.autoLimit] ?? 0) > 0;
}

/** Begins to learn, or goes on; or learns no longer. */
export function setAuto(arrays: RowArrays, row: number, isLearned: boolean): void {
  const { reals } = arrays;
  const at = row * realsPerRow;
  if (!isLearned) reals[at + real.autoLimit] = 0;
  if (!isLearned || isAuto(arrays, row)) return;
  reals[at + real.autoLimit] = firstLimit;
  reals[at + real.autoStrain] = 0;
  reals[at + real.autoCutAt] = Number.NEGATIVE_INFINITY;
  reals[at + real.quietFirst] = 0;
  reals[at + real.quietPace] = 0;
}

/** What was seen of a deployment. */
interface Seen {
  readonly row: number;
  readonly now: number;
  /** Attempts under way. */
  readonly inFlight: number;
}

/** Learns from an answer's first content. @param ms Since the request was sent. */
export function learnFirst({ reals }: RowArrays, { row, now, inFlight }: Seen, ms: number, promptTokens: number): void {
  const at = row * realsPerRow;
  const work = promptTokens + promptOverhead;
  const quiet = quietTime(reals, at + real.quietFirst, ms / work, isQuiet(reals, at, inFlight));
  strain(reals, at, ms / Math.max(slowFirst * quiet * work, quickFirstMs), { row, now, inFlight }, ms);
}

/** Learns from the end of an attempt. */
export function learnEnd(arrays: RowArrays, seen: Seen, outcome: Outcome, promptTokens: number): void {
  if (outcome.kind === "failure") {
    if (outcome.isBlameless !== true && overloads.has(outcome.error.code)) learnRefused(arrays, seen);
    return;
  }
  if (outcome.kind !== "success") return;
  const { firstTokenMs, totalMs, stream, usage } = outcome;
  const tokens = usage?.outputTokens ?? 0;
  // All of a unary answer comes at once, and its tokens are so much more to do.
  if (!stream) learnFirst(arrays, seen, totalMs, promptTokens + tokens * promptTokensPerOutput);
  else if (tokens >= fewestForPace) learnPace(arrays, seen, (totalMs - firstTokenMs) / (tokens - 1));
}

/** Failures of a deployment that has too much to do. */
const overloads: ReadonlySet<ErrorCode> = new Set(["upstream_rate_limited", "upstream_overloaded", "upstream_timeout"]);
/** An answer of fewer tokens tells no pace. */
const fewestForPace = 16;
/** A token of an answer takes about as long as so many of a prompt. */
const promptTokensPerOutput = 20;

/** Learns from the pace of an answer. @param msPerToken After its first one. */
function learnPace({ reals }: RowArrays, { row, now, inFlight }: Seen, msPerToken: number): void {
  const at = row * realsPerRow;
  const quiet = quietTime(reals, at + real.quietPace, msPerToken, isQuiet(reals, at, inFlight));
  const ratio = msPerToken / Math.max(slowPace * quiet, quickPaceMs);
  // A pace within bounds says nothing of the wait for first content.
  if (ratio > 1) strain(reals, at, ratio, { row, now, inFlight }, 0);
}

/** Learns that a deployment refused, or was too late, for all that is under way there. */
function learnRefused({ reals }: RowArrays, { row, now }: Seen): void {
  cut(reals, row * realsPerRow, now, 1 / deepestCut, 0);
}

/** Whether so little is under way that its times are those of a deployment at rest. */
function isQuiet(reals: Float64Array, at: number, inFlight: number): boolean {
  return inFlight <= Math.max(2, (reals[at + real.autoLimit] ?? 0) / 8);
}

/** @returns The time at rest after one more sample. */
function quietTime(reals: Float64Array, index: number, sample: number, isAtRest: boolean): number {
  const known = reals[index] ?? 0;
  if (known <= 0) return (reals[index] = sample);
  if (!isAtRest) return known;
  return (reals[index] = sample < known ? known + (sample - known) * 0.5 : known * (1 + Math.min(forgetting, sample / known - 1)));
}

function strain(reals: Float64Array, at: number, ratio: number, { now, inFlight }: Seen, ms: number): void {
  const before = reals[at + real.autoStrain] ?? 0;
  const mean = before + (Math.min(ratio, mostRatio) - before) * weight;
  reals[at + real.autoStrain] = mean;
  const limit = reals[at + real.autoLimit] ?? 0;
  if (mean > 1) cut(reals, at, now, mean, ms);
  else if (inFlight + 1 > limit * 0.75) reals[at + real.autoLimit] = Math.min(limit + growth(reals, at, limit), mostLimit);
}

/** One call that is very late is no more than that. */
const mostRatio = 4;

/** By one with each answer until the first step back; then so that many answers make the square root of the limit. */
function growth(reals: Float64Array, at: number, limit: number): number {
  return reals[at + real.autoCutAt] === Number.NEGATIVE_INFINITY ? 1 : 1 / Math.sqrt(limit);
}

function cut(reals: Float64Array, at: number, now: number, ratio: number, ms: number): void {
  if (now - (reals[at + real.autoCutAt] ?? 0) < Math.max(leastPauseMs, ms)) return;
  reals[at + real.autoCutAt] = now;
  reals[at + real.autoStrain] = Math.min(reals[at + real.autoStrain] ?? 0, 1);
  reals[at + real.autoLimit] = Math.max((reals[at + real.autoLimit] ?? 0) * Math.max(1 / ratio, deepestCut), leastLimit);
}
