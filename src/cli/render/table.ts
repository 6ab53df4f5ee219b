import { cutToWidth, displayWidth, printable } from "../../lib/display-width.ts";
import type { Paint, Style } from "./paint.ts";

/** A text of a table, and its colour. */
export interface Cell {
  readonly text: string;
  readonly style?: Style | undefined;
}

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Cell | string;
  readonly alignRight?: boolean;
  /** Whether its cells may be cut, with an ellipsis, when the page is too narrow. */
  readonly mayBeCut?: boolean;
  /** When cutting does not suffice, columns are left out by rank, the highest first. A column without a rank stays. */
  readonly rank?: number;
}

/** Where tables are drawn. */
export interface TablePage {
  readonly paint: Paint;
  /** Columns of the terminal. Omit it to draw as wide as the texts are. */
  readonly width: number | undefined;
}

/** A text that is cut shorter than this says nothing. */
const leastWidth = 8;
const gap = "  ";

/** Draws rows under titles, a line each, no line wider than the page. Columns without any text are left out. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], { paint, width }: TablePage): string {
  const filled = columns
    .map((column) => ({
      column,
      cells: rows.map((row) => {
        const cell = column.cell(row);
        const { text, style }: Cell = typeof cell === "string" ? { text: cell } : cell;
        return { text: printable(text), style };
      }),
    }))
    .filter(({ cells }) => cells.some(({ text }) => text !== ""))
    .map((one) => ({ ...one, width: Math.max(displayWidth(one.column.title), ...one.cells.map(({ text }) => displayWidth(text))) }));
  const shown = width === undefined ? filled : fit(filled, width);
  const line = (cellOf: (index: number) => Cell): string => {
    const cells = shown.map(({ column, width: columnWidth }, index) => {
      const { text, style } = cellOf(index);
      const cut = cutToWidth(text, columnWidth);
      const space = " ".repeat(columnWidth - displayWidth(cut));
      return column.alignRight === true ? `${space}${paint(style, cut)}` : `${paint(style, cut)}${space}`;
    });
    return `${cells.join(gap).trimEnd()}\n`;
  };
  const head = line((index) => ({ text: shown[index]?.column.title ?? "", style: "bold" }));
  return head + rows.map((_row, at) => line((index) => shown[index]?.cells[at] ?? { text: "" })).join("");
}

interface Sized {
  readonly column: { readonly mayBeCut?: boolean; readonly rank?: number };
  readonly width: number;
}

/** Cuts the columns that may be cut, the widest first; then leaves out those with a rank; then cuts any column, the widest first. */
function fit<One extends Sized>(all: readonly One[], page: number): readonly One[] {
  const narrowed = narrow(all, page, (one) => one.column.mayBeCut === true);
  if (total(narrowed) <= page) return narrowed;
  const rank = Math.max(...all.map(({ column }) => column.rank ?? 0));
  return rank > 0
    ? fit(
        all.filter(({ column }) => column.rank !== rank),
        page,
      )
    : narrow(all, page, () => true);
}

function narrow<One extends Sized>(all: readonly One[], page: number, mayBeCut: (one: One) => boolean): readonly One[] {
  const result = [...all];
  for (let excess = total(result) - page; excess > 0; excess--) {
    let widest: number | undefined;
    for (const [index, one] of result.entries()) {
      if (mayBeCut(one) && one.width > leastWidth && (widest === undefined || one.width > (result[widest]?.width ?? 0))) widest = index;
    }
    const one = widest === undefined ? undefined : result[widest];
    if (widest === undefined || one === undefined) break;
    result[widest] = { ...one, width: one.width - 1 };
  }
  return result;
}

function total(all: readonly Sized[]): number {
  return all.reduce((sum, { width }) => sum + width, gap.length * (all.length - 1));
}
