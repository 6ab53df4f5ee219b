import type { TextCount } from "../../../core/outcome.ts";
import type { StreamEvent } from "../../../core/provider.ts";
import { BytePattern } from "../../../lib/json/byte-pattern.ts";
import { endOfPlainText, endOfText, skipString } from "../../../lib/json/json-splice.ts";
import { pieceEvent, PieceRun } from "./piece-run.ts";

const textKey = '"delta":"';
/** Also differs from one piece to the next: what OpenAI adds against eavesdroppers. */
const paddingKey = '"obfuscation":"';
const numberKey = '"sequence_number":';
/** The most events that go on together. */
const mostTogether = 256;
const [zero, nine] = [0x30, 0x39];
const eventEnd = "\n\n";

/** What varies between two patterns. */
type HoleKind = "text" | "padding" | "number";

interface Hole {
  readonly kind: HoleKind;
  readonly start: number;
  readonly end: number;
}

/**
 * The pieces of one text differ only in it, in their number and in their padding. A template is one of them with holes there. An event that fits it byte
 * by byte is a piece as well, and nothing of it need be looked at.
 */
export class PieceTemplate {
  /** What stands before, between and behind the holes. */
  #patterns: readonly BytePattern[] = [];
  #holes: readonly HoleKind[] = [];
  #dataStart = 0;
  readonly #heard: TextCount;

  /** @param heard What matches is counted there. */
  constructor(heard: TextCount) {
    this.#heard = heard;
  }

  /**
   * Makes an event the new template.
   * @param event A whole piece of text.
   * @param data Its data, a view into the event.
   */
  learn(event: Buffer, data: Buffer): void {
    this.#patterns = [];
    const dataStart = data.byteOffset - event.byteOffset;
    const isWhole = data.buffer === event.buffer && dataStart >= 0 && dataStart + data.length + eventEnd.length === event.length;
    if (!isWhole || event.toString("latin1", event.length - eventEnd.length) !== eventEnd) return;
    const text = stringHole("text", event, textKey, dataStart);
    if (text === undefined) return;
    const others = [stringHole("padding", event, paddingKey, dataStart), numberHole(event, dataStart)];
    const holes = [text, ...others].filter((hole) => hole !== undefined).sort((one, other) => one.start - other.start);
    let from = 0;
    const patterns: BytePattern[] = [];
    for (const { start, end } of holes) {
      patterns.push(new BytePattern(event.subarray(from, start)));
      from = end;
    }
    patterns.push(new BytePattern(event.subarray(from)));
    this.#patterns = patterns;
    this.#holes = holes.map(({ kind }) => kind);
    this.#dataStart = dataStart;
  }

  /**
   * Takes as many events as fit, from the one that begins at `at`.
   * @param view A view of the whole chunk.
   * @returns Undefined when the first does not fit or is not whole.
   */
  match(chunk: Buffer, view: DataView, at: number): StreamEvent | undefined {
    const first = this.#endOfOne(chunk, view, at);
    if (first === -1) return undefined;
    let ends: number[] | undefined;
    for (let end = this.#endOfOne(chunk, view, first); end !== -1; end = this.#endOfOne(chunk, view, end)) {
      ends ??= [first - at];
      ends.push(end - at);
      if (ends.length === mostTogether) break;
    }
    if (ends === undefined) return pieceEvent(chunk.subarray(at, first), this.#dataStart);
    return new PieceRun(chunk.subarray(at, at + (ends.at(-1) ?? 0)), ends, this.#dataStart);
  }

  /** Where the event that begins at `at` ends, and counts it; -1 where it does not fit or is not whole. */
  #endOfOne(chunk: Buffer, view: DataView, at: number): number {
    const patterns = this.#patterns;
    let end = at;
    let textBytes = 0;
    for (let index = 0; index < patterns.length; index++) {
      const pattern = patterns[index];
      if (pattern === undefined || !pattern.isAt(view, end)) return -1;
      end += pattern.length;
      const hole = this.#holes[index];
      if (hole === undefined) break;
      const start = end;
      end = hole === "number" ? endOfDigits(chunk, start) : endOfString(chunk, start);
      if (end === -1) return -1;
      if (hole === "text") textBytes = end - start;
    }
    if (end === at) return -1;
    this.#heard.pieces++;
    this.#heard.bytes += textBytes;
    return end;
  }
}

function endOfString(chunk: Buffer, start: number): number {
  const end = endOfPlainText(chunk, start);
  return end === -1 ? endOfText(chunk, start) : end;
}

/** @returns -1 where no digit stands. */
function endOfDigits(chunk: Buffer, start: number): number {
  let at = start;
  for (let byte = chunk[at]; byte !== undefined && byte >= zero && byte <= nine; byte = chunk[at]) at++;
  return at === start ? -1 : at;
}

/** The first string of a key. What is quoted in another text has a backslash before each of its quotes. */
function stringHole(kind: HoleKind, event: Buffer, key: string, from: number): Hole | undefined {
  const at = event.indexOf(key, from, "latin1");
  if (at === -1) return undefined;
  const start = at + key.length;
  const end = skipString(event, start - 1) - 1;
  return end >= start && end < event.length ? { kind, start, end } : undefined;
}

function numberHole(event: Buffer, from: number): Hole | undefined {
  const at = event.indexOf(numberKey, from, "latin1");
  if (at === -1) return undefined;
  const start = at + numberKey.length;
  const end = endOfDigits(event, start);
  return end === -1 ? undefined : { kind: "number", start, end };
}
