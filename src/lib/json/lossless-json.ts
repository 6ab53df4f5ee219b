/** The standard's functions to read and write a number as it is spelled. TypeScript's library does not have them yet. */
const lossless = JSON as typeof JSON & { rawJSON(this: void, text: string): unknown };

/**
 * Parses a valid JSON text so that `JSON.stringify` of any part of the result spells every number as it was written: `1.0`, and integers that
 * JavaScript cannot hold. The numbers in the result are opaque.
 * @throws RangeError for a text that is nested deeper than the stack allows, as `JSON.stringify` does.
 */
export function parseLossless(text: string): unknown {
  return JSON.parse(text, keepSpelling) as unknown;
}

function keepSpelling(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === "number" && context?.source !== undefined ? lossless.rawJSON(context.source) : value;
}
