/** How many milliseconds a unit stands for. A month is 30 days: a budget that is renewed needs a length, not a date. */
const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  mo: 30 * 86_400_000,
};

/** What durations look like in one place, and how long they may be. */
interface DurationGrammar {
  readonly pattern: RegExp;
  readonly leastMs: number;
  readonly mostMs: number;
}

/**
 * LiteLLM's, for settings and keys: one whole number and one unit, as in `30s`, `10m`, `24h`, `7d` or `1mo`. Longer than nothing; at most 100
 * years, which is beyond any span that makes sense, and far from where sums lose whole milliseconds.
 */
const settingDuration: DurationGrammar = {
  pattern: /^\s*\d{1,12}(?:s|mo|m|h|d)\s*$/,
  leastMs: 1,
  mostMs: 100 * 365 * 86_400_000,
};

/** For people at a command line: also several units and fractions, as in `90s`, `1h30m`, `1.5h`, `500ms` or `2w`; no months. */
export const typedDuration: DurationGrammar = {
  pattern: /^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/,
  leastMs: 0,
  mostMs: Number.MAX_SAFE_INTEGER,
};

/** @returns Whole milliseconds. Undefined when the text is no duration of this grammar. */
export function parseDuration(text: string, { pattern, leastMs, mostMs }: DurationGrammar = settingDuration): number | undefined {
  if (!pattern.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)(ms|mo|[smhdw])/g))
    sum += Number(amount) * (unitMs[unit] ?? Number.NaN);
  const ms = Math.round(sum);
  return ms >= leastMs && ms <= mostMs ? ms : undefined;
}
