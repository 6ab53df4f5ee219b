/** As many digits may be a number which JavaScript cannot hold. */
const longNumber = 16;
const [zero, nine] = [0x30, 0x39];

/** The standard's functions to read and write a number as it is spelled. TypeScript's library does not have them yet. */
const exact = JSON as typeof JSON & { rawJSON(this: void, text: string): unknown };

/**
 * Parses a JSON text so that `JSON.stringify` of the result, or of a part of it, has the same numbers: integers that JavaScript cannot hold stay
 * opaque values which are written as they were spelled. All others are plain numbers.
 * @throws SyntaxError for what is no JSON.
 */
export function parseExact(text: string): unknown {
  return (hasLongNumber(text) ? JSON.parse(text, keepLarge) : JSON.parse(text)) as unknown;
}

/** Whether a text may have a number that JavaScript cannot hold. Looks at one character of so many that no run of digits as long lies between them: most of a large text is not looked at. */
export function hasLongNumber(text: string): boolean {
  for (let at = longNumber - 1; at < text.length; at += longNumber) {
    const code = text.charCodeAt(at);
    if (code < zero || code > nine) continue;
    let start = at;
    while (isDigit(text, start - 1)) start--;
    let end = at + 1;
    while (end - start < longNumber && isDigit(text, end)) end++;
    if (end - start >= longNumber) return true;
  }
  return false;
}

/** Before the beginning and behind the end stands none. */
function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= zero && code <= nine;
}

function keepLarge(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined || Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
  return exact.rawJSON(context.source);
}
