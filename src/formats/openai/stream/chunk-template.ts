import type { TextCount } from "../../../core/outcome.ts";
import type { StreamEvent } from "../../../core/provider.ts";
import { endOfPlainText, endOfText } from "../../../lib/json/json-splice.ts";
import { textBytes } from "../../../lib/json/text-bytes.ts";
import { BytePattern } from "../../../lib/json/byte-pattern.ts";
import { edited, type ChunkEdit } from "./chunk-edits.ts";
import { TextEvent } from "./text-event.ts";
import { copyHole, findTextHoles } from "./text-holes.ts";
import { TextRun } from "./text-run.ts";

const mostHoles = 2;
/** The most events that are written together. A packet of 64 KB seldom has more. */
const mostTogether = 256;
/** Where the holes' strings begin and end in the events that matched last. All templates share it, since each match is written at once. */
const holesFound = new Int32Array(mostTogether * mostHoles * 2);
const eventStart = Buffer.from("data: ");
const eventEnd = Buffer.from("\n\n");

/**
 * The chunks of one stream differ only in their text. A template is one chunk with holes where these strings were. A chunk that fits it byte by
 * byte is a piece of text and need not be parsed, and the template knows what to send in its place. A chunk that does not fit is parsed.
 */
export class ChunkTemplate {
  /** What stands before, between and behind the holes: as the host writes it, and as the caller gets it. */
  #expected: readonly BytePattern[] = [];
  #told: readonly Buffer[] = [];
  /** The length of what the caller gets, without the holes. */
  #toldLength = 0;
  /** How many events matched last, and whether any of their strings holds an escape: otherwise its bytes are its length. */
  #matched = 0;
  #hasEscapes = false;
  /** Which hole holds the text, and what each event has of it beside that. */
  #textHole = 0;
  #pieces = 0;
  #bytesBeside = 0;
  readonly #heard: TextCount;

  /** @param heard What is written is counted there. */
  constructor(heard: TextCount) {
    this.#heard = heard;
  }

  /**
   * Makes a chunk the new template. It must carry a piece of text and nothing else of interest.
   * @param event The whole event.
   * @param data Its data, a view into the event.
   * @param choicesAt Where in `data` its choices begin.
   * @param edits What the caller gets in place of parts of `data`, in the order they stand, none of them within a text.
   * @param text How much text the chunk has.
   */
  learn(event: Buffer, data: Buffer, choicesAt: number, edits: readonly ChunkEdit[], text: TextCount): void {
    this.#expected = [];
    if (event.length !== eventStart.length + data.length + eventEnd.length || !event.subarray(0, eventStart.length).equals(eventStart))
      return;
    if (!event.subarray(event.length - eventEnd.length).equals(eventEnd)) return;
    const holes = findTextHoles(data, choicesAt);
    if (holes.length === 0) return;
    const expected: BytePattern[] = [];
    const told: Buffer[] = [];
    let from = 0;
    for (const hole of [...holes, undefined]) {
      const start = from === 0 ? 0 : from + eventStart.length;
      const end = hole === undefined ? event.length : hole.start + eventStart.length;
      // A copy, since the template lives longer than the chunk whose memory the event shares.
      const piece = Buffer.from(event.subarray(start, end));
      expected.push(new BytePattern(piece));
      told.push(edited(piece, start - eventStart.length, edits));
      from = hole?.end ?? 0;
    }
    this.#textHole = holes.findIndex((hole) => hole.isText);
    const hole = holes[this.#textHole];
    this.#pieces = text.pieces;
    this.#bytesBeside = text.bytes - (hole === undefined ? 0 : textBytes(data, hole.start, hole.end));
    this.#expected = expected;
    this.#told = told;
    this.#toldLength = told.reduce((sum, piece) => sum + piece.length, 0);
  }

  /**
   * Compares as many events as fit, from the one that begins at `at`.
   * @param view A view of the whole chunk.
   * @returns Where the last one that fits ends; -1 when the first does not fit or is not whole.
   */
  match(chunk: Buffer, view: DataView, at: number): number {
    this.#matched = 0;
    this.#hasEscapes = false;
    let end = -1;
    for (let next = this.#matchOne(chunk, view, at); next !== -1; next = this.#matchOne(chunk, view, next)) {
      end = next;
      if (++this.#matched === mostTogether) break;
    }
    return end;
  }

  #matchOne(chunk: Buffer, view: DataView, at: number): number {
    const expected = this.#expected;
    const last = expected.length - 1;
    if (last < 1) return -1;
    let hole = this.#matched * mostHoles * 2;
    let end = at;
    for (let index = 0; index <= last; index++) {
      const piece = expected[index];
      if (piece === undefined || !piece.isAt(view, end)) return -1;
      end += piece.length;
      if (index === last) return end;
      let holeEnd = endOfPlainText(chunk, end);
      if (holeEnd === -1) {
        holeEnd = endOfText(chunk, end);
        this.#hasEscapes = true;
      }
      // An empty text is no content, and a string that does not close is not whole.
      if (holeEnd === -1 || holeEnd === end) return -1;
      holesFound[hole++] = end;
      holesFound[hole++] = holeEnd;
      end = holeEnd;
    }
    return -1;
  }

  /** Writes the events that matched last, as the caller gets them. */
  write(chunk: Buffer): StreamEvent {
    const matched = this.#matched;
    const holes = this.#told.length - 1;
    const textAt = this.#textHole * 2;
    let length = matched * this.#toldLength;
    let text = matched * this.#bytesBeside;
    for (let one = 0; one < matched; one++) {
      const from = one * mostHoles * 2;
      for (let hole = from; hole < from + holes * 2; hole += 2) length += (holesFound[hole + 1] ?? 0) - (holesFound[hole] ?? 0);
      const [start, end] = [holesFound[from + textAt] ?? 0, holesFound[from + textAt + 1] ?? 0];
      text += this.#hasEscapes ? textBytes(chunk, start, end) : end - start;
    }
    this.#heard.bytes += text;
    this.#heard.pieces += matched * this.#pieces;
    const bytes = Buffer.allocUnsafe(length);
    if (matched === 1) {
      this.#writeOne(chunk, 0, bytes, 0);
      return new TextEvent(bytes, eventStart.length, length - eventEnd.length);
    }
    const ends = new Int32Array(matched);
    let at = 0;
    for (let one = 0; one < matched; one++) ends[one] = at = this.#writeOne(chunk, one, bytes, at);
    return new TextRun(bytes, ends, eventStart.length, eventEnd.length);
  }

  /** @returns Where it ends. */
  #writeOne(chunk: Buffer, one: number, bytes: Buffer, start: number): number {
    const told = this.#told;
    let hole = one * mostHoles * 2;
    let at = start;
    for (let index = 0; index < told.length; index++, hole += 2) {
      const piece = told[index];
      if (piece === undefined) break;
      bytes.set(piece, at);
      at += piece.length;
      if (index < told.length - 1) at = copyHole(chunk, holesFound[hole] ?? 0, holesFound[hole + 1] ?? 0, bytes, at);
    }
    return at;
  }
}
