import { type JsonMember, type JsonText, textPieces, textLength } from "./json-text.ts";

/**
 * Changes single members of a JSON object and leaves every other byte alone, so that unknown fields, number spellings and odd
 * spacing survive. A byte scanner finds where the outermost members stand; what is inside their values is skipped, not parsed.
 */

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** What a byte means outside of strings, by its value. */
const structure = new Uint8Array(256);
const ordinary = 0;
const stringStart = 1;
const opening = 2;
const closing = 3;
const odd = 4;
structure[quote] = stringStart;
structure[openBrace] = opening;
structure[openBracket] = opening;
structure[closeBrace] = closing;
structure[closeBracket] = closing;
// No value of JSON begins so: NaN, Infinity.
structure[0x4e] = odd;
structure[0x49] = odd;

/** Up to this length a string's end is looked for byte by byte: shorter than that, a native search costs more than it saves. */
const shortStringBytes = 24;

/** What to change. A member that is in more than one of these: `set` wins over `defaults`, and both over `remove`. */
export interface ObjectEdit {
  /** JSON values by key; replaces every occurrence of the key, or adds the member at the end. */
  readonly set?: ReadonlyMap<string, Buffer> | undefined;
  /** JSON values for keys that the object does not have once `remove` is done. */
  readonly defaults?: ReadonlyMap<string, Buffer> | undefined;
  /** Keys that are left out, every occurrence of them. */
  readonly remove?: ReadonlySet<string> | undefined;
}

/**
 * The members of the outermost object, in the order they stand.
 * @param bytes A JSON object known to be valid.
 */
export function scanMembers(bytes: Buffer): JsonMember[] {
  return scanObject(bytes) ?? [];
}

/**
 * Like {@link scanMembers} for text from elsewhere: checks the outermost object's frame and that its brackets and quotes close,
 * which is what a text cut short fails. The inside of its values is not validated.
 * @param deepest How many levels of nesting there may be.
 * @returns undefined when `bytes` is not one whole JSON object, or is nested deeper.
 */
export function scanObject(bytes: Buffer, deepest = Number.POSITIVE_INFINITY): JsonMember[] | undefined {
  const members: JsonMember[] = [];
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== openBrace) return undefined;
  at = skipSpace(bytes, at + 1);
  while (bytes[at] === quote) {
    const keyStart = at;
    const keyEnd = skipString(bytes, keyStart);
    at = skipSpace(bytes, keyEnd);
    if (bytes[at] !== colon) return undefined;
    const valueStart = skipSpace(bytes, at + 1);
    const valueEnd = skipValue(bytes, valueStart, deepest - 1);
    if (valueEnd === valueStart) return undefined;
    members.push({ key: readKey(bytes, keyStart, keyEnd), keyStart, valueStart, valueEnd });
    at = skipSpace(bytes, valueEnd);
    if (bytes[at] !== comma) break;
    at = skipSpace(bytes, at + 1);
  }
  if (bytes[at] !== closeBrace || skipSpace(bytes, at + 1) !== bytes.length) return undefined;
  return members;
}

/**
 * Finds a few top-level members without allocating anything: for the chunks of a stream, of which there are many.
 * @param spans Filled with two offsets for each key: where its value starts, and one past its end; -1 where there is no such member.
 * Of a key given twice the last counts, as it does for parsers.
 * @returns How many of these members were found again; -1 when `bytes` is not one whole JSON object, as {@link scanObject} sees it.
 */
export function locateMembers(bytes: Buffer, keys: readonly string[], spans: Int32Array): number {
  spans.fill(-1);
  hasOddWord = false;
  let repeated = 0;
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== openBrace) return -1;
  at = skipSpace(bytes, at + 1);
  while (bytes[at] === quote) {
    const keyStart = at;
    const keyEnd = skipString(bytes, keyStart);
    at = skipSpace(bytes, keyEnd);
    if (bytes[at] !== colon) return -1;
    const valueStart = skipSpace(bytes, at + 1);
    const valueEnd = skipValue(bytes, valueStart, Number.POSITIVE_INFINITY);
    if (valueEnd === valueStart) return -1;
    for (let index = 0; index < keys.length; index++) {
      if (!keyEquals(bytes, keyStart, keyEnd, keys[index] ?? "")) continue;
      if (spans[index * 2] !== -1) repeated++;
      spans[index * 2] = valueStart;
      spans[index * 2 + 1] = valueEnd;
      break;
    }
    at = skipSpace(bytes, valueEnd);
    if (bytes[at] !== comma) break;
    at = skipSpace(bytes, at + 1);
  }
  return bytes[at] === closeBrace && skipSpace(bytes, at + 1) === bytes.length ? repeated : -1;
}

let hasOddWord = false;

/** Whether the last text that {@link locateMembers} went through has a word outside of its texts that may be NaN or Infinity, which JSON does not have. */
export function mayHaveOddNumbers(): boolean {
  return hasOddWord;
}

/** More pieces than this are put together: to send a piece costs as much as to copy some kilobytes. */
const mostPieces = 256;

/**
 * Applies an edit, in time that is proportional to the text, its pieces and its members together.
 * @returns Pieces to be sent one after the other; those that did not change are views into the original, unless they are very many.
 */
export function spliceObject(text: JsonText, edit: ObjectEdit): Buffer[] {
  const { members } = text;
  const source = new PieceCursor(textPieces(text));
  const pieces: Buffer[] = [];
  /** Everything before it was put into `pieces` or dropped. */
  let done = 0;
  let lastKept: JsonMember | undefined;
  /** The first member of a run of removed ones that no kept member follows yet. */
  let removedFrom: JsonMember | undefined;

  const keepUpTo = (end: number): void => {
    if (end <= done) return;
    source.pushRange(done, end, pieces);
    done = end;
  };

  for (const member of members) {
    const replacement = edit.set?.get(member.key);
    if (replacement === undefined && edit.remove?.has(member.key) === true) {
      removedFrom ??= member;
      continue;
    }
    if (removedFrom !== undefined) {
      keepUpTo(removedFrom.keyStart);
      done = member.keyStart;
      removedFrom = undefined;
    }
    if (replacement !== undefined) {
      keepUpTo(member.valueStart);
      pieces.push(replacement);
      done = member.valueEnd;
    }
    lastKept = member;
  }

  // What is added goes right behind the last member that stays, so that its spacing and the closing brace stay where they are.
  const addAt = lastKept?.valueEnd ?? removedFrom?.keyStart ?? text.bytes.indexOf(openBrace) + 1;
  if (removedFrom !== undefined) {
    keepUpTo(addAt);
    done = members.at(-1)?.valueEnd ?? done;
  }
  let separator = lastKept === undefined ? "" : ",";
  const add = (key: string, value: Buffer): void => {
    keepUpTo(addAt);
    pieces.push(Buffer.from(`${separator}${JSON.stringify(key)}:`), value);
    separator = ",";
  };
  // Few are ever added: to look through the members for each costs less than to remember all of them.
  const isPresent = (key: string): boolean => members.some((member) => member.key === key);
  if (edit.set !== undefined) for (const [key, value] of edit.set) if (!isPresent(key)) add(key, value);
  if (edit.defaults !== undefined) {
    for (const [key, value] of edit.defaults) {
      const isKept = isPresent(key) && edit.remove?.has(key) !== true;
      if (!isKept && edit.set?.has(key) !== true) add(key, value);
    }
  }
  keepUpTo(textLength(text));
  return pieces.length > mostPieces ? [Buffer.concat(pieces)] : pieces;
}

/** Gives ranges of what pieces hold in a row. Ranges are asked for from left to right, so no piece is looked at again. */
class PieceCursor {
  readonly #pieces: readonly Buffer[];
  #index = 0;
  /** Where in the whole the piece at the index begins. */
  #pieceStart = 0;

  constructor(pieces: readonly Buffer[]) {
    this.#pieces = pieces;
  }

  /** Adds to `into` the bytes from `start`, which is not before the end of the last range, to `end`. */
  pushRange(start: number, end: number, into: Buffer[]): void {
    for (;;) {
      const piece = this.#pieces[this.#index];
      if (piece === undefined) return;
      const pieceEnd = this.#pieceStart + piece.length;
      if (pieceEnd > start) into.push(piece.subarray(Math.max(start - this.#pieceStart, 0), end - this.#pieceStart));
      if (pieceEnd > end) return;
      this.#index++;
      this.#pieceStart = pieceEnd;
      if (pieceEnd === end) return;
    }
  }
}

/**
 * Counts the items of a list whose first one begins with one of these bytes.
 * @param start Where the list begins in valid JSON.
 * @param firstOf Characters of one byte.
 * @returns 0 for what is no such list.
 */
export function countItems(bytes: Buffer, start: number, firstOf: string): number {
  let at = skipSpace(bytes, start + 1);
  if (bytes[start] !== openBracket || !firstOf.includes(String.fromCharCode(bytes[at] ?? 0))) return 0;
  for (let count = 1; ; count++) {
    const end = skipValue(bytes, at);
    at = skipSpace(bytes, end);
    if (bytes[at] !== comma) return count;
    at = skipSpace(bytes, at + 1);
  }
}

/** @returns Where the next byte stands that is no white space. */
export function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/**
 * @param start Where the opening quote stands.
 * @returns One past the closing quote, or the text's end plus one where it does not close.
 */
export function skipString(bytes: Buffer, start: number): number {
  const near = Math.min(start + shortStringBytes, bytes.length);
  let at = start + 1;
  while (at < near) {
    const byte = bytes[at];
    if (byte === quote) return at + 1;
    at += byte === backslash ? 2 : 1;
  }
  // A quote ends the string unless an odd number of backslashes stands before it. Those before `at` were dealt with.
  const settled = at;
  for (;;) {
    const end = bytes.indexOf(quote, at);
    if (end === -1) return bytes.length + 1;
    let escapes = 0;
    while (end - 1 - escapes >= settled && bytes[end - 1 - escapes] === backslash) escapes++;
    if (escapes % 2 === 0) return end + 1;
    at = end + 1;
  }
}

/**
 * Like {@link skipString}, and also looks for bytes that no string may hold: a line feed in one would end an event of a stream.
 * @param start Behind the opening quote.
 * @returns Where the closing quote stands; -1 where the string does not close or holds a control character.
 */
export function endOfText(bytes: Buffer, start: number): number {
  const { length } = bytes;
  let at = start;
  while (at < length) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) return at;
    if (byte < firstPrintable) return -1;
    at += byte === backslash ? 2 : 1;
  }
  return -1;
}

const firstPrintable = 0x20;

/** Like {@link endOfText}; also -1 where the string holds an escape. */
export function endOfPlainText(bytes: Buffer, start: number): number {
  const { length } = bytes;
  for (let at = start; at < length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) return at;
    if (byte < firstPrintable || byte === backslash) return -1;
  }
  return -1;
}

/** @returns One past the value; `start` itself where no value stands there, it does not close, or it is nested deeper than `deepest`. */
export function skipValue(bytes: Buffer, start: number, deepest = Number.POSITIVE_INFINITY): number {
  const first = bytes[start];
  if (first === quote) {
    const end = skipString(bytes, start);
    return end > bytes.length ? start : end;
  }
  if (first === openBrace || first === openBracket) {
    let depth = 0;
    let at = start;
    const { length } = bytes;
    while (at < length) {
      // One look-up per byte, and nearly always the same branch: this loop walks through all of a prompt.
      const role = structure[bytes[at] ?? 0];
      if (role === ordinary) at++;
      else if (role === stringStart) at = skipString(bytes, at);
      else if (role === odd) {
        hasOddWord = true;
        at++;
      } else {
        depth += role === opening ? 1 : -1;
        at++;
        if (depth === 0) return at;
        if (depth > deepest) return start;
      }
    }
    return start;
  }
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (structure[byte ?? 0] === odd) hasOddWord = true;
    if (byte === comma || byte === closeBrace || byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) break;
    at++;
  }
  return at;
}

function readKey(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.toString("utf8", start + 1, end - 1);
  return raw.includes("\\") ? decodeKey(raw) : raw;
}

function decodeKey(raw: string): string {
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    // Only in text that is not valid JSON: the key is then at least not mistaken for another one.
    return raw;
  }
}

function keyEquals(bytes: Buffer, start: number, end: number, key: string): boolean {
  for (let index = 0; start + 1 + index < end - 1; index++) {
    const byte = bytes[start + 1 + index] ?? 0;
    // Escapes and letters beyond ASCII are rare in keys, and compared the slow way.
    if (byte === backslash || byte >= 0x80) return readKey(bytes, start, end) === key;
    if (byte !== key.charCodeAt(index)) return false;
  }
  return end - start - 2 === key.length;
}
