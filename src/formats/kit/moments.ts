/** Spans and moments in the many spellings of providers' headers and messages. */

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Longer texts are no span: nothing is searched in them. */
const longestText = 64;

const plainNumber = /^\d+(?:\.\d+)?$/;
const units = "(?:ns|us|µs|ms|[smhdw])";
const span = new RegExp(`^(?:\\d+(?:\\.\\d+)?${units})+$`);
const spanPart = new RegExp(`(\\d+(?:\\.\\d+)?)(${units})`, "g");

/** Seconds since 1970 have been more than this since 2001, and no span of seconds is as long. */
const leastEpochSeconds = 1e9;
const leastEpochMs = 1e12;

/**
 * Reads a span with units: `6m0s`, `1d2h3m4s`, `120ms`, `2m59.56s`.
 * @returns Milliseconds; undefined for anything else, also for a bare number.
 */
export function readSpan(text: string): number | undefined {
  if (text.length > longestText || !span.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit = ""] of text.matchAll(spanPart)) sum += Number(amount) * (unitMs[unit] ?? 0);
  return sum;
}

/**
 * Reads when something happens: a span, a bare number of seconds from now, seconds or milliseconds since 1970, RFC 3339, or an HTTP date.
 * @param wallTime Now, in milliseconds since the Unix epoch. Undefined when it is not known: then a moment is not read.
 * @returns Milliseconds from now, never less than 0; undefined for a text that says nothing usable.
 */
export function readUntil(text: string, wallTime: number | undefined): number | undefined {
  if (text.length > longestText) return undefined;
  if (!plainNumber.test(text)) return readSpan(text.toLowerCase()) ?? untilMoment(readDate(text), wallTime);
  const number = Number(text);
  if (number >= leastEpochMs) return untilMoment(number, wallTime);
  return number >= leastEpochSeconds ? untilMoment(number * 1_000, wallTime) : number * 1_000;
}

/** @returns Milliseconds since the Unix epoch; undefined for anything but an HTTP date or RFC 3339. */
export function readDate(text: string): number | undefined {
  if (!/^[a-z]{3}.*GMT$/i.test(text) && !/^\d{4}-\d\d-\d\dT\d\d:\d\d/i.test(text)) return undefined;
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? undefined : moment;
}

function untilMoment(moment: number | undefined, wallTime: number | undefined): number | undefined {
  return moment === undefined || wallTime === undefined ? undefined : Math.max(moment - wallTime, 0);
}
