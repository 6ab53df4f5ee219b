import { type Compared, type Figure, type Measure, measures, showValue } from "../../simulation/report/compare-runs.ts";
import type { ReportHead } from "../../simulation/report/report-json.ts";
import { table, type TablePage } from "./table.ts";

interface Row {
  readonly title: string;
  readonly cells: readonly string[];
}

/** Strategies side by side, a column for each measure that people look at first, then the rest below each other. */
export function comparisonTable(head: ReportHead, compared: readonly Compared[], page: TablePage): string {
  const good = `a first token within ${head.good.firstMs / 1_000} s and the rest at ${head.good.tokenMs} ms a token or faster`;
  const what = `${head.durationMs / 1_000} s of virtual time, ${head.seeds.length === 1 ? "1 seed" : `${head.seeds.length} seeds (mean, lowest … highest)`}`;
  const titleOf = ({ strategy }: Compared): string => head.titles.get(strategy) ?? strategy;
  const ranked = compared.toSorted((one, other) => (other.figures.get("goodput")?.mean ?? 0) - (one.figures.get("goodput")?.mean ?? 0));
  const rows: Row[] = ranked.map((one) => ({
    title: titleOf(one),
    cells: [
      ...measures.map(({ key, unit }) => text(one.figures.get(key), unit)),
      text(one.regretToOracle, "%"),
      text(one.regretToBest, "%"),
      [...one.shares].map(([id, share]) => `${id} ${share.toFixed(0)}`).join(", "),
    ],
  }));
  const titles = [...measures.map(titleWithUnit), "regret to oracle, points", "regret to best, points", "share by deployment, %"];
  const part = (from: number, to: number): string =>
    table<Row>(
      [
        { title: "strategy", cell: ({ title }) => title },
        ...titles.slice(from, to).map((title, index) => ({
          title,
          cell: ({ cells }: Row) => cells[from + index] ?? "",
          alignRight: from + index < titles.length - 1,
        })),
      ],
      rows,
      // A figure that is cut is none.
      { ...page, width: undefined },
    );
  return [`${what}; good is ${good}\n`, ...parts.map(([from, to]) => part(from, to))].join("\n");
}

/** The columns that stand in one table. */
const parts: readonly (readonly [number, number])[] = [
  [0, 4],
  [4, 9],
  [9, 14],
  [14, 18],
  [18, 19],
];

function titleWithUnit({ title, unit }: (typeof measures)[number]): string {
  return unit === "" || unit === "$" ? title : `${title}, ${unit}`;
}

function text(figure: Figure | undefined, unit: Measure["unit"]): string {
  return figure === undefined ? "" : withRange(figure, (value) => showValue(value, unit));
}

function withRange({ mean, lowest, highest }: Figure, show: (value: number) => string): string {
  return show(lowest) === show(highest) ? show(mean) : `${show(mean)} (${show(lowest)} … ${show(highest)})`;
}
