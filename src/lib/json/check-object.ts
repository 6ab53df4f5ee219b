import type { JsonMember } from "./json-text.ts";
import { TextScanner } from "./text-scanner.ts";

/**
 * Checks JSON (RFC 8259, as strictly as `JSON.parse`) without making anything of it: a prompt of some hundred kilobytes is neither copied
 * into a string nor taken apart. What costs in honest texts is the looking for the ends of strings: {@link TextScanner} does that. What stands
 * between strings costs one look into a table for each byte, so that no text is slow to check, whatever stands in it.
 */

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;

/** More members than this at its top has no honest text. Each costs memory, and a search for its key. */
export const mostMembers = 10_000;
/** Deeper than this no honest text is nested. Parsers that walk by recursion overflow far beyond it. */
export const deepestNesting = 500;

/** What could have stood where a text stops being a valid object, and the two bounds that a valid one may exceed. */
const expectations = [
  "object",
  "value",
  "value or ]",
  "key",
  "key or }",
  "colon",
  "comma or }",
  "comma or ]",
  "string",
  "end",
  "fewer members",
  "less nesting",
] as const;
/** What the text should have had where it is at fault. */
export type Expected = (typeof expectations)[number];

/** Why a text is not taken. */
export interface TextFault {
  /** The byte at which it is seen. */
  readonly at: number;
  readonly expected: Expected;
}

/**
 * The members of an object, in the order they stand; or the first fault of a text that is not one whole, valid JSON object, or exceeds
 * {@link mostMembers} or {@link deepestNesting}.
 * @param bytes Valid UTF-8.
 */
export function checkObject(bytes: Buffer): JsonMember[] | TextFault {
  const members: JsonMember[] = [];
  const end = checkText(bytes, members);
  if (end >= 0) return members;
  const fault = -1 - end;
  return { at: Math.floor(fault / expectations.length), expected: expectations[fault % expectations.length] ?? "value" };
}

/** A fault, told by the number that the functions below return in place of an end: it is negative. */
function fault(at: number, expected: Expected): number {
  return -1 - (at * expectations.length + expectations.indexOf(expected));
}

/** @param members Filled with those of the object. @returns The text's end, or a fault. */
function checkText(bytes: Buffer, members: JsonMember[]): number {
  const text = new TextScanner(bytes);
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== openBrace) return fault(at, "object");
  at = skipSpace(bytes, at + 1);
  while (bytes[at] !== closeBrace || members.length > 0) {
    const keyStart = at;
    if (bytes[at] !== quote) return fault(at, members.length === 0 ? "key or }" : "key");
    if (members.length === mostMembers) return fault(at, "fewer members");
    const keyEnd = checkString(bytes, text, at);
    if (keyEnd < 0) return keyEnd;
    at = skipSpace(bytes, keyEnd);
    if (bytes[at] !== colon) return fault(at, "colon");
    const valueStart = skipSpace(bytes, at + 1);
    const valueEnd = checkValue(bytes, text, valueStart);
    if (valueEnd < 0) return valueEnd;
    members.push({ key: keyOf(bytes, keyStart, keyEnd), keyStart, valueStart, valueEnd });
    at = skipSpace(bytes, valueEnd);
    if (bytes[at] === closeBrace) break;
    if (bytes[at] !== comma) return fault(at, "comma or }");
    at = skipSpace(bytes, at + 1);
  }
  const last = skipSpace(bytes, at + 1);
  return last === bytes.length ? last : fault(last, "end");
}

/** @returns One past the value that begins at `at`, or a fault. */
function checkValue(bytes: Buffer, text: TextScanner, at: number): number {
  switch (bytes[at]) {
    case quote:
      return checkString(bytes, text, at);
    case openBrace:
      return checkNested(bytes, text, at + 1, inObject.first);
    case openBracket:
      return checkNested(bytes, text, at + 1, inArray.first);
    default:
      return checkWord(bytes, at) ?? checkNumber(bytes, at);
  }
}

/** The states of the walk through what is nested. Those of an object's parts come behind those of an array's. */
const arrayStates = ["first", "value", "after", "minus", "zero", "whole", "dot", "fraction", "e", "sign", "exponent"] as const;
const objectStates = ["first", "key", "colon", ...arrayStates.slice(1)] as const;
const inArray = numbered(arrayStates, 0);
const inObject = numbered(objectStates, arrayStates.length);
const firstOfObject = arrayStates.length;
const allStates = arrayStates.length + objectStates.length;

/** What a byte may ask for besides another state. */
const action = { fault: 64, string: 65, openObject: 66, openArray: 67, close: 68, word: 69 } as const;

/** What follows from a byte, by the state and the byte. */
const transitions = makeTransitions();
/** The state behind a value or a key that began in a state. */
const behind = Uint8Array.from({ length: allStates }, (_, state) =>
  state < firstOfObject ? inArray.after : state === inObject.value ? inObject.after : inObject.colon,
);
/** The state behind a value in each container that is open. */
const around = new Uint8Array(deepestNesting);

/**
 * @param start Behind the opening bracket.
 * @param first The state that the container begins in.
 * @returns One past its closing bracket, or a fault.
 */
function checkNested(bytes: Buffer, text: TextScanner, start: number, first: number): number {
  let state = first;
  // The outermost object is open too.
  let depth = 2;
  let at = start;
  for (;;) {
    // At the end of the text there is no byte, which no state takes, as it takes no zero.
    const next = transitions[(state << 8) | (bytes[at] ?? 0)] ?? action.fault;
    if (next < action.fault) {
      state = next;
      at++;
      continue;
    }
    switch (next) {
      case action.string: {
        // Most strings that are many are short: no call for them.
        const near = at + shortBytes;
        at++;
        while (at < near && ordinary[bytes[at] ?? 0] === 1) at++;
        if (bytes[at] === quote) at++;
        else {
          const end = restOfString(bytes, text, at);
          if (end < 0) return end;
          at = end;
        }
        state = behind[state] ?? 0;
        break;
      }
      case action.openObject:
      case action.openArray:
        if (depth === deepestNesting) return fault(at, "less nesting");
        around[depth++] = behind[state] ?? 0;
        state = next === action.openObject ? inObject.first : inArray.first;
        at++;
        break;
      case action.close:
        at++;
        if (--depth === 1) return at;
        state = around[depth] ?? 0;
        break;
      case action.word: {
        const end = checkWord(bytes, at);
        if (end === undefined) return faultIn(state, at);
        at = end;
        state = behind[state] ?? 0;
        break;
      }
      default:
        return faultIn(state, at);
    }
  }
}

/** A fault where no byte of those that a state takes stands. A number that stops too early ends where it was one. */
function faultIn(state: number, at: number): number {
  const isObject = state >= firstOfObject;
  const between = isObject ? "comma or }" : "comma or ]";
  switch (isObject ? objectStates[state - firstOfObject] : arrayStates[state]) {
    case "first":
      return fault(at, isObject ? "key or }" : "value or ]");
    case "key":
      return fault(at, "key");
    case "colon":
      return fault(at, "colon");
    case "value":
      return fault(at, "value");
    case "minus":
      return fault(at - 1, "value");
    case "dot":
    case "e":
      return fault(at - 1, between);
    case "sign":
      return fault(at - 2, between);
    default:
      return fault(at, between);
  }
}

function makeTransitions(): Uint8Array {
  const table = new Uint8Array(allStates << 8).fill(action.fault);
  const on = (state: number, characters: string, next: number): void => {
    for (const byte of Buffer.from(characters)) table[(state << 8) | byte] = next;
  };
  const beginValue = (state: number, to: typeof inArray | typeof inObject): void => {
    on(state, '"', action.string);
    on(state, "{", action.openObject);
    on(state, "[", action.openArray);
    on(state, "tfn", action.word);
    on(state, "-", to.minus);
    on(state, "0", to.zero);
    on(state, "123456789", to.whole);
  };
  for (const [to, close, followed] of [
    [inArray, "]", inArray.value],
    [inObject, "}", inObject.key],
  ] as const) {
    beginValue(to.value, to);
    for (const state of [to.first, to.value, to.after]) on(state, " \n\r\t", state);
    for (const ended of [to.after, to.zero, to.whole, to.fraction, to.exponent]) {
      on(ended, " \n\r\t", to.after);
      on(ended, ",", followed);
      on(ended, close, action.close);
    }
    on(to.first, close, action.close);
    on(to.minus, "0", to.zero);
    on(to.minus, "123456789", to.whole);
    on(to.whole, "0123456789", to.whole);
    for (const state of [to.zero, to.whole]) on(state, ".", to.dot);
    for (const state of [to.dot, to.fraction]) on(state, "0123456789", to.fraction);
    for (const state of [to.zero, to.whole, to.fraction]) on(state, "eE", to.e);
    on(to.e, "+-", to.sign);
    for (const state of [to.e, to.sign, to.exponent]) on(state, "0123456789", to.exponent);
  }
  beginValue(inArray.first, inArray);
  for (const state of [inObject.first, inObject.key]) on(state, '"', action.string);
  for (const state of [inObject.key, inObject.colon]) on(state, " \n\r\t", state);
  on(inObject.colon, ":", inObject.value);
  return table;
}

/** @returns The names with numbers from `first` on. */
function numbered<Name extends string>(names: readonly Name[], first: number): Readonly<Record<Name, number>> {
  return Object.fromEntries(names.map((name, index) => [name, first + index])) as Record<Name, number>;
}

function keyOf(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.toString("utf8", start, end);
  return raw.includes("\\") ? String(JSON.parse(raw)) : raw.slice(1, -1);
}

/** @returns One past a word; undefined where none stands. */
function checkWord(bytes: Buffer, at: number): number | undefined {
  switch (bytes[at]) {
    case 0x74:
      return bytes[at + 1] === 0x72 && bytes[at + 2] === 0x75 && bytes[at + 3] === 0x65 ? at + 4 : undefined;
    case 0x66:
      return bytes[at + 1] === 0x61 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x73 && bytes[at + 4] === 0x65 ? at + 5 : undefined;
    case 0x6e:
      return bytes[at + 1] === 0x75 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c ? at + 4 : undefined;
    default:
      return undefined;
  }
}

/** A number among the outermost members. @returns One past it, or a fault. */
function checkNumber(bytes: Buffer, start: number): number {
  let state = inArray.value;
  let at = start;
  for (;;) {
    const byte = bytes[at] ?? 0;
    const next = transitions[(state << 8) | byte] ?? action.fault;
    // What may follow a number is not the number's business.
    if (next >= action.fault || next === inArray.after || next === inArray.value) break;
    state = next;
    at++;
  }
  switch (arrayStates[state]) {
    case "value":
      return fault(start, "value");
    case "minus":
      return fault(at - 1, "value");
    case "dot":
    case "e":
      return fault(at - 1, "comma or }");
    case "sign":
      return fault(at - 2, "comma or }");
    default:
      return at;
  }
}

/** @param start Where the opening quote stands. @returns One past the closing one; a fault when it does not close or holds what it may not. */
function checkString(bytes: Buffer, text: TextScanner, start: number): number {
  return restOfString(bytes, text, start + 1);
}

/** @param from Within the string, not within an escape. @returns As {@link checkString} does. */
function restOfString(bytes: Buffer, text: TextScanner, from: number): number {
  let at = from;
  for (;;) {
    // Escapes often stand in a row.
    if (bytes[at] !== backslash) {
      at = text.next(at);
      const byte = bytes[at];
      if (byte === quote) return at + 1;
      if (byte !== backslash) return fault(at, "string");
    }
    const escape = bytes[at + 1] ?? 0;
    if (escape === 0x75) {
      for (let index = at + 2; index < at + 6; index++) if (hex[bytes[index] ?? 0] !== 1) return fault(at, "string");
      at += 6;
    } else {
      if (simpleEscapes[escape] !== 1) return fault(at, "string");
      at += 2;
    }
  }
}

const shortBytes = 16;
const ordinary = Uint8Array.from({ length: 256 }, (_, byte) => (byte < 0x20 || byte === quote || byte === backslash ? 0 : 1));
const simpleEscapes = marked('"\\/bfnrt');
const hex = marked("0123456789abcdefABCDEF");

function marked(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(characters)) table[byte] = 1;
  return table;
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}
