import type { KeyBudget } from "./caller-key.ts";

/** What a key has spent in a period, as it is kept over a restart. */
export interface KeySpend {
  /** US dollars. */
  readonly usd: number;
  /** When the period began, in milliseconds since the Unix epoch. */
  readonly periodStart: number;
  /** How long it is; undefined: without end, or not known. */
  readonly periodMs?: number | undefined;
}

interface Account {
  spentUsd: number;
  /** Set aside for calls under way. It belongs to no period: what they really cost counts in the one in which they end. */
  reservedUsd: number;
  calls: number;
  periodStart: number;
  periodMs: number | undefined;
}

/**
 * Money by key: set aside when a call begins, settled when it ends, so that concurrent calls cannot overdraw a budget by more than
 * their estimates were wrong. All moments are milliseconds since the Unix epoch.
 */
export class Budgets {
  readonly #accounts = new Map<string, Account>();

  /** Why a call that is expected to cost so much may not begin; undefined: it may. */
  refusal(name: string, budget: KeyBudget, expectedUsd: number, now: number): BudgetRefusal | undefined {
    const account = this.#at(name, budget.periodMs, now);
    // A call dearer than a whole budget takes all of it, so that it is served once nothing else is instead of never.
    const usd = Math.min(expectedUsd, budget.usd);
    if (account.spentUsd < budget.usd && account.spentUsd + usd <= budget.usd) {
      return account.spentUsd + account.reservedUsd + usd <= budget.usd ? undefined : { kind: "reserved" };
    }
    const retryAfterMs = account.periodMs === undefined ? undefined : account.periodStart + account.periodMs - now;
    return { kind: "spent", spentUsd: account.spentUsd, retryAfterMs };
  }

  /** @returns What was set aside. */
  reserve(name: string, budget: KeyBudget | undefined, expectedUsd: number, now: number): number {
    const account = this.#at(name, budget?.periodMs, now);
    const usd = budget === undefined ? 0 : Math.min(expectedUsd, budget.usd);
    account.reservedUsd += usd;
    account.calls++;
    return usd;
  }

  settle(name: string, reservedUsd: number, spentUsd: number, now: number): void {
    const account = this.#accounts.get(name);
    if (account === undefined) return;
    renew(account, now);
    account.calls--;
    account.spentUsd += spentUsd;
    // Sums of fractions drift; at rest nothing is set aside, exactly.
    account.reservedUsd = account.calls === 0 ? 0 : account.reservedUsd - reservedUsd;
  }

  usage(name: string, now: number): { readonly spentUsd: number; readonly resetsAt: number | undefined } {
    const account = this.#accounts.get(name);
    if (account === undefined) return { spentUsd: 0, resetsAt: undefined };
    renew(account, now);
    const resetsAt = account.periodMs === undefined ? undefined : account.periodStart + account.periodMs;
    return { spentUsd: account.spentUsd, resetsAt };
  }

  snapshot(): Map<string, KeySpend> {
    const kept = [...this.#accounts].filter(([, account]) => account.spentUsd > 0);
    return new Map(kept.map(([name, { spentUsd, periodStart, periodMs }]) => [name, { usd: spentUsd, periodStart, periodMs }]));
  }

  /** Takes up what a snapshot said. What has been spent since is kept beside it. */
  restore(spend: ReadonlyMap<string, KeySpend>): void {
    for (const [name, { usd, periodStart, periodMs }] of spend) {
      const account = this.#accounts.get(name);
      if (account === undefined) this.#accounts.set(name, { spentUsd: usd, reservedUsd: 0, calls: 0, periodStart, periodMs });
      else account.spentUsd += usd;
    }
  }

  #at(name: string, periodMs: number | undefined, now: number): Account {
    let account = this.#accounts.get(name);
    if (account === undefined) this.#accounts.set(name, (account = { spentUsd: 0, reservedUsd: 0, calls: 0, periodStart: now, periodMs }));
    account.periodMs = periodMs;
    renew(account, now);
    return account;
  }
}

/** `reserved`: calls under way are expected to take what is left. */
export type BudgetRefusal =
  | { readonly kind: "spent"; readonly spentUsd: number; readonly retryAfterMs: number | undefined }
  | { readonly kind: "reserved" };

/** Periods follow each other without a gap, whether anybody calls in them or not. */
function renew(account: Account, now: number): void {
  const { periodMs } = account;
  if (periodMs === undefined || now < account.periodStart + periodMs) return;
  account.periodStart += Math.floor((now - account.periodStart) / periodMs) * periodMs;
  account.spentUsd = 0;
}
