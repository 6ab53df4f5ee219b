import { RowMemory, type RowAccess, type RowLayout, type RowShare } from "../../lib/shared/row-memory.ts";
import type { KeyBudget } from "../caller-key.ts";

/** What a key has spent in a period, as it is kept over a restart. */
export interface KeySpend {
  /** US dollars. */
  readonly usd: number;
  /** When the period began, in milliseconds since the Unix epoch. */
  readonly periodStart: number;
  /** How long it is; undefined: without end, or not known. */
  readonly periodMs?: number | undefined;
}

/** Columns of an account. Numbers of US dollars, milliseconds and calls. */
const column = {
  spentUsd: 0,
  /** Set aside for calls under way. It belongs to no period: what they really cost counts in the one in which they end. */
  reservedUsd: 1,
  calls: 2,
  periodStart: 3,
  /** Infinity: without end. */
  periodMs: 4,
  /** 1 once anything was asked of it. */
  open: 5,
} as const;
const rowLength = 6;

/** What of an account is one thread's doing, and gone with it. */
const own = { reservedUsd: 0, calls: 1 } as const;
const ownLength = 2;

const layout: RowLayout = { ints: [], reals: [rowLength], own: ownLength };

/**
 * Money by key: set aside when a call begins, settled when it ends, so that concurrent calls cannot overdraw a budget by more than
 * their estimates were wrong. All moments are milliseconds since the Unix epoch. Threads may share the accounts: each method is one step
 * for the others.
 */
export class Budgets {
  readonly #memory: RowMemory;
  #reals: Float64Array = new Float64Array(0);
  #own: Float64Array | undefined;

  /** @param access To accounts that are shared between threads; undefined: they are this thread's alone. */
  constructor(access?: RowAccess) {
    this.#memory = new RowMemory(layout, access);
    this.#useArrays();
  }

  /** Memory for the budgets of so many threads. */
  static share(threads: number): RowShare {
    return RowMemory.share(layout, threads);
  }

  /** Why a call that is expected to cost so much may not begin; undefined: it may. */
  refusal(name: string, budget: KeyBudget, expectedUsd: number, now: number): BudgetRefusal | undefined {
    this.#memory.lock?.lock();
    const at = this.#account(name, budget.periodMs, now);
    const spentUsd = this.#read(at + column.spentUsd);
    const reservedUsd = this.#read(at + column.reservedUsd);
    const retryAfterMs = this.#periodEnd(at) - now;
    this.#memory.lock?.unlock();
    // A call dearer than a whole budget takes all of it, so that it is served once nothing else is instead of never.
    const usd = Math.min(expectedUsd, budget.usd);
    if (spentUsd < budget.usd && spentUsd + usd <= budget.usd) {
      return spentUsd + reservedUsd + usd <= budget.usd ? undefined : { kind: "reserved" };
    }
    return { kind: "spent", spentUsd, retryAfterMs: Number.isFinite(retryAfterMs) ? retryAfterMs : undefined };
  }

  /** @returns What was set aside. */
  reserve(name: string, budget: KeyBudget | undefined, expectedUsd: number, now: number): number {
    this.#memory.lock?.lock();
    const at = this.#account(name, budget?.periodMs, now);
    const usd = budget === undefined ? 0 : Math.min(expectedUsd, budget.usd);
    this.#hold(at, usd, 1);
    this.#memory.lock?.unlock();
    return usd;
  }

  settle(name: string, reservedUsd: number, spentUsd: number, now: number): void {
    this.#memory.lock?.lock();
    const at = this.#known(name, now);
    if (at !== undefined) {
      this.#hold(at, -reservedUsd, -1);
      this.#reals[at + column.spentUsd] = this.#read(at + column.spentUsd) + spentUsd;
      // Sums of fractions drift; at rest nothing is set aside, exactly.
      if (this.#read(at + column.calls) === 0) this.#reals[at + column.reservedUsd] = 0;
    }
    this.#memory.lock?.unlock();
  }

  usage(name: string, now: number): { readonly spentUsd: number; readonly resetsAt: number | undefined } {
    this.#memory.lock?.lock();
    const at = this.#known(name, now);
    const spentUsd = at === undefined ? 0 : this.#read(at + column.spentUsd);
    const resetsAt = at === undefined ? Number.POSITIVE_INFINITY : this.#periodEnd(at);
    this.#memory.lock?.unlock();
    return { spentUsd, resetsAt: Number.isFinite(resetsAt) ? resetsAt : undefined };
  }

  snapshot(): Map<string, KeySpend> {
    const spend = new Map<string, KeySpend>();
    this.#memory.lock?.lock();
    this.#memory.names().forEach((name, row) => {
      this.#makeRoom(row);
      const at = row * rowLength;
      const usd = this.#read(at + column.spentUsd);
      if (usd > 0)
        spend.set(name, { usd, periodStart: this.#read(at + column.periodStart), periodMs: finite(this.#read(at + column.periodMs)) });
    });
    this.#memory.lock?.unlock();
    return spend;
  }

  /** Takes up what a snapshot said. What has been spent since is kept beside it. */
  restore(spend: ReadonlyMap<string, KeySpend>): void {
    this.#memory.lock?.lock();
    for (const [name, { usd, periodStart, periodMs }] of spend) {
      const at = this.#row(name) * rowLength;
      if (this.#read(at + column.open) === 0) this.#open(at, periodStart, periodMs);
      this.#reals[at + column.spentUsd] = this.#read(at + column.spentUsd) + usd;
    }
    this.#memory.lock?.unlock();
  }

  /** A thread has died: what its calls had set aside is free again. */
  forget(thread: number): void {
    const memory = this.#memory;
    memory.lock?.lock();
    this.#makeRoom(memory.count - 1);
    const left = memory.ownWithout(thread);
    for (let row = 0; row < memory.count; row++) {
      const [reservedUsd = 0, calls = 0] = left.subarray(row * ownLength, (row + 1) * ownLength);
      this.#reals[row * rowLength + column.reservedUsd] = reservedUsd;
      this.#reals[row * rowLength + column.calls] = calls;
    }
    memory.lock?.unlock();
  }

  /** @returns Where the account begins, in its present period. */
  #account(name: string, periodMs: number | undefined, now: number): number {
    const at = this.#row(name) * rowLength;
    if (this.#read(at + column.open) === 0) this.#open(at, now, periodMs);
    this.#reals[at + column.periodMs] = periodMs ?? Number.POSITIVE_INFINITY;
    this.#renew(at, now);
    return at;
  }

  /** The same for an account that may not be there. */
  #known(name: string, now: number): number | undefined {
    const at = this.#row(name) * rowLength;
    if (this.#read(at + column.open) === 0) return undefined;
    this.#renew(at, now);
    return at;
  }

  #open(at: number, periodStart: number, periodMs: number | undefined): void {
    this.#reals[at + column.open] = 1;
    this.#reals[at + column.periodStart] = periodStart;
    this.#reals[at + column.periodMs] = periodMs ?? Number.POSITIVE_INFINITY;
  }

  #hold(at: number, usd: number, calls: number): void {
    this.#reals[at + column.reservedUsd] = this.#read(at + column.reservedUsd) + usd;
    this.#reals[at + column.calls] = this.#read(at + column.calls) + calls;
    if (this.#own === undefined) return;
    const ours = (at / rowLength) * ownLength;
    const ownCalls = (this.#own[ours + own.calls] ?? 0) + calls;
    this.#own[ours + own.calls] = ownCalls;
    this.#own[ours + own.reservedUsd] = ownCalls === 0 ? 0 : (this.#own[ours + own.reservedUsd] ?? 0) + usd;
  }

  /** Periods follow each other without a gap, whether anybody calls in them or not. */
  #renew(at: number, now: number): void {
    if (now < this.#periodEnd(at)) return;
    const start = this.#read(at + column.periodStart);
    const periodMs = this.#read(at + column.periodMs);
    this.#reals[at + column.periodStart] = start + Math.floor((now - start) / periodMs) * periodMs;
    this.#reals[at + column.spentUsd] = 0;
  }

  #periodEnd(at: number): number {
    return this.#read(at + column.periodStart) + this.#read(at + column.periodMs);
  }

  #row(name: string): number {
    const row = this.#memory.rowOf(name, (fresh) => this.#makeRoom(fresh));
    this.#makeRoom(row);
    return row;
  }

  #makeRoom(row: number): void {
    if (this.#memory.ensure(row + 1)) this.#useArrays();
  }

  #useArrays(): void {
    this.#reals = this.#memory.reals[0] ?? this.#reals;
    this.#own = this.#memory.own;
  }

  #read(at: number): number {
    return this.#reals[at] ?? 0;
  }
}

/** `reserved`: calls under way are expected to take what is left. */
export type BudgetRefusal =
  | { readonly kind: "spent"; readonly spentUsd: number; readonly retryAfterMs: number | undefined }
  | { readonly kind: "reserved" };

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
