/** Numbers and times as people read them. Each text is short, and about as long whatever the number is. */

const absent = "–";

/** Writes a count as `0`, `7.5`, `940`, `12.3k`, `4.1M`. */
export function count(value: number | undefined): string {
  if (value === undefined) return absent;
  const size = Math.abs(value);
  if (size >= 1e9) return `${digits(value / 1e9)}G`;
  if (size >= 999_500) return `${digits(value / 1e6)}M`;
  if (size >= 1e4) return `${digits(value / 1e3)}k`;
  return size >= 100 || Number.isInteger(value) ? Math.round(value).toString() : digits(value);
}

/** Writes a share of 0 … 1 as `0 %`, `0.4 %`, `37 %`. */
export function percent(share: number | undefined): string {
  if (share === undefined) return absent;
  const value = share * 100;
  if (value === 0) return "0 %";
  if (value < 0.1) return "<0.1 %";
  return value < 9.95 ? `${trimmed(value, 1)} %` : `${Math.round(value)} %`;
}

/** Writes milliseconds as `8.2 ms`, `340 ms`, `2.4 s`, `12 s`. */
export function milliseconds(value: number | undefined): string {
  if (value === undefined) return absent;
  if (value < 999.5) return `${digits(value)} ms`;
  return `${digits(value / 1_000)} s`;
}

/** Writes milliseconds as a span: `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? joined(hours, "h", minutes % 60, "min") : joined(Math.floor(hours / 24), "d", hours % 24, "h");
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** Writes calls per second as `0/s`, `0.3/s`, `41/s`. */
export function rate(perSecond: number | undefined): string {
  return perSecond === undefined ? absent : `${count(perSecond)}/s`;
}

/** Writes a weight with four digits, without the noise of a ramp's arithmetic. */
export function weight(value: number): string {
  return Number(value.toPrecision(4)).toString();
}

/** Writes hours, minutes and seconds on the reader's clock. */
export function timeOfDay(at: Date): string {
  return at.toLocaleTimeString(undefined, { hour12: false });
}

/** Three digits, where there are as many. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95) return Math.round(value).toString();
  return trimmed(value, size >= 9.995 ? 1 : 2);
}

function trimmed(value: number, places: number): string {
  return Number(value.toFixed(places)).toString();
}
