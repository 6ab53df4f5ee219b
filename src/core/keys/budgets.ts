import { RowMemory, type RowAccess, type RowLayout, type RowShare } from "../../lib/shared/row-memory.ts";
import { LeaseRows } from "../state/lease-rows.ts";
import type { LeaseSignals } from "../state/lease-signals.ts";
import type { KeyBudget } from "../caller-key.ts";

/** What a key has spent in a period. Kept over a restart. */
export interface KeySpend {
  /** US dollars. */
  readonly usd: number;
  /** When the period began, in milliseconds since the Unix epoch. */
  readonly periodStart: number;
  /** The length of the period. Undefined when it has no end or is not known. */
  readonly periodMs?: number | undefined;
}

/** Columns of an account: US dollars, milliseconds and calls. */
const column = {
  spentUsd: 0,
  /** Reserved for calls in flight. It belongs to no period: their cost counts in the period in which they end. */
  reservedUsd: 1,
  calls: 2,
  periodStart: 3,
  /** Infinity when the period has no end. */
  periodMs: 4,
  /** 1 once the account was used. */
  open: 5,
} as const;
const rowLength = 6;

/** The columns of an account that belong to one thread and are gone when it dies. */
const own = { reservedUsd: 0, calls: 1 } as const;
const ownLength = 2;

/** Where budgets are shared with other nodes, each account has one pot, in billionths of a US dollar. */
const usdPot = 0;
const potsPerAccount = 1;
const perUsd = 1e9;

function layout(isLeased: boolean): RowLayout {
  return {
    ints: isLeased ? [1] : [],
    reals: [rowLength, ...(isLeased ? [LeaseRows.rowLength(potsPerAccount)] : [])],
    own: ownLength,
  };
}

/**
 * Money by key: reserved when a call begins, settled when it ends, so that concurrent calls overdraw a budget by no more than their
 * estimates were wrong. All moments are on the router's clock, so that no jump of the system's begins a period early or late. Threads may share the accounts: each method is one step for the
 * others.
 */
export class Budgets {
  readonly #memory: RowMemory;
  #reals: Float64Array = new Float64Array(0);
  #own: Float64Array | undefined;

  /** What this node holds of budgets that it shares with others. Undefined where it shares none. */
  readonly leases: LeaseRows | undefined;

  /**
   * @param access To accounts that threads share. Omit it for accounts of this thread alone.
   * @param signals Of leases. Omit them where no budget is shared with other nodes.
   */
  constructor(access?: RowAccess, signals?: LeaseSignals) {
    this.#memory = new RowMemory(layout(signals !== undefined), access);
    this.leases = signals && new LeaseRows(signals, potsPerAccount, access?.lock);
    this.#useArrays();
  }

  /** Memory for budgets on so many threads. */
  static share(threads: number, isLeased = false): RowShare {
    return RowMemory.share(layout(isLeased), threads);
  }

  /** Why a call that may cost so much may not begin. Undefined when it may. */
  refusal(name: string, budget: KeyBudget, mostUsd: number, now: number): BudgetRefusal | undefined {
    this.#memory.lock?.lock();
    try {
      const at = this.#account(name, budget.periodMs, now);
      if (this.leases !== undefined) return this.#leasedRefusal(at, this.leases, budget, mostUsd, now);
      const spentUsd = this.#read(at + column.spentUsd);
      if (spentUsd >= budget.usd) return { kind: "spent", spentUsd, retryAfterMs: finite(this.#periodEnd(at) - now) };
      if (spentUsd + this.#read(at + column.reservedUsd) + mostUsd <= budget.usd) return undefined;
      // Few calls come to the most that they may cost: one that might be more than is left goes alone, so that no other adds to it.
      return spentUsd + mostUsd > budget.usd && this.#read(at + column.calls) === 0 ? undefined : { kind: "reserved" };
    } finally {
      this.#memory.lock?.unlock();
    }
  }

  /** The same where nodes share the budget: what this one holds decides. A call that may cost more than is left goes alone over all nodes. */
  #leasedRefusal(at: number, leases: LeaseRows, budget: KeyBudget, mostUsd: number, now: number): BudgetRefusal | undefined {
    const row = at / rowLength;
    leases.declare(row, usdPot, Math.floor(budget.usd * perUsd));
    const reserved = Math.ceil(this.#read(at + column.reservedUsd) * perUsd);
    // What is reserved is never more than the budget, so what is asked for is not, either.
    if (!leases.lacks(row, usdPot, Math.ceil(Math.min(mostUsd, budget.usd) * perUsd), now, reserved)) return undefined;
    const spentUsd = (leases.bookedByAll(row, usdPot) ?? 0) / perUsd;
    if (spentUsd < budget.usd) return { kind: "reserved" };
    return { kind: "spent", spentUsd, retryAfterMs: leases.msUntilFree(row, usdPot, now) || undefined };
  }

  /** Whether the store of what nodes share was asked for more of this budget, and has not answered yet. */
  isAsked(name: string): boolean {
    return this.leases?.isAsked(this.#row(name)) === true;
  }

  /** Whether more is spent of a shared budget than this node holds. */
  isOverdrawn(name: string): boolean {
    const pot = this.leases?.look(this.#row(name), usdPot);
    return pot !== undefined && pot.booked > pot.allowed;
  }

  /** Until {@link unlock}, no other thread comes in between. */
  lock(): void {
    this.#memory.lock?.lock();
  }

  unlock(): void {
    this.#memory.lock?.unlock();
  }

  /** How many accounts there are. */
  get count(): number {
    return this.#memory.count;
  }

  /** What this node has spent in an account's present period. */
  spentHere(row: number): number {
    return Math.ceil(this.#read(row * rowLength + column.spentUsd) * perUsd);
  }

  /** What calls in flight have reserved of an account's pot. */
  reserved(row: number): number {
    return Math.ceil(this.#read(row * rowLength + column.reservedUsd) * perUsd);
  }

  /** Calls in flight. */
  calls(row: number): number {
    return this.#read(row * rowLength + column.calls);
  }

  /** How an account's period stands at `now`: milliseconds to its end, and its length; 0 for none. */
  period(row: number, now: number): { readonly leftMs: number; readonly lengthMs: number } {
    const at = row * rowLength;
    const lengthMs = finite(this.#read(at + column.periodMs)) ?? 0;
    return lengthMs === 0 ? { leftMs: 0, lengthMs } : { leftMs: Math.max(this.#periodEnd(at) - now, 0), lengthMs };
  }

  /** The keys of all accounts, in the order of their rows. */
  names(): readonly string[] {
    return this.#memory.names();
  }

  /** Reserves what a call may cost. @returns The US dollars that were reserved, to be handed back to {@link settle}. */
  reserve(name: string, budget: KeyBudget | undefined, mostUsd: number, now: number): number {
    this.#memory.lock?.lock();
    try {
      const at = this.#account(name, budget?.periodMs, now);
      const usd = budget === undefined ? 0 : Math.min(mostUsd, budget.usd);
      this.#hold(at, usd, 1);
      return usd;
    } finally {
      this.#memory.lock?.unlock();
    }
  }

  /** Replaces what a call had reserved by what it cost. @returns What the key has spent in its present period. */
  settle(name: string, reservedUsd: number, spentUsd: number, now: number): number {
    this.#memory.lock?.lock();
    try {
      const at = this.#known(name, now);
      if (at === undefined) return 0;
      this.#hold(at, -reservedUsd, -1);
      this.#add(at, spentUsd);
      // Sums of fractions drift: without calls in flight nothing is reserved, exactly.
      if (this.#read(at + column.calls) === 0) this.#reals[at + column.reservedUsd] = 0;
      return this.#read(at + column.spentUsd);
    } finally {
      this.#memory.lock?.unlock();
    }
  }

  /** Adds what a call has cost that goes on. @returns What the key has spent in its present period. */
  spend(name: string, usd: number, now: number): number {
    this.#memory.lock?.lock();
    try {
      const at = this.#known(name, now);
      if (at === undefined) return 0;
      this.#add(at, usd);
      return this.#read(at + column.spentUsd);
    } finally {
      this.#memory.lock?.unlock();
    }
  }

  /** What a key has spent in its present period, and when that ends. */
  usage(name: string, now: number): { readonly spentUsd: number; readonly resetsAt: number | undefined } {
    this.#memory.lock?.lock();
    try {
      const at = this.#known(name, now);
      return at === undefined
        ? { spentUsd: 0, resetsAt: undefined }
        : { spentUsd: this.#spentByAll(at), resetsAt: finite(this.#periodEnd(at)) };
    } finally {
      this.#memory.lock?.unlock();
    }
  }

  /**
   * What each key has spent, by name.
   * @param epochMs The Unix epoch's time less the router's clock's.
   */
  snapshot(epochMs: number): Map<string, KeySpend> {
    const spend = new Map<string, KeySpend>();
    this.#memory.lock?.lock();
    try {
      for (const [row, name] of this.#memory.names().entries()) {
        this.#makeRoom(row);
        const at = row * rowLength;
        const usd = this.#read(at + column.spentUsd);
        if (usd <= 0) continue;
        const periodStart = this.#read(at + column.periodStart) + epochMs;
        spend.set(name, { usd, periodStart, periodMs: finite(this.#read(at + column.periodMs)) });
      }
      return spend;
    } finally {
      this.#memory.lock?.unlock();
    }
  }

  /** Adds a snapshot to what has been spent since. @param epochMs As in {@link snapshot}, at this moment. */
  restore(spend: ReadonlyMap<string, KeySpend>, epochMs: number): void {
    this.#memory.lock?.lock();
    try {
      for (const [name, { usd, periodStart, periodMs }] of spend) {
        const at = this.#row(name) * rowLength;
        if (this.#read(at + column.open) === 0) this.#open(at, periodStart - epochMs, periodMs);
        this.#reals[at + column.spentUsd] = this.#read(at + column.spentUsd) + usd;
      }
    } finally {
      this.#memory.lock?.unlock();
    }
  }

  /** Frees what the calls of a thread that has died had reserved. */
  forget(thread: number): void {
    const memory = this.#memory;
    memory.lock?.lock();
    try {
      this.#makeRoom(memory.count - 1);
      const left = memory.ownWithout(thread);
      for (let row = 0; row < memory.count; row++) {
        const [reservedUsd = 0, calls = 0] = left.subarray(row * ownLength, (row + 1) * ownLength);
        this.#reals[row * rowLength + column.reservedUsd] = reservedUsd;
        this.#reals[row * rowLength + column.calls] = calls;
      }
    } finally {
      memory.lock?.unlock();
    }
  }

  /** Adds what was spent. */
  #add(at: number, usd: number): void {
    this.#reals[at + column.spentUsd] = this.#read(at + column.spentUsd) + usd;
    if (usd > 0) this.leases?.book(at / rowLength, usdPot, Math.ceil(usd * perUsd));
    else if (usd < 0) this.leases?.credit(at / rowLength, usdPot, Math.floor(-usd * perUsd));
  }

  /** What was spent in the present period: by all nodes, where they share the budget. */
  #spentByAll(at: number): number {
    const told = this.leases?.bookedByAll(at / rowLength, usdPot);
    return told === undefined ? this.#read(at + column.spentUsd) : told / perUsd;
  }

  /** Opens an account where there is none. @returns Where it begins; it is in its present period then. */
  #account(name: string, periodMs: number | undefined, now: number): number {
    const at = this.#row(name) * rowLength;
    if (this.#read(at + column.open) === 0) this.#open(at, now, periodMs);
    this.#reals[at + column.periodMs] = periodMs ?? Number.POSITIVE_INFINITY;
    this.#renew(at, now);
    return at;
  }

  /** The same without opening one. Undefined when there is none. */
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

  /** Starts the present period, if it is another one. Periods follow each other without a gap, also while no calls come. */
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
    const [touched] = this.#memory.ints;
    const [, leased] = this.#memory.reals;
    if (leased !== undefined && touched !== undefined) this.leases?.use(leased, touched);
  }

  #read(at: number): number {
    return this.#reals[at] ?? 0;
  }
}

/** Why a budget refuses a call. `reserved` says that calls in flight are expected to take what is left. */
export type BudgetRefusal =
  | { readonly kind: "spent"; readonly spentUsd: number; readonly retryAfterMs: number | undefined }
  | { readonly kind: "reserved" };

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
