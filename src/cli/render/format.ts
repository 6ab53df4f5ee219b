import { timestampDate, type Timestamp } from "@bufbuild/protobuf/wkt";

/** Writes a number with as many decimals as people look at: none from 100 on, two from 1 on, four below. Empty when undefined. */
export function number(value: number | undefined): string {
  if (value === undefined) return "";
  const decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 2 : 4;
  return String(Number(value.toFixed(decimals)));
}

/** Writes US dollars: `$12.50`, below one dollar `$0.0042`. */
export function dollars(value: number): string {
  return `$${value.toFixed(value !== 0 && value < 1 ? 4 : 2)}`;
}

/** Writes a share of 0 … 1 as `37%`, below a tenth as `4.2%`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value !== 0 && value < 10 ? Number(value.toFixed(1)) : value.toFixed(0)}%`;
}

/** Writes `12/60`, or the amount used alone when there is no limit. */
export function ofLimit(used: number, limit: number | undefined): string {
  return limit === undefined ? number(used) : `${number(used)}/${number(limit)}`;
}

/** Writes a time in UTC, to the second. Empty when undefined. */
export function time(timestamp: Timestamp | undefined): string {
  return timestamp === undefined ? "" : clockTime(timestampDate(timestamp).getTime());
}

/** Writes milliseconds since the Unix epoch as {@link time} does. */
export function clockTime(wallTimeMs: number): string {
  return `${new Date(wallTimeMs).toISOString().slice(0, 19)}Z`;
}

const units: readonly (readonly [unit: string, ms: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
];

/** Writes milliseconds in the two largest units that they fill: `1h 20m`. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const parts: string[] = [];
  let rest = Math.round(ms / 1_000) * 1_000;
  for (const [unit, unitMs] of units) {
    const amount = Math.floor(rest / unitMs);
    rest -= amount * unitMs;
    if (amount > 0) parts.push(`${amount}${unit}`);
    if (amount === 0 && parts.length > 0) break;
  }
  return parts.slice(0, 2).join(" ");
}

/** Writes a count with its noun: `1 deployment`, `2 deployments`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

const bars = "▁▂▃▄▅▆▇█";

/** Draws each value as a bar, the highest one in full, and a zero as a line. Empty when all values are zero. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(...values);
  if (!(most > 0)) return "";
  return values.map((value) => (value > 0 ? (bars[Math.ceil((value / most) * bars.length) - 1] ?? "") : "_")).join("");
}
