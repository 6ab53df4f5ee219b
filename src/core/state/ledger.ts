import type { Clock } from "../../lib/clock.ts";
import { type DailyTime, shortestDayMs } from "../../lib/daily-time.ts";
import { deploymentStates, type DeploymentState } from "../deployment-state.ts";
import { errorCodes, isDeploymentFault, type RouterError } from "../errors.ts";
import { policyClasses, type PolicyClass } from "../policy-class.ts";
import type { Outcome, TokenCounts } from "../outcome.ts";
import type { Quota } from "../provider.ts";
import { isAuto, learnEnd, learnFirst, setAuto } from "./auto-limit.ts";
import { noteRequests, noteTokens } from "./told-quota.ts";
import type { LeaseSignals } from "./lease-signals.ts";
import { bookAttempt, bookTokens, settleTokens } from "./lease-booking.ts";
import { learnFailure, learnSuccess } from "./ledger-averages.ts";
import { column, failureSlots, own, real, realsPerRow, rolling } from "./ledger-rows.ts";
import { type LedgerAccess, LedgerView } from "./ledger-view.ts";
import { type AttemptRows, type BegunAttempt, type ExpectedTokens, noteCounted, type Reservation } from "./reservation.ts";

/**
 * The numbers that change per request, one row for each deployment; nothing else writes them. Threads may share them: then each method is one
 * step for the others, and {@link Ledger.lock} makes one step of several. Moments (`now`, `until`) are milliseconds on the router's clock.
 */
export class Ledger extends LedgerView {
  #latest = 0;
  readonly #clock: Pick<Clock, "wallTime">;

  /**
   * @param access To rows that threads share. Omit it for rows of this thread alone.
   * @param clock Tells when a day ends. Omit it where nothing is limited by days.
   * @param signals Of leases. Omit them where no limit is shared with other nodes.
   */
  constructor(access?: LedgerAccess, clock: Pick<Clock, "wallTime"> = { wallTime: () => 0 }, signals?: LeaseSignals) {
    super(access, signals);
    this.#clock = clock;
  }

  /** Until {@link unlock}, no other thread comes in between: what was read is still so when it is reserved. May be nested. */
  lock(): void {
    this.sharedLock?.lock();
  }

  unlock(): void {
    this.sharedLock?.unlock();
  }

  /** Counts requests of a key whose bodies are coming, or are no longer. */
  addPlaces(row: number, amount: 1 | -1): void {
    this.sharedLock?.lock();
    try {
      this.addOwn(row, column.places, own.places, amount);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  /** Adds to the work that a deployment is seen to have before it, or takes from it. Whole numbers of tokens. */
  addWork(row: number, promptTokens: number, restTokens: number): void {
    this.sharedLock?.lock();
    try {
      if (promptTokens !== 0) this.addOwn(row, column.waitingPrompt, own.waitingPrompt, promptTokens);
      if (restTokens !== 0) this.addOwn(row, column.restTokens, own.restTokens, restTokens);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  /** Drops what a thread that has died had in flight. What it used stays used, as for a call whose caller has gone. */
  forget(thread: number): void {
    this.sharedLock?.lock();
    try {
      this.dropOwn(thread);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  /** Takes effect at once, like a cooldown, also for calls in flight, whichever table they began with. */
  setState(row: number, state: DeploymentState): void {
    this.sharedLock?.lock();
    try {
      this.setInt(row, column.state, deploymentStates.indexOf(state));
      if (state !== "active") this.setInt(row, column.watched, 1);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  /** Has the number of attempts that may be under way learned from now on, or no longer. */
  learnLimit(row: number, isLearned: boolean): void {
    this.sharedLock?.lock();
    try {
      setAuto(this.arrays, row, isLearned);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  /** The latest moment that was named. A strategy's look at the windows is dated by it, so that a pick reads the clock once. */
  get latest(): number {
    return this.#latest;
  }

  /** Names a moment; see {@link latest}. */
  observe(now: number): void {
    if (now > this.#latest) this.#latest = now;
  }

  /**
   * Notes what the provider says of its own limits, for all deployments that share them.
   * @param row As `RoutedDeployment.quotaRow`.
   * @param longestMs How long a spent limit is believed.
   */
  noteQuota(row: number, now: number, { requests, tokens }: Quota, longestMs = Number.POSITIVE_INFINITY): void {
    this.sharedLock?.lock();
    try {
      this.setInt(row, column.watched, 1);
      if (requests !== undefined) noteRequests(this.arrays, row, now, requests, longestMs);
      if (tokens !== undefined) noteTokens(this.arrays, row, now, tokens, longestMs);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  /**
   * Begins a new day where the present one has ended. When it ends is known from its beginning, so that a clock which is set ends none early
   * or late.
   */
  turnDay(row: number, now: number, resets: DailyTime): void {
    if (now < this.dayUntil(row)) return;
    this.sharedLock?.lock();
    try {
      const before = this.dayUntil(row);
      if (now < before) return;
      const wallTime = this.#clock.wallTime();
      let restMs = resets.msUntilNext(wallTime);
      if (before > 0 && now + restMs - before < shortestDayMs) restMs += resets.msUntilNext(wallTime + restMs);
      this.setReal(row, real.dayRequests, 0);
      this.setReal(row, real.dayTokens, 0);
      this.setReal(row, real.dayUntil, now + restMs);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  /** Counts a try of a call on a deployment that has failed it before. */
  countRepeat(row: number, now: number): void {
    this.sharedLock?.lock();
    try {
      this.window.add(row, rolling.repeats, this.window.turn(row, now), 1);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  /**
   * Counts a failure that is bounded in number.
   * @param policyClass The class that has a bound of its own. Undefined when the failure counts with all others.
   * @returns How many there were within `spanMs`, this one included.
   */
  countFailure(row: number, now: number, policyClass: PolicyClass | undefined, spanMs: number): number {
    this.sharedLock?.lock();
    try {
      const slot = policyClass === undefined ? policyClasses.length : policyClasses.indexOf(policyClass);
      const [count, since] = [column.failCounts + slot, column.failSince + slot];
      const second = Math.floor(now / 1_000);
      if (this.int(row, count) === 0 || second - this.int(row, since) > spanMs / 1_000) {
        this.setInt(row, count, 0);
        this.setInt(row, since, second);
      }
      this.add(row, count, 1);
      return this.int(row, count);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  /**
   * Counts a refusal because a quota is used up.
   * @returns How many there were since the latest success, this one included.
   */
  countQuotaRefusal(row: number): number {
    this.sharedLock?.lock();
    try {
      this.add(row, column.quotaRefusals, 1);
      return this.int(row, column.quotaRefusals);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  /**
   * Counts a caller who gave up on an attempt that was late.
   * @param startedAt When the attempt began.
   * @returns How many there were in a row; 0 where the deployment has answered anybody since the attempt began.
   */
  countAbandoned(row: number, startedAt: number): number {
    this.sharedLock?.lock();
    try {
      if (this.real(row, real.contentAt) > startedAt) return 0;
      this.add(row, column.abandoned, 1);
      return this.int(row, column.abandoned);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  /**
   * Starts a cooldown. One that lasts longer than `until` stays as it is.
   * @param error What it begins with. Omit it where that is not known.
   */
  startCooldown(row: number, until: number, error?: RouterError): void {
    this.sharedLock?.lock();
    try {
      const known = this.isCoolingDown(row) ? this.cooldownUntil(row) : Number.NEGATIVE_INFINITY;
      this.setInt(row, column.coolingDown, 1);
      this.setInt(row, column.watched, 1);
      this.setReal(row, real.cooldownUntil, Math.max(until, known));
      this.setInt(row, column.cooldownCause, error === undefined ? 0 : errorCodes.indexOf(error.code) + 1);
      if (error === undefined) this.cooldownTexts.delete(row);
      else this.cooldownTexts.set(row, error.message);
      this.#forgetFailures(row);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  /** Ends a cooldown without a probe, and forgets what led to it. @returns Whether there was one. */
  endCooldown(row: number): boolean {
    this.sharedLock?.lock();
    try {
      const was = this.isCoolingDown(row);
      this.setInt(row, column.coolingDown, 0);
      this.#forgetFailures(row);
      return was;
    } finally {
      this.sharedLock?.unlock();
    }
  }

  #forgetFailures(row: number): void {
    for (let slot = 0; slot < failureSlots; slot++) this.setInt(row, column.failCounts + slot, 0);
  }

  /** Reserves an attempt: one request, its expected tokens, one more in flight. On a deployment that cools down it is the probe. */
  begin(row: number, now: number, promptTokens: number, outputTokens: number, answers = 1): Reservation {
    return this.beginFor({ row, quotaRow: row }, row, now, { prompt: promptTokens, output: outputTokens }, answers);
  }

  /** The same. @param rows Of a deployment. @param healthRow The row of the deployment's health for what is asked, which may be another one. */
  beginFor({ row, quotaRow }: AttemptRows, healthRow: number, now: number, tokens: ExpectedTokens, answers: number): Reservation {
    const { prompt: promptTokens, output: outputTokens } = tokens;
    this.sharedLock?.lock();
    try {
      const { reals, window } = this;
      const second = window.turn(row, now);
      const probe = this.isCoolingDown(healthRow);
      const at = row * realsPerRow;
      this.addOwn(row, column.inFlight, own.inFlight, 1);
      this.addOwn(row, column.outstandingTokens, own.outstandingTokens, promptTokens + outputTokens);
      if (probe) {
        this.addOwn(healthRow, column.probing, own.probing, 1);
        reals[healthRow * realsPerRow + real.probedAt] = now;
      }
      const told = quotaRow * realsPerRow;
      reals[told + real.quotaRequests] = (reals[told + real.quotaRequests] ?? 0) - 1;
      reals[told + real.quotaTokens] = (reals[told + real.quotaTokens] ?? 0) - promptTokens - outputTokens;
      window.add(row, rolling.requests, second, 1);
      window.add(row, rolling.promptTokens, second, promptTokens);
      window.add(row, rolling.outputTokens, second, outputTokens);
      reals[at + real.dayRequests] = (reals[at + real.dayRequests] ?? 0) + 1;
      reals[at + real.dayTokens] = (reals[at + real.dayTokens] ?? 0) + promptTokens + outputTokens;
      if (this.leases !== undefined) bookAttempt(this.leases, row, promptTokens, outputTokens);
      const reservation = { promptTokens, outputTokens, answers, second, probe, dayUntil: this.dayUntil(row) };
      return healthRow === row ? reservation : { ...reservation, healthRow };
    } finally {
      this.sharedLock?.unlock();
    }
  }

  /** Counts a part of what an attempt uses while it goes on: in the present minute, and no more at its end. */
  count(row: number, now: number, reservation: Reservation, { promptTokens, outputTokens }: TokenCounts): void {
    noteCounted(reservation, promptTokens, outputTokens);
    this.sharedLock?.lock();
    try {
      const second = this.window.turn(row, now);
      this.window.add(row, rolling.promptTokens, second, promptTokens);
      this.window.add(row, rolling.outputTokens, second, outputTokens);
      this.setReal(row, real.dayTokens, this.tokensOfDay(row) + promptTokens + outputTokens);
      if (this.leases !== undefined) bookTokens(this.leases, row, promptTokens, outputTokens);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  /**
   * Ends an attempt: the reservation gives way to what was really used, and the averages learn.
   * @param requestBytes Size of the request, to learn this deployment's tokens per byte.
   */
  end(row: number, now: number, reservation: Reservation, outcome: Outcome, requestBytes: number): void {
    this.sharedLock?.lock();
    try {
      this.#end(row, now, reservation, outcome, requestBytes);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  #end(row: number, now: number, reservation: Reservation, outcome: Outcome, requestBytes: number): void {
    const { window } = this;
    const second = window.turn(row, now);
    const { healthRow = row } = reservation;
    if (healthRow !== row) window.turn(healthRow, now);
    this.addOwn(row, column.inFlight, own.inFlight, -1);
    this.addOwn(row, column.outstandingTokens, own.outstandingTokens, -reservation.promptTokens - reservation.outputTokens);
    if (reservation.probe) this.addOwn(healthRow, column.probing, own.probing, -1);
    this.#settle(row, reservation, outcome);
    // What has just ended was under way, too.
    if (isAuto(this.arrays, row)) learnEnd(this.arrays, { row, now, inFlight: this.inFlight(row) + 1 }, outcome, reservation.promptTokens);
    switch (outcome.kind) {
      case "success":
        this.add(row, column.successes, 1);
        window.add(healthRow, rolling.outcomes, second, 1);
        this.#answered(healthRow, now);
        this.setInt(healthRow, column.quotaRefusals, 0);
        this.#recover(row, now, reservation);
        learnSuccess(this.arrays, row, now, outcome, { requestBytes, answers: reservation.answers });
        return;
      case "failure":
        if (outcome.isBlameless === true || !isDeploymentFault(outcome.error.code)) return;
        this.add(row, column.failures, 1);
        window.add(healthRow, rolling.outcomes, second, 1);
        window.add(healthRow, rolling.failures, second, 1);
        learnFailure(this.arrays, row, now, outcome.totalMs);
        return;
      case "cancelled":
        this.add(row, column.cancellations, 1);
        return;
      default:
        outcome satisfies never;
    }
  }

  /** Replaces what was reserved by what was used, as far as it is known. What never went out, or failed before any content, has used nothing. */
  #settle(row: number, reservation: Reservation, outcome: Outcome): void {
    const { usage } = outcome;
    if (usage === undefined && outcome.kind === "success") return;
    // Before content came, the use is a guess: it is never more than what was set aside.
    const isGuess = outcome.kind !== "success" && outcome.begun !== true;
    const mostPrompt = isGuess ? reservation.promptTokens : Number.POSITIVE_INFINITY;
    const mostOutput = isGuess ? reservation.outputTokens : Number.POSITIVE_INFINITY;
    const { counted } = reservation;
    const prompt = Math.min((usage?.promptTokens ?? 0) - (usage?.unlimitedTokens ?? 0), mostPrompt) - (counted?.promptTokens ?? 0);
    const output = Math.min(usage?.outputTokens ?? 0, mostOutput) - (counted?.outputTokens ?? 0);
    const [morePrompt, moreOutput] = [prompt - reservation.promptTokens, output - reservation.outputTokens];
    this.window.adjust(row, rolling.promptTokens, reservation.second, morePrompt);
    this.window.adjust(row, rolling.outputTokens, reservation.second, moreOutput);
    if (this.leases !== undefined) settleTokens(this.leases, row, this.window.newest(row) - reservation.second, morePrompt, moreOutput);
    // Tokens count in the day in which their attempt began.
    if (reservation.dayUntil !== this.dayUntil(row)) return;
    this.setReal(row, real.dayTokens, this.tokensOfDay(row) + morePrompt + moreOutput);
  }

  /** Notes how a host took to being asked for the usage of a stream. @param refusedUntil Until when it is not asked again; 0 where it told it. */
  noteUsageAsked(row: number, refusedUntil: number): void {
    this.sharedLock?.lock();
    try {
      this.setReal(row, real.usageRefusedUntil, refusedUntil);
      this.setInt(row, column.toldUsage, refusedUntil === 0 ? 1 : 0);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  /**
   * Notes a stream's first content: a probe shows by it that its deployment is well.
   * @param attempt Whose it is.
   */
  noteContent(row: number, now: number, { reservation, startedAt }: BegunAttempt): void {
    this.sharedLock?.lock();
    try {
      if (isAuto(this.arrays, row))
        learnFirst(this.arrays, { row, now, inFlight: this.inFlight(row) }, now - startedAt, reservation.promptTokens);
      this.#answered(reservation.healthRow ?? row, now);
      this.#recover(row, now, reservation);
    } finally {
      this.sharedLock?.unlock();
    }
  }

  #answered(row: number, now: number): void {
    this.setReal(row, real.contentAt, now);
    this.setInt(row, column.abandoned, 0);
  }

  /** Ends a cooldown by a probe only: an answer to a call from before the cooldown tells nothing of the time after it. */
  #recover(row: number, now: number, reservation: Reservation): void {
    const { healthRow = row } = reservation;
    if (!reservation.probe || !this.isCoolingDown(healthRow) || now < this.cooldownUntil(healthRow)) return;
    this.setInt(healthRow, column.coolingDown, 0);
    this.setReal(healthRow, real.recoveredAt, now);
  }
}
