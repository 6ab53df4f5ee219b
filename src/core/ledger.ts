import { ewma, peakEwma } from "../lib/ewma.ts";
import { isDeploymentFault } from "./failure-classes.ts";
import type { Outcome } from "./outcome.ts";

/**
 * The one home of the numbers that change per request: flat typed arrays, one row for each deployment, over one buffer.
 * Nothing else writes them.
 *
 * Requests and tokens per minute are counted over a rolling window in steps of one second. A step leaves the window at the
 * first full second after 60 s, so no span of 60 s ever holds more than a limit allows; the price is that a slot comes back up to
 * one second late.
 */

/** The span over which rpm and tpm hold. */
const windowSeconds = 60;
/** Buckets in a row's ring: the window, the second under way, and up to a power of two so that an index is one mask. */
const ringSize = 64;
const ringMask = ringSize - 1;

/** Columns of whole numbers in a row. */
const column = {
  inFlight: 0,
  outstandingTokens: 1,
  successes: 2,
  failures: 3,
  cancellations: 4,
  /** Sums over the ring. */
  requests: 5,
  tokens: 6,
  /** The newest second the ring was moved on to. */
  second: 7,
  firstTokenSamples: 8,
  perTokenSamples: 9,
  usageSamples: 10,
  requestRing: 12,
  tokenRing: 12 + ringSize,
} as const;
const rowLength = 12 + 2 * ringSize;

/** Columns of real numbers in a row. */
const real = {
  firstTokenMs: 0,
  msPerToken: 1,
  peakFirstTokenMs: 2,
  peakMsPerToken: 3,
  firstTokenMeasuredAt: 4,
  perTokenMeasuredAt: 5,
  failureRate: 6,
  tokensPerByte: 7,
  outputTokens: 8,
} as const;
const realRowLength = 9;

/** Four bytes of a request make about one token in English prose with OpenAI's encodings; replaced by what the provider reports. */
const initialTokensPerByte = 0.25;
/** The length of an answer before the first one was seen: about the mean of public chat traces (Azure 2023: 129 median, 211 mean). */
const initialOutputTokens = 211;
/** How slow a failure counts in the averages, so that failing fast never looks fast. Linkerd uses the same 5 s. */
const failurePenaltyMs = 5_000;
/** The same for time per token: 100 ms, several times a usual host's 10 to 30 ms. */
const failurePenaltyTokens = 50;
/** A peak fades within about this time. */
const peakDecayMs = 10_000;

/** What was set aside for one attempt; handed back to {@link Ledger.end}. */
export interface Reservation {
  readonly tokens: number;
  /** The window's second it was booked on. */
  readonly second: number;
}

export class Ledger {
  #ints = new Int32Array(0);
  #reals = new Float64Array(0);
  #rows = 0;
  readonly #rowById = new Map<string, number>();
  #latest = 0;

  /** The row of a deployment, made when it is new. A deployment that stays over a reload keeps its row and so its history. */
  rowFor(deploymentId: string): number {
    const known = this.#rowById.get(deploymentId);
    if (known !== undefined) return known;
    const row = this.#rows++;
    this.#grow(this.#rows);
    this.#rowById.set(deploymentId, row);
    const reals = row * realRowLength;
    this.#reals[reals + real.firstTokenMeasuredAt] = Number.NEGATIVE_INFINITY;
    this.#reals[reals + real.perTokenMeasuredAt] = Number.NEGATIVE_INFINITY;
    this.#reals[reals + real.tokensPerByte] = initialTokensPerByte;
    this.#reals[reals + real.outputTokens] = initialOutputTokens;
    return row;
  }

  /** How many rows there are; rows are numbered from 0. */
  get rows(): number {
    return this.#rows;
  }

  inFlight(row: number): number {
    return this.#int(row, column.inFlight);
  }

  outstandingTokens(row: number): number {
    return this.#int(row, column.outstandingTokens);
  }

  successes(row: number): number {
    return this.#int(row, column.successes);
  }

  failures(row: number): number {
    return this.#int(row, column.failures);
  }

  cancellations(row: number): number {
    return this.#int(row, column.cancellations);
  }

  /** The latest moment (ms) anybody named: what a strategy's look at the windows is dated, so that a pick reads the clock once. */
  get latest(): number {
    return this.#latest;
  }

  /** Names a moment; see {@link latest}. */
  observe(now: number): void {
    if (now > this.#latest) this.#latest = now;
  }

  /** Requests begun within the window that ends at `now` (ms). */
  usedRequests(row: number, now: number): number {
    this.#turn(row, now);
    return this.#int(row, column.requests);
  }

  /** Tokens reserved or used within the window that ends at `now` (ms). */
  usedTokens(row: number, now: number): number {
    this.#turn(row, now);
    return this.#int(row, column.tokens);
  }

  firstTokenMs(row: number): number | undefined {
    return this.#int(row, column.firstTokenSamples) === 0 ? undefined : this.#real(row, real.firstTokenMs);
  }

  msPerToken(row: number): number | undefined {
    return this.#int(row, column.perTokenSamples) === 0 ? undefined : this.#real(row, real.msPerToken);
  }

  peakFirstTokenMs(row: number): number | undefined {
    return this.#int(row, column.firstTokenSamples) === 0 ? undefined : this.#real(row, real.peakFirstTokenMs);
  }

  peakMsPerToken(row: number): number | undefined {
    return this.#int(row, column.perTokenSamples) === 0 ? undefined : this.#real(row, real.peakMsPerToken);
  }

  firstTokenMeasuredAt(row: number): number {
    return this.#real(row, real.firstTokenMeasuredAt);
  }

  perTokenMeasuredAt(row: number): number {
    return this.#real(row, real.perTokenMeasuredAt);
  }

  failureRate(row: number): number {
    return this.#real(row, real.failureRate);
  }

  /** How many tokens a request of so many bytes is likely to be, by what this deployment reported before. */
  estimatePromptTokens(row: number, requestBytes: number): number {
    return Math.ceil(requestBytes * this.#real(row, real.tokensPerByte));
  }

  /** How many tokens the answer is likely to have, never more than the caller's cap. */
  estimateOutputTokens(row: number, cap: number | undefined): number {
    const expected = Math.ceil(this.#real(row, real.outputTokens));
    return cap === undefined || expected < cap ? expected : cap;
  }

  /** Milliseconds from `now` until at most `target` requests of those in the window are left. */
  msUntilRequests(row: number, now: number, target: number): number {
    return this.#msUntil(row, now, column.requests, column.requestRing, target);
  }

  /** Milliseconds from `now` until at most `target` tokens of those in the window are left. */
  msUntilTokens(row: number, now: number, target: number): number {
    return this.#msUntil(row, now, column.tokens, column.tokenRing, target);
  }

  /** Books an attempt: one request, its expected tokens, one more in flight. */
  begin(row: number, now: number, tokens: number): Reservation {
    this.#turn(row, now);
    const base = row * rowLength;
    const second = this.#int(row, column.second);
    this.#add(base + column.inFlight, 1);
    this.#add(base + column.outstandingTokens, tokens);
    this.#add(base + column.requests, 1);
    this.#add(base + column.requestRing + (second & ringMask), 1);
    this.#bookTokens(base, second, tokens);
    return { tokens, second };
  }

  /**
   * Ends an attempt: the reservation gives way to what was really used, and the averages learn.
   * @param requestBytes Size of the request, to learn this deployment's tokens per byte.
   */
  end(row: number, now: number, reservation: Reservation, outcome: Outcome, requestBytes: number): void {
    this.#turn(row, now);
    const base = row * rowLength;
    this.#add(base + column.inFlight, -1);
    this.#add(base + column.outstandingTokens, -reservation.tokens);
    this.#settle(row, reservation, usedTokens(outcome, reservation));
    switch (outcome.kind) {
      case "success":
        this.#add(base + column.successes, 1);
        this.#learn(row, now, outcome, requestBytes);
        this.#learnFailure(row, 0);
        return;
      case "failure":
        if (!isDeploymentFault(outcome.error.code)) return;
        this.#add(base + column.failures, 1);
        this.#penalise(row, now, outcome.totalMs);
        this.#learnFailure(row, 1);
        return;
      case "cancelled":
        this.#add(base + column.cancellations, 1);
        return;
    }
  }

  #settle(row: number, reservation: Reservation, used: number): void {
    const difference = used - reservation.tokens;
    if (difference === 0) return;
    const base = row * rowLength;
    const newest = this.#int(row, column.second);
    // A reservation that has left the window took its tokens along; what came on top of it is booked where it was learned.
    if (newest - reservation.second <= windowSeconds) this.#bookTokens(base, reservation.second, difference);
    else if (difference > 0) this.#bookTokens(base, newest, difference);
  }

  #bookTokens(base: number, second: number, tokens: number): void {
    this.#add(base + column.tokens, tokens);
    this.#add(base + column.tokenRing + (second & ringMask), tokens);
  }

  #learn(row: number, now: number, outcome: Outcome & { kind: "success" }, requestBytes: number): void {
    const usage = outcome.usage;
    if (outcome.stream) this.#sampleFirstToken(row, now, outcome.firstTokenMs);
    // Without a token count the whole time stands for one token; a host that never counts is then compared with its like.
    else this.#samplePerToken(row, now, outcome.totalMs / Math.max(usage?.outputTokens ?? 1, 1));
    if (usage === undefined || requestBytes === 0) return;
    const at = row * realRowLength;
    const samples = this.#int(row, column.usageSamples);
    this.#reals[at + real.tokensPerByte] = ewma(this.#real(row, real.tokensPerByte), samples, usage.promptTokens / requestBytes);
    this.#reals[at + real.outputTokens] = ewma(this.#real(row, real.outputTokens), samples, usage.outputTokens);
    this.#add(row * rowLength + column.usageSamples, 1);
  }

  #penalise(row: number, now: number, totalMs: number): void {
    const penaltyMs = Math.max(totalMs, failurePenaltyMs);
    this.#sampleFirstToken(row, now, penaltyMs);
    this.#samplePerToken(row, now, penaltyMs / failurePenaltyTokens);
  }

  #sampleFirstToken(row: number, now: number, ms: number): void {
    this.#sample(row, now, ms, column.firstTokenSamples, real.firstTokenMs, real.peakFirstTokenMs, real.firstTokenMeasuredAt);
  }

  #samplePerToken(row: number, now: number, ms: number): void {
    this.#sample(row, now, ms, column.perTokenSamples, real.msPerToken, real.peakMsPerToken, real.perTokenMeasuredAt);
  }

  #sample(row: number, now: number, ms: number, count: number, mean: number, peak: number, measuredAt: number): void {
    const at = row * realRowLength;
    const samples = this.#int(row, count);
    const elapsedMs = now - this.#real(row, measuredAt);
    this.#reals[at + mean] = ewma(this.#real(row, mean), samples, ms);
    this.#reals[at + peak] = peakEwma(this.#real(row, peak), samples, ms, elapsedMs, peakDecayMs);
    this.#reals[at + measuredAt] = now;
    this.#add(row * rowLength + count, 1);
  }

  #learnFailure(row: number, failed: 0 | 1): void {
    const at = row * realRowLength + real.failureRate;
    const before = this.#real(row, real.failureRate);
    // Begins at 0 with the weight of one success, so that one early failure does not read as "always fails".
    this.#reals[at] = ewma(before, this.#int(row, column.successes) + this.#int(row, column.failures), failed);
  }

  #msUntil(row: number, now: number, sum: number, ring: number, target: number): number {
    this.#turn(row, now);
    const base = row * rowLength;
    const newest = this.#int(row, column.second);
    let left = this.#int(row, sum);
    for (let second = newest - windowSeconds; left > target && second <= newest; second++) {
      left -= this.#ints[base + ring + (second & ringMask)] ?? 0;
      if (left <= target) return (second + windowSeconds + 1) * 1_000 - now;
    }
    return 0;
  }

  /** Moves a row's ring on to the second of `now`, forgetting what has left the window. */
  #turn(row: number, now: number): void {
    const base = row * rowLength;
    const target = Math.floor(now / 1_000);
    const newest = this.#int(row, column.second);
    if (target <= newest) return;
    // After a long rest every bucket is emptied once, not once per second that went by.
    for (let second = Math.max(newest + 1, target - ringMask); second <= target; second++) this.#forget(base, second);
    this.#ints[base + column.second] = target;
  }

  /** Makes room for `second`: the buckets that leave the window with it, and its own. */
  #forget(base: number, second: number): void {
    this.#clear(base, (second - windowSeconds - 1) & ringMask);
    this.#clear(base, second & ringMask);
  }

  #clear(base: number, bucket: number): void {
    this.#add(base + column.requests, -(this.#ints[base + column.requestRing + bucket] ?? 0));
    this.#add(base + column.tokens, -(this.#ints[base + column.tokenRing + bucket] ?? 0));
    this.#ints[base + column.requestRing + bucket] = 0;
    this.#ints[base + column.tokenRing + bucket] = 0;
  }

  #grow(rows: number): void {
    if (rows * rowLength <= this.#ints.length) return;
    const capacity = Math.max(rows, 16, (this.#ints.length / rowLength) * 2);
    const realBytes = capacity * realRowLength * Float64Array.BYTES_PER_ELEMENT;
    const buffer = new ArrayBuffer(realBytes + capacity * rowLength * Int32Array.BYTES_PER_ELEMENT);
    const reals = new Float64Array(buffer, 0, capacity * realRowLength);
    const ints = new Int32Array(buffer, realBytes, capacity * rowLength);
    reals.set(this.#reals);
    ints.set(this.#ints);
    this.#reals = reals;
    this.#ints = ints;
  }

  #int(row: number, at: number): number {
    return this.#ints[row * rowLength + at] ?? 0;
  }

  #real(row: number, at: number): number {
    return this.#reals[row * realRowLength + at] ?? 0;
  }

  #add(index: number, amount: number): void {
    this.#ints[index] = (this.#ints[index] ?? 0) + amount;
  }
}

/** What an attempt cost: a failed one nothing, an abandoned one what was expected of it, since nobody heard the real number. */
function usedTokens(outcome: Outcome, reservation: Reservation): number {
  switch (outcome.kind) {
    case "success":
      return outcome.usage === undefined ? reservation.tokens : outcome.usage.promptTokens + outcome.usage.outputTokens;
    case "failure":
      return 0;
    case "cancelled":
      return reservation.tokens;
  }
}
