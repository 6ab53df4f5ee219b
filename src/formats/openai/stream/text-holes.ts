import { skipString } from "../../../lib/json/json-splice.ts";

/** A string in JSON text that varies, without its quotes. */
export interface Hole {
  readonly start: number;
  readonly end: number;
  /** Whether it is a piece of the answer. Omit it for padding. */
  readonly isText?: boolean;
}

/** Strings that differ from one chunk of a stream to the next: pieces of the answer, of which each chunk has one. */
const textKeys = ['"content":"', '"reasoning_content":"', '"reasoning":"', '"arguments":"'];
/** Also differs, beside any of these: what OpenAI adds against eavesdroppers. */
const paddingKey = '"obfuscation":"';

/**
 * The strings of a stream's chunk that are likely to differ in the next one: a piece of text, and padding where there is some.
 * @param data JSON.
 * @param from Where in it to begin.
 * @returns In the order they stand, none of them empty; nothing where there is no text.
 */
export function findTextHoles(data: Buffer, from: number): readonly Hole[] {
  let text: Hole | undefined;
  for (const key of textKeys) text ??= holeAt(data, key, from, true);
  if (text === undefined) return [];
  const padding = holeAt(data, paddingKey, from, false);
  if (padding === undefined) return [text];
  return padding.start < text.start ? [padding, text] : [text, padding];
}

/** The first string of this key, where it is not empty. What is quoted in another text has a backslash before its quotes. */
function holeAt(data: Buffer, key: string, from: number, isText: boolean): Hole | undefined {
  const at = data.indexOf(key, from, "latin1");
  if (at < 1 || data[at - 1] === backslash) return undefined;
  const start = at + key.length;
  const end = skipString(data, start - 1) - 1;
  return end > start && end < data.length ? { start, end, isText } : undefined;
}

const backslash = 0x5c;

/** So few bytes are copied sooner here than by the platform, which has to be called for it. */
const fewBytes = 48;

/** Copies what stood in a hole. @returns Where in `target` the copy ends. */
export function copyHole(source: Buffer, start: number, end: number, target: Buffer, at: number): number {
  if (end - start > fewBytes) return at + source.copy(target, at, start, end);
  let to = at;
  for (let from = start; from < end; from++) target[to++] = source[from] ?? 0;
  return to;
}
