import type { TextCount } from "../../../core/outcome.ts";
import { textBytes } from "../../../lib/json/text-bytes.ts";
import { skipSpace, skipString, skipValue } from "../../../lib/json/json-splice.ts";

/**
 * Counts the text of answers without parsing them: content, reasoning, refusals, names and arguments of tools, as bytes in UTF-8, and how
 * many of the choices hold any. Reasoning that a host tells under several names counts once.
 * @param start Where the list of choices begins in `data`.
 * @param end One past its end.
 * @param into What is counted is added to it.
 */
export function countText(data: Buffer, start: number, end: number, into: TextCount): void {
  let depth = 0;
  let at = start;
  let text = 0;
  forget();
  while (at < end) {
    switch (data[at]) {
      case quote: {
        const close = skipString(data, at);
        const next = skipSpace(data, close);
        if (data[next] === colon) {
          const value = skipSpace(data, next + 1);
          const key = keyOf(data, at + 1, close - 1);
          at = takeMember(data, key, value);
          if (key === plain) text += taken;
        } else at = next;
        break;
      }
      case openBrace:
      case openBracket:
        depth++;
        at++;
        break;
      case closeBrace:
      case closeBracket:
        depth--;
        at++;
        // A choice is over.
        if (depth === 1) {
          const bytes = text + Math.max(...reasoning);
          into.bytes += bytes;
          if (bytes > 0) into.pieces++;
          text = 0;
          forget();
        }
        break;
      default:
        at++;
    }
  }
}

const quote = 0x22;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** What is done with a member, by its key. From {@link reasons} on: reasoning, under one name of several. */
const ignored = 0;
const skipped = 1;
const plain = 2;
const reasons = 3;

const kinds: readonly (readonly [name: string, kind: number])[] = [
  ["content", plain],
  ["text", plain],
  ["refusal", plain],
  ["name", plain],
  ["arguments", plain],
  ["input", plain],
  ["transcript", plain],
  ["summary", plain],
  ["reasoning_content", reasons],
  ["reasoning", reasons + 1],
  ["thinking", reasons + 2],
  ["reasoning_details", reasons + 3],
  ["logprobs", skipped],
];

/** Bytes of reasoning in the present choice, by the name it came under. */
const reasoning = [0, 0, 0, 0];
/** What {@link takeMember} has counted. */
let taken = 0;

function forget(): void {
  for (let index = 0; index < reasoning.length; index++) reasoning[index] = 0;
}

/** The same by the length of the name. */
const kindsByLength: readonly (typeof kinds)[] = Array.from({ length: 1 + Math.max(...kinds.map(([name]) => name.length)) }, (_, length) =>
  kinds.filter(([name]) => name.length === length),
);

function keyOf(data: Buffer, start: number, end: number): number {
  const known = kindsByLength[end - start];
  if (known === undefined) return ignored;
  for (let index = 0; index < known.length; index++) {
    const [name, kind] = known[index] ?? ["", ignored];
    if (isAt(data, start, name)) return kind;
  }
  return ignored;
}

function isAt(data: Buffer, start: number, name: string): boolean {
  for (let index = 0; index < name.length; index++) if (data[start + index] !== name.charCodeAt(index)) return false;
  return true;
}

/** @returns Where to go on: behind a value that was counted or skipped, at one whose members are looked at. */
function takeMember(data: Buffer, key: number, value: number): number {
  taken = 0;
  if (key === ignored) return value;
  if (key !== skipped && data[value] === quote) {
    const close = skipString(data, value);
    taken = textBytes(data, value + 1, close - 1);
    if (key >= reasons) reasoning[key - reasons] = (reasoning[key - reasons] ?? 0) + taken;
    return close;
  }
  if (key === skipped) return Math.max(skipValue(data, value), value + 1);
  if (key !== reasons + 3 || data[value] !== openBracket) return value;
  const close = skipValue(data, value);
  const details: TextCount = { pieces: 0, bytes: 0 };
  const told = [...reasoning];
  countText(data, value, close, details);
  for (const [index, bytes] of told.entries()) reasoning[index] = bytes;
  reasoning[3] = details.bytes;
  return Math.max(close, value + 1);
}
