import type { LeasedLimits, LeasedPot, LimitKind, ToldPot } from "../state/leased-limits.ts";
import type { LeaseRows } from "../state/lease-rows.ts";
import type { Budgets } from "./budgets.ts";

/** Budgets as they are leased, in billionths of a US dollar. */
export class BudgetLeases implements LeasedLimits {
  readonly name = "budget";
  readonly pots: readonly string[] = ["usd"];
  readonly #budgets: Budgets;
  readonly #rows: LeaseRows;

  constructor(budgets: Budgets, rows: LeaseRows) {
    this.#budgets = budgets;
    this.#rows = rows;
  }

  lock(): void {
    this.#budgets.lock();
  }

  unlock(): void {
    this.#budgets.unlock();
  }

  ids(): readonly string[] {
    return this.#budgets.names();
  }

  get count(): number {
    return this.#budgets.count;
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

  kind(): LimitKind {
    return "period";
  }

  inUse(row: number): number {
    return this.#budgets.reserved(row);
  }

  isReserved(row: number): boolean {
    return this.#budgets.calls(row) > 0;
  }

  window(row: number): readonly (readonly [number, number])[] {
    return [[0, this.#budgets.spentHere(row)]];
  }

  period(row: number, _pot: number, now: number): { readonly leftMs: number; readonly lengthMs: number } {
    return this.#budgets.period(row, now);
  }
}
