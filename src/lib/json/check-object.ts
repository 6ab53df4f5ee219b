import type { JsonMember } from "./json-text.ts";
import { TextScanner } from "./text-scanner.ts";

/**
 * Checks JSON (RFC 8259, as strictly as `JSON.parse`) without making anything of it: a prompt of some hundred kilobytes is neither copied
 * into a string nor taken apart. What costs is the looking for the ends of texts: {@link TextScanner} does that.
 */

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** No sensible number is longer. A text with a longer one is left to the usual parser. */
const longestNumber = 1_024;

/** What could have stood where a text stops being a valid object. */
const expectations = ["object", "value", "value or ]", "key", "key or }", "colon", "comma or }", "comma or ]", "string", "end"] as const;
/** What the text should have had where it is at fault. */
export type Expected = (typeof expectations)[number];

/**
 * The members of an object, in the order they stand.
 * @param bytes Valid UTF-8.
 * @returns undefined when it is not one whole, valid JSON object; also for a number of over 1,024 digits.
 */
export function checkObject(bytes: Buffer): JsonMember[] | undefined {
  const members: JsonMember[] = [];
  return checkText(bytes, members) < 0 ? undefined : members;
}

/** Why {@link checkObject} refuses a text, and the byte at which it does; undefined when it does not. */
export function findFault(bytes: Buffer): { readonly at: number; readonly expected: Expected } | undefined {
  const end = checkText(bytes, []);
  if (end >= 0) return undefined;
  const fault = -1 - end;
  return { at: Math.floor(fault / expectations.length), expected: expectations[fault % expectations.length] ?? "value" };
}

/** A fault, told by the number that the functions below return in place of an end: it is negative. */
function fault(at: number, expected: Expected): number {
  return -1 - (at * expectations.length + expectations.indexOf(expected));
}

/** @returns The text's end, or a fault. */
function checkText(bytes: Buffer, members: JsonMember[]): number {
  const start = skipSpace(bytes, 0);
  if (bytes[start] !== openBrace) return fault(start, "object");
  const end = checkValue(bytes, start, members);
  if (end < 0) return end;
  const last = skipSpace(bytes, end);
  return last === bytes.length ? last : fault(last, "end");
}

/**
 * @param start Where an object or an array begins.
 * @param members Filled with those of the outermost object.
 * @returns One past the value, or a fault.
 */
function checkValue(bytes: Buffer, start: number, members: JsonMember[]): number {
  const text = new TextScanner(bytes);
  /** The closing brackets that are owed. */
  const owed: number[] = [];
  let keyStart = 0;
  let keyEnd = 0;
  let valueStart = 0;
  let at = start;
  for (;;) {
    // A value begins at `at`.
    const first = bytes[at];
    if (first === openBrace || first === openBracket) {
      const close = first === openBrace ? closeBrace : closeBracket;
      owed.push(close);
      at = skipSpace(bytes, at + 1);
      if (bytes[at] !== close) {
        if (first === openBracket) continue;
        const next = checkKey(bytes, text, at, "key or }");
        if (next < 0) return next;
        if (owed.length === 1) [keyStart, keyEnd, valueStart] = [at, keyEndBefore(bytes, next), next];
        at = next;
        continue;
      }
    } else {
      const end = checkScalar(bytes, text, at);
      if (end < 0) return end === noValue ? fault(at, isFirstOf(bytes, at, owed.at(-1)) ? "value or ]" : "value") : end;
      at = end;
      if (owed.length === 1) members.push({ key: keyOf(bytes, keyStart, keyEnd), keyStart, valueStart, valueEnd: at });
      at = skipSpace(bytes, at);
    }
    // A value has ended, or an empty one has begun: what follows is a comma, or as many ends as are owed.
    while (bytes[at] === owed.at(-1)) {
      owed.pop();
      at++;
      if (owed.length === 0) return at;
      if (owed.length === 1) members.push({ key: keyOf(bytes, keyStart, keyEnd), keyStart, valueStart, valueEnd: at });
      at = skipSpace(bytes, at);
    }
    if (bytes[at] !== comma) return fault(at, owed.at(-1) === closeBrace ? "comma or }" : "comma or ]");
    at = skipSpace(bytes, at + 1);
    if (owed.at(-1) === closeBrace) {
      const next = checkKey(bytes, text, at, "key");
      if (next < 0) return next;
      if (owed.length === 1) [keyStart, keyEnd, valueStart] = [at, keyEndBefore(bytes, next), next];
      at = next;
    }
  }
}

/** Whether an array's bracket is the last that stands before `at`. */
function isFirstOf(bytes: Buffer, at: number, close: number | undefined): boolean {
  let before = at - 1;
  while (before > 0 && skipSpace(bytes, before) !== before) before--;
  return close === closeBracket && bytes[before] === openBracket;
}

/** @returns Where the value behind a key and its colon begins, or a fault. @param expected What is expected where there is no key. */
function checkKey(bytes: Buffer, text: TextScanner, at: number, expected: Expected): number {
  if (bytes[at] !== quote) return fault(at, expected);
  const end = checkString(bytes, text, at);
  if (end < 0) return end;
  const colonAt = skipSpace(bytes, end);
  return bytes[colonAt] === colon ? skipSpace(bytes, colonAt + 1) : fault(colonAt, "colon");
}

/** One past the key's closing quote, the last one before its value. */
function keyEndBefore(bytes: Buffer, valueStart: number): number {
  return bytes.lastIndexOf(quote, valueStart - 1) + 1;
}

function keyOf(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.toString("utf8", start, end);
  return raw.includes("\\") ? String(JSON.parse(raw)) : raw.slice(1, -1);
}

/** Told by the functions of numbers and words. No fault is this number: the first of them is at the text's first byte. */
const noValue = Number.NEGATIVE_INFINITY;

/** A string, a number or a word. @returns One past it, a fault in a string, or {@link noValue}. */
function checkScalar(bytes: Buffer, text: TextScanner, at: number): number {
  switch (bytes[at]) {
    case quote:
      return checkString(bytes, text, at);
    case 0x74:
      return checkWord(bytes, at, "true");
    case 0x66:
      return checkWord(bytes, at, "false");
    case 0x6e:
      return checkWord(bytes, at, "null");
    default:
      return checkNumber(bytes, at);
  }
}

function checkWord(bytes: Buffer, at: number, word: string): number {
  return bytes.toString("latin1", at, at + word.length) === word ? at + word.length : noValue;
}

function checkNumber(bytes: Buffer, at: number): number {
  number.lastIndex = 0;
  const length = number.exec(bytes.toString("latin1", at, at + longestNumber))?.[0].length ?? 0;
  return length === 0 || length === longestNumber ? noValue : at + length;
}

/** @param start Where the opening quote stands. @returns One past the closing one; a fault when it does not close or holds what it may not. */
function checkString(bytes: Buffer, text: TextScanner, start: number): number {
  let at = start + 1;
  for (;;) {
    at = text.next(at);
    const byte = bytes[at];
    if (byte === quote) return at + 1;
    if (byte !== backslash) return fault(at, "string");
    const escape = bytes[at + 1];
    if (escape === undefined) return fault(at, "string");
    if (escape === 0x75) {
      if (!isHex(bytes, at + 2)) return fault(at, "string");
      at += 6;
    } else {
      if (!simpleEscapes.has(escape)) return fault(at, "string");
      at += 2;
    }
  }
}

const simpleEscapes: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));

function isHex(bytes: Buffer, at: number): boolean {
  return /^[0-9a-fA-F]{4}$/.test(bytes.toString("latin1", at, at + 4));
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}
