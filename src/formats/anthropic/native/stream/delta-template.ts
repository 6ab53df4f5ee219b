import { BytePattern } from "../../../../lib/json/byte-pattern.ts";
import type { TextCount } from "../../../../core/outcome.ts";
import { endOfPlainText, endOfText, scanObject } from "../../../../lib/json/json-splice.ts";
import { textBytes } from "../../../../lib/json/text-bytes.ts";
import { DeltaEvent, DeltaRun } from "./delta-run.ts";

/** Members of a delta that are pieces of what a reader sees. */
const pieceKeys: ReadonlySet<string> = new Set(["text", "thinking", "partial_json"]);
const [quote, closeBrace, space, tab, lineFeed] = [0x22, 0x7d, 0x20, 0x09, 0x0a];
/** The most events that go on together. */
const mostTogether = 256;

/**
 * The pieces of one block differ only in their text, and in the spaces that some hosts put behind it. A template is what stands before the text. An
 * event that begins so, and has nothing but closing braces behind its text, is known to be a piece and need not be parsed.
 */
export class DeltaTemplate {
  #head: BytePattern | undefined;
  readonly #heard: TextCount;
  /** Where the event that matched last ends, and how long its text is. */
  #end = 0;

  /** @param heard What matches is counted there. */
  constructor(heard: TextCount) {
    this.#heard = heard;
  }

  /**
   * Makes an event the new template, where it is a piece of text and nothing else.
   * @param event The whole event.
   * @param data Its data, a view into the event.
   */
  learn(event: Buffer, data: Buffer): void {
    this.#head = undefined;
    const dataAt = data.byteOffset - event.byteOffset;
    if (data.buffer !== event.buffer || dataAt < 0 || dataAt + data.length > event.length) return;
    const delta = scanObject(data)?.at(-1);
    if (delta?.key !== "delta") return;
    const members = scanObject(data.subarray(delta.valueStart, delta.valueEnd)) ?? [];
    const piece = members[1];
    if (members.length !== 2 || members[0]?.key !== "type" || piece === undefined || !pieceKeys.has(piece.key)) return;
    const start = delta.valueStart + piece.valueStart;
    if (data[start] === quote) this.#head = new BytePattern(event.subarray(0, dataAt + start + 1));
  }

  /**
   * Takes as many events as fit, from the one that begins at `at`.
   * @param view A view of the whole chunk.
   * @returns Undefined when the first does not fit or is not whole.
   */
  match(chunk: Buffer, view: DataView, at: number): DeltaEvent | DeltaRun | undefined {
    if (!this.#matchOne(chunk, view, at)) return undefined;
    const first = this.#end;
    let ends: number[] | undefined;
    while (this.#matchOne(chunk, view, this.#end)) {
      ends ??= [first - at];
      ends.push(this.#end - at);
      if (ends.length === mostTogether) break;
    }
    const bytes = chunk.subarray(at, ends === undefined ? first : (ends.at(-1) ?? 0) + at);
    return ends === undefined ? new DeltaEvent(bytes) : new DeltaRun(bytes, ends);
  }

  #matchOne(chunk: Buffer, view: DataView, at: number): boolean {
    const head = this.#head;
    if (head === undefined || !head.isAt(view, at)) return false;
    const start = at + head.length;
    const plainEnd = endOfPlainText(chunk, start);
    const end = plainEnd === -1 ? endOfText(chunk, start) : plainEnd;
    // An empty text is no content, and a string that does not close is not whole.
    if (end === -1 || end === start) return false;
    const stop = endOfEvent(chunk, end + 1);
    if (stop === -1) return false;
    this.#heard.pieces++;
    this.#heard.bytes += plainEnd === -1 ? textBytes(chunk, start, end) : end - start;
    this.#end = stop;
    return true;
  }
}

/** Where an event ends that has two closing braces and the blank line left; -1 where it has anything else. */
function endOfEvent(chunk: Buffer, from: number): number {
  let at = from;
  let braces = 0;
  for (;;) {
    const byte = chunk[at];
    if (byte === closeBrace) braces++;
    else if (byte !== space && byte !== tab) break;
    at++;
  }
  return braces === 2 && chunk[at] === lineFeed && chunk[at + 1] === lineFeed ? at + 2 : -1;
}
