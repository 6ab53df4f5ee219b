import type { LeasedLimits, LeasedPot, LimitKind, ToldPot } from "./leased-limits.ts";
import { rolling } from "./ledger-rows.ts";
import { type LeaseRows, pots } from "./lease-rows.ts";
import type { Ledger } from "./ledger.ts";

const dayMs = 86_400_000;

/** What each pot counts of the window; nothing for those of a day and for slots. */
const windowKinds: readonly (readonly number[])[] = [
  [rolling.requests],
  [rolling.promptTokens, rolling.outputTokens],
  [rolling.promptTokens],
  [rolling.outputTokens],
];

/** The limits of a ledger's rows as they are leased. */
export class LedgerLeases implements LeasedLimits {
  readonly name: "deployment" | "key";
  readonly pots: readonly string[] = Object.keys(pots);
  readonly #ledger: Ledger;
  readonly #rows: LeaseRows;

  constructor(name: "deployment" | "key", ledger: Ledger, rows: LeaseRows) {
    this.name = name;
    this.#ledger = ledger;
    this.#rows = rows;
  }

  lock(): void {
    this.#ledger.lock();
  }

  unlock(): void {
    this.#ledger.unlock();
  }

  ids(): readonly string[] {
    return this.#ledger.ids();
  }

  get count(): number {
    return this.#ledger.rows;
  }

  takeTouched(): readonly number[] {
    return this.#rows.takeTouched(this.count);
  }

  look(row: number, pot: number): LeasedPot | undefined {
    return this.#rows.look(row, pot);
  }

  allow(row: number, pot: number, upTo: number): void {
    this.#rows.allow(row, pot, upTo);
  }

  answer(row: number, pot: number, told: ToldPot): void {
    this.#rows.answer(row, pot, told);
  }

  kind(pot: number): LimitKind {
    if (pot === pots.slots) return "slots";
    return pot === pots.dayRequests || pot === pots.dayTokens ? "period" : "minute";
  }

  inUse(row: number, pot: number): number {
    return pot === pots.slots ? this.#ledger.inFlight(row) + this.#ledger.places(row) : 0;
  }

  isReserved(row: number): boolean {
    return this.#ledger.inFlight(row) > 0;
  }

  window(row: number, pot: number, now: number): readonly (readonly [number, number])[] {
    if (pot === pots.dayRequests) return [[0, this.#ledger.requestsOfDay(row)]];
    if (pot === pots.dayTokens) return [[0, this.#ledger.tokensOfDay(row)]];
    return this.#ledger.usedByAge(row, windowKinds[pot] ?? [], now);
  }

  period(row: number, pot: number, now: number): { readonly leftMs: number; readonly lengthMs: number } {
    if (this.kind(pot) !== "period") return { leftMs: 0, lengthMs: 0 };
    return { leftMs: Math.max(this.#ledger.dayUntil(row) - now, 0), lengthMs: dayMs };
  }
}
