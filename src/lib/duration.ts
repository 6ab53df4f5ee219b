/** How many milliseconds a unit stands for. A month is 30 days: a budget that is renewed needs a length, not a date. */
const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  mo: 30 * 86_400_000,
};

/** Beyond any span that makes sense, and far from where sums lose whole milliseconds: 100 years. */
const longestMs = 100 * 365 * 86_400_000;

/** @returns The milliseconds of `30s`, `10m`, `24h`, `7d` or `1mo`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,12})(s|mo|m|h|d)$/.exec(text.trim()) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const ms = Number(digits) * (unitMs[unit] ?? Number.NaN);
  return ms > 0 && ms <= longestMs ? ms : undefined;
}
