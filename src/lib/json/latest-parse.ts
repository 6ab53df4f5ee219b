import { hasLongNumber, parseExact } from "./parse-exact.ts";

/** What was parsed last. A request is mostly translated in the same turn in which it was read, and need not be parsed again for that. */
let latest: { readonly bytes: Buffer; readonly text: string; readonly value: unknown } | undefined;

/** Takes note of what a text was parsed to. Only the last one is kept, and no one may change its value. */
export function noteParse(bytes: Buffer, text: string, value: unknown): void {
  latest = { bytes, text, value };
}

/** {@link parseExact} of a text's bytes, without parsing where that was just done. @throws SyntaxError for what is no JSON. */
export function parseExactOnce(bytes: Buffer): unknown {
  if (latest?.bytes !== bytes) return parseExact(bytes.toString());
  const { text, value } = latest;
  return hasLongNumber(text) ? parseExact(text) : value;
}
