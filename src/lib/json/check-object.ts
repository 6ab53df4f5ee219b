import type { JsonMember } from "./json-text.ts";
import { type ScanEnd, scannedMember, scanText } from "./text-scanner.ts";

/**
 * Checks JSON (RFC 8259, as strictly as `JSON.parse`) without making anything of it: a prompt of some hundred kilobytes is neither copied
 * into a string nor taken apart. No text is slow to check, whatever stands in it.
 */

/** More members than this at its top has no honest text. Each costs memory, and a search for its key. */
export const mostMembers = 10_000;
/** Deeper than this no honest text is nested. Parsers that walk by recursion overflow far beyond it. */
export const deepestNesting = 500;
/** More values than this in all has no honest text: a prompt of text has a few for each message, one of tokens one for each of these. */
export const mostValues = 1_000_000;

/** What a text should have had where it is at fault, or which of its bounds a valid one exceeds. */
export type Expected = Exclude<ScanEnd["how"], "whole">;

/** Why a text is not taken. */
export interface TextFault {
  /** The byte at which it is seen. */
  readonly at: number;
  readonly expected: Expected;
}

/**
 * The members of an object, in the order they stand; or the first fault of a text that is not one whole, valid JSON object, or exceeds
 * {@link mostMembers}, {@link deepestNesting} or the number of values.
 * @param bytes Valid UTF-8.
 * @param values How many values there may be, at the top and in others.
 */
export function checkObject(bytes: Buffer, values = mostValues): JsonMember[] | TextFault {
  const { how, at, members } = scanText(bytes, { members: mostMembers, values, depth: deepestNesting });
  if (how === "string") return { at: faultInString(bytes, at), expected: how };
  if (how !== "whole") return { at, expected: how };
  return Array.from({ length: members }, (_, index) => {
    const [keyStart, keyEnd, valueStart, valueEnd] = scannedMember(index);
    return { key: keyOf(bytes, keyStart, keyEnd), keyStart, valueStart, valueEnd };
  });
}

function keyOf(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.toString("utf8", start, end);
  return raw.includes("\\") ? String(JSON.parse(raw)) : raw.slice(1, -1);
}

/** Where a string that is not valid is at fault. @param from Within it, a little before the fault, and within no escape. */
function faultInString(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at] ?? 0;
    if (byte < firstOrdinary) return at;
    if (byte !== backslash) at++;
    else if (bytes[at + 1] === letterU) {
      for (let index = at + 2; index < at + 6; index++) if (hex[bytes[index] ?? 0] !== 1) return at;
      at += 6;
    } else {
      if (simpleEscapes[bytes[at + 1] ?? 0] !== 1) return at;
      at += 2;
    }
  }
}

const firstOrdinary = 0x20;
const backslash = 0x5c;
const letterU = 0x75;
const simpleEscapes = marked('"\\/bfnrt');
const hex = marked("0123456789abcdefABCDEF");

function marked(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(characters)) table[byte] = 1;
  return table;
}
