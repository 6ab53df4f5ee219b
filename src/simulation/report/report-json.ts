import type { ScenarioRun } from "../run-scenario.ts";
import { type Compared, type Figure, measures } from "./compare-runs.ts";

/** What a comparison is of, for people. */
export interface ReportHead {
  readonly configFile: string;
  readonly scenarioFile: string | undefined;
  readonly durationMs: number;
  readonly seeds: readonly number[];
  readonly good: { readonly firstMs: number; readonly tokenMs: number };
  readonly faults: readonly { readonly label: string; readonly atMs: number; readonly forMs: number | undefined }[];
  readonly notes: readonly string[];
  /** As they are shown, by the names that strategies were asked for by. */
  readonly titles: ReadonlyMap<string, string>;
}

/** The comparison as JSON: each strategy with its figures over all seeds, and each run. */
export function reportJson(head: ReportHead, compared: readonly Compared[]): string {
  return `${JSON.stringify(
    {
      config: head.configFile,
      scenario: head.scenarioFile ?? null,
      duration_seconds: head.durationMs / 1_000,
      seeds: head.seeds,
      good: { first_token_ms: head.good.firstMs, per_token_ms: head.good.tokenMs },
      notes: head.notes,
      strategies: compared.map(({ strategy, figures, shares, regretToOracle, regretToBest, runs }) => ({
        strategy: head.titles.get(strategy) ?? strategy,
        ...Object.fromEntries(measures.map(({ key }) => [key, figureJson(figures.get(key))])),
        regret_to_oracle: figureJson(regretToOracle),
        regret_to_best: figureJson(regretToBest),
        shares: Object.fromEntries(shares),
        runs: runs.map(runJson),
      })),
    },
    undefined,
    2,
  )}\n`;
}

function figureJson(figure: Figure | undefined): { mean: number; lowest: number; highest: number } | null {
  return figure === undefined ? null : { mean: rounded(figure.mean), lowest: rounded(figure.lowest), highest: rounded(figure.highest) };
}

function runJson(run: ScenarioRun): Readonly<Record<string, unknown>> {
  const { seed, summary } = run;
  return {
    seed,
    calls: summary.calls,
    prompt_tokens: summary.promptTokens,
    output_tokens: summary.outputTokens,
    ...Object.fromEntries(measures.map(({ key, of }) => [key, roundedOrNull(of(run))])),
    shares: Object.fromEntries([...summary.shares].map(([id, share]) => [id, rounded(share)])),
  };
}

function roundedOrNull(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : rounded(value);
}

function rounded(value: number): number {
  return Number(value.toFixed(6));
}
