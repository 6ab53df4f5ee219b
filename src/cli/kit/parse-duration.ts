const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** For messages: what a duration looks like. */
export const durationHelp = "a duration such as 90s, 10m, 1h30m or 7d";

/** @returns Milliseconds; undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|[smhdw]))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) total += Number(amount) * (unitsMs[unit ?? ""] ?? NaN);
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : undefined;
}
