/** A run of digits that may be a number which JavaScript cannot hold. */
const longNumber = /\d{16}/;

/** The standard's functions to read and write a number as it is spelled. TypeScript's library does not have them yet. */
const exact = JSON as typeof JSON & { rawJSON(this: void, text: string): unknown };

/**
 * Parses a JSON text so that `JSON.stringify` of the result, or of a part of it, has the same numbers: integers that JavaScript cannot hold stay
 * opaque values which are written as they were spelled. All others are plain numbers.
 * @throws SyntaxError for what is no JSON.
 */
export function parseExact(text: string): unknown {
  return (longNumber.test(text) ? JSON.parse(text, keepLarge) : JSON.parse(text)) as unknown;
}

function keepLarge(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined || Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
  return exact.rawJSON(context.source);
}
