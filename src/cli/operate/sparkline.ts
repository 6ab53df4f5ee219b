const bars = "▁▂▃▄▅▆▇█";

/** A value as a bar, the highest in full, and nothing at all as a line. Empty where all of them are nothing. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(...values);
  if (!(most > 0)) return "";
  return values.map((value) => (value > 0 ? (bars[Math.ceil((value / most) * bars.length) - 1] ?? "") : "_")).join("");
}
