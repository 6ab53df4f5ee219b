import { ewma, peakEwma, quantileStep } from "../../lib/ewma.ts";
import { RollingCounters } from "../../lib/shared/rolling-counters.ts";
import { RowMemory, type RowAccess, type RowLayout, type RowShare } from "../../lib/shared/row-memory.ts";
import type { SharedLock } from "../../lib/shared/shared-lock.ts";
import { deploymentStates, type DeploymentState } from "../deployment-state.ts";
import { isDeploymentFault } from "../errors.ts";
import { policyClasses, type PolicyClass } from "../policy-class.ts";
import type { Outcome } from "../outcome.ts";
import type { Quota } from "../provider.ts";

/**
 * The one home of the numbers that change per request: flat typed arrays, one row for each deployment. Nothing else writes them. Threads
 * may share them: then each method is one step for the others, and {@link Ledger.lock} makes one step of several.
 */

/** The span over which rpm and tpm hold. */
const windowSeconds = 60;

/** One count of failures for each class that a policy can bound, and one for all that no policy does. */
const failureSlots = policyClasses.length + 1;

/** Columns of whole numbers in a row. */
const column = {
  inFlight: 0,
  outstandingTokens: 1,
  successes: 2,
  failures: 3,
  cancellations: 4,
  firstTokenSamples: 5,
  perTokenSamples: 6,
  usageSamples: 7,
  /** 1 from the moment a deployment is benched until a probe has shown that it is well again. */
  coolingDown: 8,
  /** Probes under way. */
  probing: 9,
  /** 1 once a deployment was benched, was not active, or its provider spoke of its limits: all others need no look at any of it. */
  watched: 10,
  /** What an operator has made of it: an index into {@link deploymentStates}. */
  state: 11,
  /** Failures by class since their count began, then the second in which it began. */
  failCounts: 12,
  failSince: 12 + failureSlots,
} as const;
const rowLength = 12 + 2 * failureSlots;

/** What is counted over the rolling window. */
const rolling = { requests: 0, promptTokens: 1, outputTokens: 2, outcomes: 3, failures: 4, repeats: 5 } as const;

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
  cooldownUntil: 9,
  recoveredAt: 10,
  /** What the provider said is left, less what was sent since, and until when that holds. */
  quotaRequests: 11,
  quotaRequestsUntil: 12,
  quotaTokens: 13,
  quotaTokensUntil: 14,
  /** The time in which 95 of 100 calls have their first content, or their whole reply. */
  lateMs: 15,
  /** When the latest probe began. */
  probedAt: 16,
} as const;
const realRowLength = 17;

/** What of a row is one thread's doing, and gone with it. */
const own = { inFlight: 0, outstandingTokens: 1, probing: 2 } as const;
const ownLength = 3;

const rollingKinds = Object.keys(rolling).length;

const layout: RowLayout = {
  ints: [rowLength, ...RollingCounters.rowLengths(rollingKinds)],
  reals: [realRowLength],
  own: ownLength,
};

/** Four bytes of a request make about one token in English prose with OpenAI's encodings; replaced by what the provider reports. */
const initialTokensPerByte = 0.25;
/** The length of an answer before the first one was seen: about the mean of public chat traces (Azure 2023: 129 median, 211 mean). */
const initialOutputTokens = 211;
/** How slow a failure counts in the averages, so that failing fast never looks fast. Linkerd uses the same 5 s. */
const failurePenaltyMs = 5_000;
/** The same for time per token: 100 ms, several times a usual host's 10 to 30 ms. */
const failurePenaltyTokens = 50;
/** Successes before a quantile of them is believed. */
const fewestForQuantile = 20;
/** A peak fades within about this time. */
const peakDecayMs = 10_000;

/** What was set aside for one attempt; handed back to {@link Ledger.end}. */
export interface Reservation {
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** The window's second it was booked on. */
  readonly second: number;
  /** Whether the attempt is to show that a benched deployment is well again. */
  readonly probe: boolean;
}

export class Ledger {
  readonly #memory: RowMemory;
  readonly #lock: SharedLock | undefined;
  #ints: Int32Array = new Int32Array(0);
  readonly #rolling: RollingCounters;
  #reals: Float64Array = new Float64Array(0);
  #own: Float64Array | undefined;
  #latest = 0;

  /** @param access To rows that are shared between threads; undefined: they are this thread's alone. */
  constructor(access?: RowAccess) {
    this.#memory = new RowMemory(layout, access);
    this.#lock = access?.lock;
    this.#rolling = new RollingCounters(rollingKinds, windowSeconds, access?.lock);
    this.#useArrays();
  }

  /** Memory for ledgers on so many threads. */
  static share(threads: number): RowShare {
    return RowMemory.share(layout, threads);
  }

  /** Until {@link unlock}, no other thread comes in between: what was looked at is still so when it is booked. May be nested. */
  lock(): void {
    this.#lock?.lock();
  }

  unlock(): void {
    this.#lock?.unlock();
  }

  /** The row of a deployment, made when it is new. A deployment that stays over a reload keeps its row and so its history. */
  rowFor(deploymentId: string): number {
    const row = this.#memory.rowOf(deploymentId, (fresh) => {
      this.#makeRoom(fresh);
      const reals = fresh * realRowLength;
      this.#reals[reals + real.firstTokenMeasuredAt] = Number.NEGATIVE_INFINITY;
      this.#reals[reals + real.perTokenMeasuredAt] = Number.NEGATIVE_INFINITY;
      this.#reals[reals + real.recoveredAt] = Number.NEGATIVE_INFINITY;
      this.#reals[reals + real.tokensPerByte] = initialTokensPerByte;
      this.#reals[reals + real.outputTokens] = initialOutputTokens;
    });
    // Another thread may have made it.
    this.#makeRoom(row);
    return row;
  }

  /** A thread has died: what it had under way is not. What it used stays used, as with a call whose caller has gone. */
  forget(thread: number): void {
    this.lock();
    this.#makeRoom(this.rows - 1);
    const left = this.#memory.ownWithout(thread);
    for (let row = 0; row < this.rows; row++) {
      const [inFlight = 0, outstandingTokens = 0, probing = 0] = left.subarray(row * ownLength, (row + 1) * ownLength);
      const base = row * rowLength;
      this.#ints[base + column.inFlight] = inFlight;
      this.#ints[base + column.outstandingTokens] = outstandingTokens;
      this.#ints[base + column.probing] = probing;
    }
    this.unlock();
  }

  /** How many rows there are; rows are numbered from 0. */
  get rows(): number {
    return this.#memory.count;
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

  state(row: number): DeploymentState {
    return deploymentStates[this.#int(row, column.state)] ?? "active";
  }

  /** Live like a cooldown: it counts for calls under way too, whichever table they began with. */
  setState(row: number, state: DeploymentState): void {
    this.#lock?.lock();
    this.#ints[row * rowLength + column.state] = deploymentStates.indexOf(state);
    if (state !== "active") this.#ints[row * rowLength + column.watched] = 1;
    this.#lock?.unlock();
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
    return this.#rolling.sum(row, rolling.requests, now);
  }

  /** Tokens reserved or used within the window that ends at `now` (ms). */
  usedTokens(row: number, now: number): number {
    return this.#rolling.sum(row, rolling.promptTokens, now) + this.#rolling.latest(row, rolling.outputTokens);
  }

  usedPromptTokens(row: number, now: number): number {
    return this.#rolling.sum(row, rolling.promptTokens, now);
  }

  usedOutputTokens(row: number, now: number): number {
    return this.#rolling.sum(row, rolling.outputTokens, now);
  }

  /** Attempts within the window that said something about the deployment: those that succeeded, and those that failed by its fault. */
  recentOutcomes(row: number, now: number): number {
    return this.#rolling.sum(row, rolling.outcomes, now);
  }

  recentFailures(row: number, now: number): number {
    return this.#rolling.sum(row, rolling.failures, now);
  }

  /** Requests begun within the last `seconds` whole seconds and the one under way. */
  requestsWithin(row: number, now: number, seconds: number): number {
    return this.#rolling.sumWithin(row, rolling.requests, now, seconds);
  }

  /** Second and later tries of one call on this deployment, as {@link requestsWithin}. */
  repeatsWithin(row: number, now: number, seconds: number): number {
    return this.#rolling.sumWithin(row, rolling.repeats, now, seconds);
  }

  /** Whether {@link state}, {@link isCoolingDown}, {@link recoveredAt} and the provider's word on its limits are worth a look. */
  isWatched(row: number): boolean {
    return this.#int(row, column.watched) === 1;
  }

  /** Takes down what the provider says of its own limits. */
  noteQuota(row: number, now: number, quota: Quota): void {
    this.#lock?.lock();
    const at = row * realRowLength;
    this.#ints[row * rowLength + column.watched] = 1;
    if (quota.requests !== undefined) {
      this.#reals[at + real.quotaRequests] = quota.requests.left;
      this.#reals[at + real.quotaRequestsUntil] = now + quota.requests.resetMs;
    }
    if (quota.tokens !== undefined) {
      this.#reals[at + real.quotaTokens] = quota.tokens.left;
      this.#reals[at + real.quotaTokensUntil] = now + quota.tokens.resetMs;
    }
    this.#lock?.unlock();
  }

  /** Until when the provider has no more requests for us, by its own word; 0 when it has. */
  requestsSpentUntil(row: number, now: number): number {
    const until = this.#real(row, real.quotaRequestsUntil);
    return now < until && this.#real(row, real.quotaRequests) < 1 ? until : 0;
  }

  /** The same for tokens. */
  tokensSpentUntil(row: number, now: number): number {
    const until = this.#real(row, real.quotaTokensUntil);
    return now < until && this.#real(row, real.quotaTokens) < 1 ? until : 0;
  }

  /** Counts a try of a call on a deployment that has failed it before. */
  countRepeat(row: number, now: number): void {
    this.#lock?.lock();
    this.#rolling.add(row, rolling.repeats, this.#rolling.turn(row, now), 1);
    this.#lock?.unlock();
  }

  /**
   * Counts a failure that is bounded in number.
   * @param policyClass The class that has a bound of its own; undefined: counted with all others.
   * @returns How many there were within `spanMs`, this one included.
   */
  countFailure(row: number, now: number, policyClass: PolicyClass | undefined, spanMs: number): number {
    this.#lock?.lock();
    const slot = policyClass === undefined ? policyClasses.length : policyClasses.indexOf(policyClass);
    const at = row * rowLength + column.failCounts + slot;
    const since = row * rowLength + column.failSince + slot;
    const second = Math.floor(now / 1_000);
    if ((this.#ints[at] ?? 0) === 0 || second - (this.#ints[since] ?? 0) > spanMs / 1_000) {
      this.#ints[at] = 0;
      this.#ints[since] = second;
    }
    this.#add(at, 1);
    const failures = this.#ints[at] ?? 0;
    this.#lock?.unlock();
    return failures;
  }

  /** Benches a deployment. A bench that lasts longer than this one stays as it is. */
  startCooldown(row: number, until: number): void {
    this.#lock?.lock();
    const base = row * rowLength;
    const known = this.isCoolingDown(row) ? this.cooldownUntil(row) : Number.NEGATIVE_INFINITY;
    this.#ints[base + column.coolingDown] = 1;
    this.#ints[base + column.watched] = 1;
    this.#reals[row * realRowLength + real.cooldownUntil] = Math.max(until, known);
    for (let index = 0; index < failureSlots; index++) this.#ints[base + column.failCounts + index] = 0;
    this.#lock?.unlock();
  }

  /** Ends a bench without a probe, and forgets what led to it. @returns Whether there was one. */
  endCooldown(row: number): boolean {
    this.#lock?.lock();
    const was = this.isCoolingDown(row);
    this.#ints[row * rowLength + column.coolingDown] = 0;
    for (let index = 0; index < failureSlots; index++) this.#ints[row * rowLength + column.failCounts + index] = 0;
    this.#lock?.unlock();
    return was;
  }

  /** Whether a deployment is benched, or was and has not yet shown that it is well. */
  isCoolingDown(row: number): boolean {
    return this.#int(row, column.coolingDown) === 1;
  }

  isProbing(row: number): boolean {
    return this.#int(row, column.probing) > 0;
  }

  /** When the latest probe began; only meaningful while there is one. */
  probedAt(row: number): number {
    return this.#real(row, real.probedAt);
  }

  /** The end of the bench, on the router's clock; only meaningful for a benched deployment. */
  cooldownUntil(row: number): number {
    return this.#real(row, real.cooldownUntil);
  }

  /** When its last bench was lifted by a success; -Infinity when it never was. */
  recoveredAt(row: number): number {
    return this.#real(row, real.recoveredAt);
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

  /** The time in which 95 of 100 calls have their first content, or their whole reply; undefined before enough of them were seen. */
  lateMs(row: number): number | undefined {
    return this.#int(row, column.successes) < fewestForQuantile ? undefined : this.#real(row, real.lateMs);
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
    return this.#rolling.msUntil(row, [rolling.requests], now, target);
  }

  /** Milliseconds from `now` until at most `target` tokens of those in the window are left. */
  msUntilTokens(row: number, now: number, target: number): number {
    return this.#rolling.msUntil(row, [rolling.promptTokens, rolling.outputTokens], now, target);
  }

  msUntilPromptTokens(row: number, now: number, target: number): number {
    return this.#rolling.msUntil(row, [rolling.promptTokens], now, target);
  }

  msUntilOutputTokens(row: number, now: number, target: number): number {
    return this.#rolling.msUntil(row, [rolling.outputTokens], now, target);
  }

  /** Books an attempt: one request, its expected tokens, one more in flight. On a benched deployment it is the probe. */
  begin(row: number, now: number, promptTokens: number, outputTokens: number): Reservation {
    this.#lock?.lock();
    const second = this.#rolling.turn(row, now);
    const probe = this.isCoolingDown(row);
    this.#addOwn(row, column.inFlight, own.inFlight, 1);
    this.#addOwn(row, column.outstandingTokens, own.outstandingTokens, promptTokens + outputTokens);
    if (probe) {
      this.#addOwn(row, column.probing, own.probing, 1);
      this.#reals[row * realRowLength + real.probedAt] = now;
    }
    this.#reals[row * realRowLength + real.quotaRequests] = this.#real(row, real.quotaRequests) - 1;
    this.#reals[row * realRowLength + real.quotaTokens] = this.#real(row, real.quotaTokens) - promptTokens - outputTokens;
    this.#rolling.add(row, rolling.requests, second, 1);
    this.#rolling.add(row, rolling.promptTokens, second, promptTokens);
    this.#rolling.add(row, rolling.outputTokens, second, outputTokens);
    this.#lock?.unlock();
    return { promptTokens, outputTokens, second, probe };
  }

  /**
   * Ends an attempt: the reservation gives way to what was really used, and the averages learn.
   * @param requestBytes Size of the request, to learn this deployment's tokens per byte.
   */
  end(row: number, now: number, reservation: Reservation, outcome: Outcome, requestBytes: number): void {
    this.#lock?.lock();
    this.#end(row, now, reservation, outcome, requestBytes);
    this.#lock?.unlock();
  }

  #end(row: number, now: number, reservation: Reservation, outcome: Outcome, requestBytes: number): void {
    const second = this.#rolling.turn(row, now);
    const base = row * rowLength;
    this.#addOwn(row, column.inFlight, own.inFlight, -1);
    this.#addOwn(row, column.outstandingTokens, own.outstandingTokens, -reservation.promptTokens - reservation.outputTokens);
    if (reservation.probe) this.#addOwn(row, column.probing, own.probing, -1);
    this.#settle(row, reservation, outcome);
    switch (outcome.kind) {
      case "success":
        this.#add(base + column.successes, 1);
        this.#rolling.add(row, rolling.outcomes, second, 1);
        this.noteContent(row, now, reservation);
        this.#learn(row, now, outcome, requestBytes);
        this.#learnFailure(row, 0);
        return;
      case "failure":
        if (!isDeploymentFault(outcome.error.code)) return;
        this.#add(base + column.failures, 1);
        this.#rolling.add(row, rolling.outcomes, second, 1);
        this.#rolling.add(row, rolling.failures, second, 1);
        this.#penalise(row, now, outcome.totalMs);
        this.#learnFailure(row, 1);
        return;
      case "cancelled":
        this.#add(base + column.cancellations, 1);
        return;
    }
  }

  /** What was set aside gives way to what was used. A failed attempt cost nothing; of an abandoned or a cut one nobody heard the number. */
  #settle(row: number, reservation: Reservation, outcome: Outcome): void {
    switch (outcome.kind) {
      case "success":
        if (outcome.usage === undefined) return;
        this.#rolling.adjust(row, rolling.promptTokens, reservation.second, outcome.usage.promptTokens - reservation.promptTokens);
        this.#rolling.adjust(row, rolling.outputTokens, reservation.second, outcome.usage.outputTokens - reservation.outputTokens);
        return;
      case "failure":
        if (outcome.begun) return;
        this.#rolling.adjust(row, rolling.promptTokens, reservation.second, -reservation.promptTokens);
        this.#rolling.adjust(row, rolling.outputTokens, reservation.second, -reservation.outputTokens);
        return;
      case "cancelled":
        return;
    }
  }

  /** First content, or a whole reply: of a probe it shows that the deployment is well. */
  noteContent(row: number, now: number, reservation: Reservation): void {
    this.#lock?.lock();
    if (reservation.probe && this.isCoolingDown(row) && now >= this.cooldownUntil(row)) this.#recover(row, now);
    this.#lock?.unlock();
  }

  /** Only a probe speaks for a benched deployment: an answer to a call from before the bench says nothing of the time after it. */
  #recover(row: number, now: number): void {
    this.#ints[row * rowLength + column.coolingDown] = 0;
    this.#reals[row * realRowLength + real.recoveredAt] = now;
  }

  #learn(row: number, now: number, outcome: Outcome & { kind: "success" }, requestBytes: number): void {
    const usage = outcome.usage;
    const late = row * realRowLength + real.lateMs;
    this.#reals[late] = quantileStep(this.#real(row, real.lateMs), this.#int(row, column.successes) - 1, outcome.firstTokenMs, 0.95);
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

  #makeRoom(row: number): void {
    if (this.#memory.ensure(row + 1)) this.#useArrays();
  }

  #useArrays(): void {
    const { ints, reals, own: ours } = this.#memory;
    const [columns = this.#ints, heads = this.#ints, rings = this.#ints] = ints;
    this.#ints = columns;
    this.#reals = reals[0] ?? this.#reals;
    this.#own = ours;
    this.#rolling.use(heads, rings);
  }

  #int(row: number, at: number): number {
    return this.#ints[row * rowLength + at] ?? 0;
  }

  #real(row: number, at: number): number {
    return this.#reals[row * realRowLength + at] ?? 0;
  }

  /** Adds to what is under way. */
  #addOwn(row: number, at: number, ownAt: number, amount: number): void {
    this.#add(row * rowLength + at, amount);
    if (this.#own !== undefined) this.#own[row * ownLength + ownAt] = (this.#own[row * ownLength + ownAt] ?? 0) + amount;
  }

  #add(index: number, amount: number): void {
    this.#ints[index] = (this.#ints[index] ?? 0) + amount;
  }
}
