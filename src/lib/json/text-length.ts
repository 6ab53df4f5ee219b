import type { JsonText } from "./json-text.ts";

/** How many bytes a text has, without putting it together. */
export function textLength(text: JsonText): number {
  if (text.pieces === undefined) return text.bytes.length;
  let sum = 0;
  for (const piece of text.pieces) sum += piece.length;
  return sum;
}
