import type { Clock } from "../../lib/clock.ts";
import type { RowAccess } from "../../lib/shared/row-memory.ts";
import { Budgets, type BudgetRefusal, type KeySpend } from "./budgets.ts";
import type { CallerKey } from "../caller-key.ts";
import { msUntilEligible, rateLimit, tokensToReserve, type Limits, type RateLimit } from "../pick/eligibility.ts";
import type { LimitDemand } from "../pick/demand.ts";
import { toldWaitMs } from "../pick/no-capacity.ts";
import { RouterError, type RouterErrorOptions } from "../errors.ts";
import { costOfUnits, stepOf, type DearestPrices } from "./prices.ts";
import { declareLimits } from "../state/declare-limits.ts";
import { type LeaseRows, pots } from "../state/lease-rows.ts";
import type { LeaseSignals } from "../state/lease-signals.ts";
import { Ledger } from "../state/ledger.ts";
import type { Reservation } from "../state/reservation.ts";
import type { KeyUsage } from "../key-record.ts";
import type { Outcome, UnitCounts, TokenCounts } from "../outcome.ts";
import type { RateLimits, RateStatus } from "../rate-limits.ts";

/** What threads share of the limits, both parts under the same lock. */
export interface KeyLimitsAccess {
  readonly rates: RowAccess;
  readonly budgets: RowAccess;
}

/** A call that was admitted, until it ends. */
export interface Admission {
  readonly key: CallerKey;
  readonly row: number;
  readonly reservation: Reservation;
  readonly reservedUsd: number;
  readonly requestBytes: number;
  /** US dollars that were counted while it went on. */
  countedUsd: number;
}

/**
 * The limits and budgets of callers' keys: what a deployment's limits are to its attempts, these are to whole calls, by the same ledger and
 * the same rules. Checking and reserving are one step on all threads, so concurrent calls cannot overshoot.
 */
export class KeyLimits {
  readonly #clock: Clock;
  readonly #ledger: Ledger;
  readonly #budgets: Budgets;

  /**
   * @param access To what threads share. Omit it when this thread is alone.
   * @param signals Of leases. Omit them where no limit is shared with other nodes.
   */
  constructor(clock: Clock, access?: KeyLimitsAccess, signals?: LeaseSignals) {
    this.#clock = clock;
    this.#ledger = new Ledger(access?.rates, undefined, signals);
    this.#budgets = new Budgets(access?.budgets, signals);
  }

  /** What this node holds of the limits per minute and of the budgets that it shares with others. */
  get leased(): { readonly rates: Ledger; readonly budgets: Budgets } {
    return { rates: this.#ledger, budgets: this.#budgets };
  }

  /** Whether the store of what nodes share was asked for what this key lacks, and has not answered yet. */
  isAsked({ name }: CallerKey): boolean {
    return this.#ledger.leases?.isAsked(this.#ledger.rowFor(name)) === true || this.#budgets.isAsked(name);
  }

  /** Frees what the calls of a thread that has died had reserved. */
  forget(thread: number): void {
    this.#ledger.forget(thread);
    this.#budgets.forget(thread);
  }

  /** Why a call may not begin: `key_limit_reached` or `budget_exceeded`. Undefined when it may. Reserves nothing. */
  refusal(key: CallerKey, demand: Omit<LimitDemand, "now">, prices: DearestPrices): RouterError | undefined {
    const { wanted, limits } = this.#look(key, demand);
    return this.#refusal(key, wanted, limits, dearestCost(wanted, limits.row, prices, this.#ledger));
  }

  /**
   * Takes a place for a request of which only the head is there: it counts as a call under way and as a request of this minute until it is
   * admitted as a call or given up.
   * @returns The place, or why there is none. Undefined for a key without such limits.
   */
  holdPlace(key: CallerKey): number | undefined | RouterError {
    if (key.maxParallelRequests === undefined && key.rpm === undefined) return undefined;
    const ledger = this.#ledger;
    ledger.lock();
    try {
      const limits = limitsOf(key, ledger);
      const { row } = limits;
      // What other nodes hold is asked for when the call is admitted.
      const refusal = this.#countRefusal(key, limits, this.#clock.now(), undefined);
      if (refusal !== undefined) return refusal;
      ledger.addPlaces(row, 1);
      return row;
    } finally {
      ledger.unlock();
    }
  }

  /** Gives up a place of which no call has come. */
  leavePlace(place: number): void {
    this.#ledger.addPlaces(place, -1);
  }

  /**
   * Reserves a call, or says why it may not begin.
   * @param place What {@link holdPlace} gave for it. It is given up in the same step.
   */
  admit(key: CallerKey, demand: Omit<LimitDemand, "now">, prices: DearestPrices, place?: number): Admission | RouterError {
    this.#ledger.lock();
    try {
      if (place !== undefined) this.leavePlace(place);
      return this.#admit(key, demand, prices);
    } finally {
      this.#ledger.unlock();
    }
  }

  #admit(key: CallerKey, demand: Omit<LimitDemand, "now">, prices: DearestPrices): Admission | RouterError {
    const { wanted, limits } = this.#look(key, demand);
    const { row } = limits;
    const expectedUsd = dearestCost(wanted, row, prices, this.#ledger);
    const refusal = this.#refusal(key, wanted, limits, expectedUsd);
    if (refusal !== undefined) return refusal;
    const { prompt, output } = tokensToReserve(limits, wanted, this.#ledger);
    const reservation = this.#ledger.begin(row, wanted.now, prompt, output, wanted.answers);
    const reservedUsd = this.#budgets.reserve(key.name, key.budget, expectedUsd, wanted.now);
    return { key, row, reservation, reservedUsd, requestBytes: demand.requestBytes, countedUsd: 0 };
  }

  #look(key: CallerKey, demand: Omit<LimitDemand, "now">): { wanted: LimitDemand; limits: Limits } {
    return { wanted: { ...demand, now: this.#clock.now() }, limits: limitsOf(key, this.#ledger) };
  }

  #refusal(key: CallerKey, wanted: LimitDemand, limits: Limits, expectedUsd: number): RouterError | undefined {
    const ledger = this.#ledger;
    const counted = this.#countRefusal(key, limits, wanted.now, ledger.leases);
    if (counted !== undefined) return counted;
    const limited = rateLimit(limits, wanted, ledger, false);
    if (limited !== "eligible") {
      const retryAfterMs = msUntilEligible(limits, limited, wanted, ledger);
      return overLimit(key, limited, { retryAfterMs, rateLimits: this.rates(key, wanted.now) });
    }
    if (key.budget === undefined) return undefined;
    const refusal = this.#budgets.refusal(key.name, key.budget, expectedUsd, wanted.now);
    return refusal === undefined ? undefined : overBudget(key.name, key.budget.usd, refusal);
  }

  /** What the number of calls says against one more. Requests whose bodies are still coming count as calls. */
  #countRefusal(key: CallerKey, limits: Limits, now: number, leases: LeaseRows | undefined): RouterError | undefined {
    const { row, rpmLimit } = limits;
    const ledger = this.#ledger;
    const coming = ledger.places(row);
    const underWay = ledger.inFlight(row) + coming;
    const isFull = key.maxParallelRequests !== undefined && underWay >= key.maxParallelRequests;
    if (isFull || leases?.lacks(row, pots.slots, 1, now, underWay) === true) {
      const message = `The key "${key.name}" has ${key.maxParallelRequests} calls under way, as many as it may. Try again when one has ended.`;
      return new RouterError("key_limit_reached", message, { rateLimits: this.rates(key, now) });
    }
    const used = key.rpm === undefined ? 0 : ledger.usedRequests(row, now);
    const isLacking = leases?.lacks(row, pots.requests, 1, now, coming) === true;
    if (used + coming + 1 <= rpmLimit && !isLacking) return undefined;
    // Nothing tells what becomes of those that are coming.
    const localMs = used + 1 > rpmLimit ? ledger.msUntilRequests(row, now, rpmLimit - 1) : undefined;
    const retryAfterMs = (isLacking ? leases.msUntilFree(row, pots.requests, now) : 0) || localMs;
    return overLimit(key, "rpm_limit", { retryAfterMs, rateLimits: this.rates(key, now) });
  }

  /**
   * Ends a call, exactly once for each {@link admit}.
   * @param costUsd What the call is known to have cost. Undefined when its prices are not known, or it has used nothing.
   * @returns What the key has spent in its present period, in US dollars.
   */
  settle(admission: Admission, outcome: Outcome, costUsd: number | undefined): number {
    const { key, row, reservation, reservedUsd, requestBytes, countedUsd } = admission;
    this.#ledger.end(row, this.#clock.now(), reservation, outcome, requestBytes);
    return this.#budgets.settle(key.name, reservedUsd, (costUsd ?? 0) - countedUsd, this.#clock.now());
  }

  /**
   * Counts a part of what a call uses while it goes on.
   * @param costUsd Undefined where its price is not known.
   * @returns Why it may not go on: its key has no tokens of this minute left, or no money.
   */
  count(admission: Admission, used: TokenCounts, costUsd: number | undefined): RouterError | undefined {
    const { key, row, reservation } = admission;
    const now = this.#clock.now();
    this.#ledger.count(row, now, reservation, used);
    const spentUsd = this.#budgets.spend(key.name, costUsd ?? 0, now);
    admission.countedUsd += costUsd ?? 0;
    if (key.budget !== undefined && (spentUsd >= key.budget.usd || this.#budgets.isOverdrawn(key.name))) {
      const refusal = this.#budgets.refusal(key.name, key.budget, 0, now);
      if (refusal !== undefined) return overBudget(key.name, key.budget.usd, refusal);
    }
    if (key.tpm === undefined || this.#ledger.usedTokens(row, now) < key.tpm) return undefined;
    return overLimit(key, "tpm_limit", {
      retryAfterMs: this.#ledger.msUntilTokens(row, now, key.tpm - 1),
      rateLimits: this.rates(key, now),
    });
  }

  /** What the key of a call that is under way has spent in its present period, in US dollars. */
  spentUsd({ key }: Admission): number {
    return this.#budgets.usage(key.name, this.#clock.now()).spentUsd;
  }

  /** What a key has used and spent, by its name. */
  usage(name: string): KeyUsage {
    const now = this.#clock.now();
    const row = this.#ledger.rowFor(name);
    const { spentUsd, resetsAt } = this.#budgets.usage(name, now);
    return {
      spentUsd,
      budgetResetsAt: resetsAt === undefined ? undefined : resetsAt + this.#epochMs,
      usedRpm: this.#ledger.requestsOfAll(row, now),
      usedTpm: this.#ledger.tokensOfAll(row, now),
      inFlight: this.#ledger.inFlight(row),
    };
  }

  /** How a key's limits per minute stand. Undefined where it has none. @param now On the router's clock. */
  rates(key: CallerKey, now: number): RateLimits | undefined {
    const { rpm, tpm } = key;
    if (rpm === undefined && tpm === undefined) return undefined;
    const row = this.#ledger.rowFor(key.name);
    const resetMs = this.#ledger.msUntilUnused(row, now);
    return {
      requests: rpm === undefined ? undefined : rateStatus(rpm, this.#ledger.requestsOfAll(row, now) + this.#ledger.places(row), resetMs),
      tokens: tpm === undefined ? undefined : rateStatus(tpm, this.#ledger.tokensOfAll(row, now), resetMs),
    };
  }

  /** What each key has spent, to be kept over a restart. */
  spend(): Map<string, KeySpend> {
    return this.#budgets.snapshot(this.#epochMs);
  }

  /** Adds what was kept over a restart. */
  restoreSpend(spend: ReadonlyMap<string, KeySpend>): void {
    this.#budgets.restore(spend, this.#epochMs);
  }

  /** What makes a moment on the router's clock one since the Unix epoch: it changes when the system's clock is set. */
  get #epochMs(): number {
    return this.#clock.wallTime() - this.#clock.now();
  }
}

function rateStatus(limit: number, used: number, resetMs: number): RateStatus {
  return { limit, remaining: Math.max(limit - used, 0), resetMs };
}

function limitsOf(key: CallerKey, ledger: Ledger): Limits {
  const row = ledger.rowFor(key.name);
  const { rpm = Number.POSITIVE_INFINITY, tpm = Number.POSITIVE_INFINITY, maxParallelRequests: parallel = Number.POSITIVE_INFINITY } = key;
  if (ledger.leases !== undefined) declareLimits(ledger.leases, row, { ...noLimits, rpm, tpm, parallel });
  return {
    row,
    rpmLimit: rpm,
    tpmLimit: tpm,
    itpmLimit: Number.POSITIVE_INFINITY,
    otpmLimit: Number.POSITIVE_INFINITY,
    limitsTokens: key.tpm !== undefined,
  };
}

const noLimits = {
  itpm: Number.POSITIVE_INFINITY,
  otpm: Number.POSITIVE_INFINITY,
  rpd: Number.POSITIVE_INFINITY,
  tpd: Number.POSITIVE_INFINITY,
};

/** An upper bound of what a call may cost: without a caller's cap, its answers are as long as the group's deployments let them be. */
function dearestCost(
  { requestBytes, maxOutputTokens, answers, units = noUnits }: LimitDemand,
  row: number,
  prices: DearestPrices,
  ledger: Ledger,
): number {
  // No prompt has more tokens than bytes.
  const { inputCostPerToken = 0, outputCostPerToken = 0 } = stepOf(prices, requestBytes) ?? {};
  const prompt = ledger.estimatePromptTokens(row, requestBytes) * inputCostPerToken;
  const pieces = prices.units === undefined ? 0 : (costOfUnits(units, prices.units) ?? 0);
  return prompt + (maxOutputTokens ?? prices.maxOutputTokens) * answers * outputCostPerToken + pieces;
}

const noUnits: UnitCounts = {};

function overLimit(key: CallerKey, limit: RateLimit, told: Pick<RouterErrorOptions, "retryAfterMs" | "rateLimits">): RouterError {
  const { retryAfterMs } = told;
  const what = limit === "rpm_limit" ? `${key.rpm} requests` : `${key.tpm} tokens`;
  const advice = retryAfterMs === undefined ? "Try again shortly." : `Try again in ${Math.ceil(toldWaitMs(retryAfterMs) / 1_000)} s.`;
  return new RouterError(
    "key_limit_reached",
    `The key "${key.name}" may use ${what} per minute, and this call would be more. ${advice}`,
    told,
  );
}

function overBudget(name: string, budgetUsd: number, refusal: BudgetRefusal): RouterError {
  if (refusal.kind === "reserved") {
    const message = `The calls of the key "${name}" that are under way may take the rest of its budget of $${budgetUsd}. Try again when one has ended.`;
    return new RouterError("budget_exceeded", message);
  }
  const { spentUsd, retryAfterMs } = refusal;
  const advice = retryAfterMs === undefined ? "It is not renewed." : `It is renewed in ${Math.ceil(retryAfterMs / 1_000)} s.`;
  const message = `The key "${name}" has spent $${round(spentUsd)} of its budget of $${budgetUsd}, and this call would be more. ${advice}`;
  return new RouterError("budget_exceeded", message, { retryAfterMs });
}

function round(usd: number): number {
  return Number(usd.toPrecision(6));
}
