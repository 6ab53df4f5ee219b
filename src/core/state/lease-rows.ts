import type { SharedLock } from "../../lib/shared/shared-lock.ts";
import type { LeasedPot, ToldPot } from "./leased-limits.ts";
import type { LeaseSignals } from "./lease-signals.ts";

/** What is leased of a row of the ledger. */
export const pots = { requests: 0, tokens: 1, promptTokens: 2, outputTokens: 3, slots: 4, dayRequests: 5, dayTokens: 6 } as const;
export const potCount = 7;

/** Columns of a pot. Amounts are whole numbers. */
const column = {
  /** One more than the limit; 0 where there is none. */
  limit: 0,
  /** All that was booked, and what of it was not used after all. Both only grow. */
  booked: 1,
  credited: 2,
  /** Up to where may be booked: what was booked and what the node holds. */
  allowed: 3,
  /** What the call that lacked most needed to hold, since the store was asked last; 0 for nothing. */
  lacked: 4,
  /** Until when the store's word holds that there is no more, and when there is, on the router's clock. */
  dryUntil: 5,
  freeAt: 6,
  /** What all nodes have booked by the store's word, and this one had by then. */
  toldBooked: 7,
  bookedThen: 8,
} as const;
const potLength = 9;

/**
 * What a node holds of limits that it shares with others: beside each row of a ledger, so that to check and to book are additions. A call books against
 * what the node holds; whoever keeps the leases raises it from the store's answers, takes back what is not needed, and reads what was booked.
 *
 * Threads may share the rows. Who calls {@link book}, {@link credit} or {@link lacks} holds their lock.
 */
export class LeaseRows {
  readonly signals: LeaseSignals;
  readonly pots: number;
  readonly #lock: SharedLock | undefined;
  #reals: Float64Array = new Float64Array(0);
  /** 1 for rows in which something has happened. */
  #touched: Int32Array = new Int32Array(0);

  constructor(signals: LeaseSignals, potsPerRow: number, lock?: SharedLock) {
    this.signals = signals;
    this.pots = potsPerRow;
    this.#lock = lock;
  }

  /** How many real numbers a row takes. */
  static rowLength(potsPerRow: number): number {
    return potsPerRow * potLength;
  }

  /** Replaces the arrays by larger ones that begin with the same rows. @param touched One number for each row. */
  use(reals: Float64Array, touched: Int32Array): void {
    this.#reals = reals;
    this.#touched = touched;
  }

  /** Says what a limit is; Infinity for none. */
  declare(row: number, pot: number, limit: number): void {
    const at = this.#at(row, pot);
    const known = limit === Number.POSITIVE_INFINITY ? 0 : limit + 1;
    if (this.#reals[at] === known) return;
    this.#locked(() => {
      this.#reals[at] = known;
      this.#touched[row] = 1;
    });
  }

  book(row: number, pot: number, amount: number): void {
    const at = this.#at(row, pot);
    if (this.#reals[at] === 0 || amount === 0) return;
    this.#add(at + column.booked, amount);
    this.#touched[row] = 1;
  }

  /** Takes note that so much of what was booked was not used. */
  credit(row: number, pot: number, amount: number): void {
    const at = this.#at(row, pot);
    if (this.#reals[at] === 0) return;
    this.#add(at + column.credited, amount);
    this.#touched[row] = 1;
  }

  /**
   * Whether the node does not hold so much. The store is asked for it then, unless it has just said that there is none.
   * @param inUse What of what it holds is taken without being booked.
   */
  lacks(row: number, pot: number, amount: number, now: number, inUse = 0): boolean {
    const at = this.#at(row, pot);
    if (this.#read(at + column.limit) === 0) return false;
    if (this.#read(at + column.booked) + inUse + amount <= this.#read(at + column.allowed)) return false;
    if (now < this.#read(at + column.dryUntil) || !this.signals.isLive) return true;
    const before = this.#read(at + column.lacked);
    this.#reals[at + column.lacked] = Math.max(before, amount + inUse);
    this.#touched[row] = 1;
    if (before === 0) this.signals.lacking.raise();
    return true;
  }

  /** Whether the store was asked for something that a call lacked of this row, and has not answered yet. */
  isAsked(row: number): boolean {
    if (!this.signals.isLive) return false;
    for (let pot = 0; pot < this.pots; pot++) if (this.#read(this.#at(row, pot) + column.lacked) > 0) return true;
    return false;
  }

  /** Milliseconds until the store expects to have what was lacked last; 0 where it does not know. */
  msUntilFree(row: number, pot: number, now: number): number {
    return Math.max(this.#read(this.#at(row, pot) + column.freeAt) - now, 0);
  }

  /** What all nodes together have booked, as far as this one knows. Undefined where nothing was told. */
  bookedByAll(row: number, pot: number): number | undefined {
    const at = this.#at(row, pot);
    const told = this.#read(at + column.toldBooked);
    return this.#read(at) === 0 ? undefined : told + this.#read(at + column.booked) - this.#read(at + column.bookedThen);
  }

  /** The rows in which something has happened since the last time. */
  takeTouched(rows: number): readonly number[] {
    const found: number[] = [];
    for (let row = 0; row < Math.min(rows, this.#touched.length); row++) {
      if (this.#touched[row] === 0) continue;
      this.#touched[row] = 0;
      found.push(row);
    }
    return found;
  }

  /** How a pot stands; undefined where nothing is limited. */
  look(row: number, pot: number): LeasedPot | undefined {
    const at = this.#at(row, pot);
    const limit = this.#read(at + column.limit);
    if (limit === 0) return undefined;
    return {
      limit: limit - 1,
      booked: this.#read(at + column.booked),
      credited: this.#read(at + column.credited),
      allowed: this.#read(at + column.allowed),
      lacked: this.#read(at + column.lacked),
    };
  }

  /** Sets up to where may be booked. */
  allow(row: number, pot: number, upTo: number): void {
    this.#reals[this.#at(row, pot) + column.allowed] = upTo;
  }

  /** Takes note of the store's word on what was lacked. @param now On the router's clock. */
  answer(row: number, pot: number, told: ToldPot): void {
    const at = this.#at(row, pot);
    // Another call may lack more by now.
    if (this.#read(at + column.lacked) <= told.lackedThen) this.#reals[at + column.lacked] = 0;
    this.#reals[at + column.dryUntil] = told.dryUntil;
    this.#reals[at + column.freeAt] = told.freeAt;
    this.#reals[at + column.toldBooked] = told.booked;
    this.#reals[at + column.bookedThen] = told.bookedThen;
  }

  #locked(step: () => void): void {
    this.#lock?.lock();
    try {
      step();
    } finally {
      this.#lock?.unlock();
    }
  }

  #at(row: number, pot: number): number {
    return (row * this.pots + pot) * potLength;
  }

  #read(at: number): number {
    return this.#reals[at] ?? 0;
  }

  #add(at: number, amount: number): void {
    this.#reals[at] = (this.#reals[at] ?? 0) + amount;
  }
}
