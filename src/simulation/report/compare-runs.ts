import type { ScenarioRun } from "../run-scenario.ts";
import { oracleName } from "../oracle.ts";

/** A figure of several runs. */
export interface Figure {
  readonly mean: number;
  readonly lowest: number;
  readonly highest: number;
}

/** One row of a comparison. */
export interface Measure {
  readonly key: string;
  readonly title: string;
  readonly unit: "%" | "ms" | "$" | "";
  readonly of: (run: ScenarioRun) => number | undefined;
}

/** What strategies are compared by, in the order of the table. */
export const measures: readonly Measure[] = [
  { key: "goodput", title: "goodput", unit: "%", of: ({ summary }) => summary.goodput },
  { key: "ttft_p50", title: "TTFT p50", unit: "ms", of: ({ summary }) => summary.firstMs.p50 },
  { key: "ttft_p95", title: "TTFT p95", unit: "ms", of: ({ summary }) => summary.firstMs.p95 },
  { key: "ttft_p99", title: "TTFT p99", unit: "ms", of: ({ summary }) => summary.firstMs.p99 },
  { key: "total_p50", title: "end to end p50", unit: "ms", of: ({ summary }) => summary.totalMs.p50 },
  { key: "total_p95", title: "end to end p95", unit: "ms", of: ({ summary }) => summary.totalMs.p95 },
  { key: "total_p99", title: "end to end p99", unit: "ms", of: ({ summary }) => summary.totalMs.p99 },
  { key: "per_token_p50", title: "per token p50", unit: "ms", of: ({ summary }) => summary.tokenMs.p50 },
  { key: "per_token_p99", title: "per token p99", unit: "ms", of: ({ summary }) => summary.tokenMs.p99 },
  { key: "failed", title: "failed", unit: "%", of: ({ summary }) => summary.failed },
  { key: "first_refused", title: "first tries refused", unit: "%", of: ({ summary }) => summary.firstRefused },
  { key: "retries", title: "retries per 100 calls", unit: "", of: ({ summary }) => summary.retries },
  { key: "quota_used", title: "quota used", unit: "%", of: ({ quotaUsed }) => quotaUsed },
  { key: "cost_usd", title: "money", unit: "$", of: ({ costUsd }) => costUsd },
  { key: "cached", title: "cached prompt tokens", unit: "%", of: ({ summary }) => summary.cached },
  { key: "jain", title: "Jain's index of tenants", unit: "", of: ({ summary }) => summary.jain },
];

/** What one strategy came to over all seeds. */
export interface Compared {
  readonly strategy: string;
  readonly runs: readonly ScenarioRun[];
  /** By measure; without those that are not known. */
  readonly figures: ReadonlyMap<string, Figure>;
  /** The share of calls by deployment, in percent: the mean of the runs. */
  readonly shares: ReadonlyMap<string, number>;
  /** Goodput below that of `oracle`, and of the best other, with the same seeds, in points. Undefined where that did not run. */
  readonly regretToOracle: Figure | undefined;
  readonly regretToBest: Figure | undefined;
}

/** Puts runs of several strategies beside each other. They are in the order of their names and seeds, whenever they ended. */
export function compareRuns(strategies: readonly string[], runs: readonly ScenarioRun[]): readonly Compared[] {
  const byStrategy = strategies.map((name) =>
    runs.filter(({ strategy }) => strategy === name).toSorted((one, other) => one.seed - other.seed),
  );
  const oracle = byStrategy[strategies.indexOf(oracleName)];
  const possible = byStrategy.filter((_runs, index) => strategies[index] !== oracleName);
  const best = possible.toSorted((one, other) => meanGoodput(other) - meanGoodput(one))[0];
  return strategies.map((strategy, index) => {
    const own = byStrategy[index] ?? [];
    const figures = new Map<string, Figure>();
    for (const { key, of } of measures) {
      const figure = figureOf(own.map(of));
      if (figure !== undefined) figures.set(key, figure);
    }
    const ids = [...new Set(own.flatMap(({ summary }) => [...summary.shares.keys()]))].toSorted();
    return {
      strategy,
      runs: own,
      figures,
      shares: new Map(ids.map((id) => [id, meanOf(own.map(({ summary }) => summary.shares.get(id) ?? 0))])),
      regretToOracle: strategy === oracleName ? undefined : regret(oracle, own),
      regretToBest: strategy === oracleName ? undefined : regret(best, own),
    };
  });
}

function regret(than: readonly ScenarioRun[] | undefined, own: readonly ScenarioRun[]): Figure | undefined {
  return than === undefined
    ? undefined
    : figureOf(own.map(({ summary }, index) => (than[index]?.summary.goodput ?? Number.NaN) - summary.goodput));
}

function figureOf(values: readonly (number | undefined)[]): Figure | undefined {
  const known = values.filter((value): value is number => value !== undefined && Number.isFinite(value));
  if (known.length === 0) return undefined;
  return { mean: meanOf(known), lowest: Math.min(...known), highest: Math.max(...known) };
}

function meanGoodput(runs: readonly ScenarioRun[]): number {
  return meanOf(runs.map(({ summary }) => summary.goodput));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}

/** Writes a figure with as many digits as say something. */
export function showValue(value: number, unit: Measure["unit"]): string {
  if (unit === "$") return `$${value.toFixed(value >= 100 ? 0 : value >= 1 ? 2 : 4)}`;
  if (unit === "ms") return value >= 100 ? value.toFixed(0) : value.toFixed(1);
  // Nothing is not less than nothing.
  return value.toFixed(unit === "%" ? 1 : 2).replace(/^-(0\.0+)$/, "$1");
}
