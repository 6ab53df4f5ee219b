import { skipString } from "../lib/json-splice.ts";
import { BytePattern } from "./byte-pattern.ts";
import { TextEvent } from "./text-event.ts";

/** Strings that differ from one chunk of a stream to the next: the text itself, and the padding that OpenAI adds against eavesdroppers. */
const textKeys = ['"content":"', '"reasoning_content":"'];
const paddingKey = '"obfuscation":"';

const mostHoles = 2;
const eventStart = Buffer.from("data: ");
const eventEnd = Buffer.from("\n\n");

/**
 * The chunks of one stream are alike but for their text. The template is one such chunk with holes where these strings were: what fits
 * it byte by byte is known to be a piece of text, without being parsed, and what to send in its place is known too. Anything else does
 * not fit, and is looked at in full.
 */
export class ChunkTemplate {
  /** What stands before, between and behind the holes: as the host writes it, and as the caller is to see it. */
  #expected: readonly BytePattern[] = [];
  #told: readonly Buffer[] = [];
  /** Length of what is told, the holes left out. */
  #toldLength = 0;
  /** Where the holes' strings begin and end in the event that matched last. */
  readonly #holes = new Int32Array(mostHoles * 2);

  /**
   * Takes a chunk that carries a piece of text and nothing else of interest as the new template.
   * @param event The whole event.
   * @param data Its data, a view into the event.
   * @param choicesAt Where in `data` its choices begin.
   * @param model Where in `data` the model's name stands, to be replaced; start -1: it is left as it is.
   */
  learn(
    event: Buffer,
    data: Buffer,
    choicesAt: number,
    model: { readonly start: number; readonly end: number; readonly json: Buffer },
  ): void {
    this.#expected = [];
    if (event.length !== eventStart.length + data.length + eventEnd.length || !event.subarray(0, eventStart.length).equals(eventStart))
      return;
    if (!event.subarray(event.length - eventEnd.length).equals(eventEnd)) return;
    const holes = findHoles(data, choicesAt);
    if (holes.length === 0) return;
    const expected: BytePattern[] = [];
    const told: Buffer[] = [];
    let from = 0;
    for (const hole of [...holes, undefined]) {
      const start = from === 0 ? 0 : from + eventStart.length;
      const end = hole === undefined ? event.length : hole.start + eventStart.length;
      // Kept for long, while the event's memory is the chunk's.
      const piece = Buffer.from(event.subarray(start, end));
      const modelStart = model.start === -1 ? -1 : model.start + eventStart.length - start;
      expected.push(new BytePattern(piece));
      told.push(
        modelStart < 0 || modelStart >= piece.length
          ? piece
          : Buffer.concat([piece.subarray(0, modelStart), model.json, piece.subarray(modelStart + model.end - model.start)]),
      );
      from = hole?.end ?? 0;
    }
    this.#expected = expected;
    this.#told = told;
    this.#toldLength = told.reduce((sum, piece) => sum + piece.length, 0);
  }

  /**
   * @param view Of the whole chunk.
   * @returns Where the event that begins at `at` ends; -1 when it does not fit, or is not there whole.
   */
  match(chunk: Buffer, view: DataView, at: number): number {
    const expected = this.#expected;
    const last = expected.length - 1;
    if (last < 1) return -1;
    let end = at;
    for (let index = 0; index <= last; index++) {
      const piece = expected[index];
      if (piece === undefined || !piece.isAt(view, end)) return -1;
      end += piece.length;
      if (index === last) return end;
      const holeEnd = skipString(chunk, end - 1) - 1;
      // An empty text is not content; a string that does not close is not whole.
      if (holeEnd >= chunk.length || (index === 0 && holeEnd === end)) return -1;
      this.#holes[index * 2] = end;
      this.#holes[index * 2 + 1] = holeEnd;
      end = holeEnd;
    }
    return -1;
  }

  /** The event that matched last, as the caller is to see it. */
  write(chunk: Buffer): TextEvent {
    const told = this.#told;
    let length = this.#toldLength;
    for (let index = 0; index < told.length - 1; index++) length += (this.#holes[index * 2 + 1] ?? 0) - (this.#holes[index * 2] ?? 0);
    const event = Buffer.allocUnsafe(length);
    let at = 0;
    for (let index = 0; index < told.length; index++) {
      const piece = told[index];
      if (piece === undefined) break;
      event.set(piece, at);
      at += piece.length;
      if (index < told.length - 1) at = copy(chunk, this.#holes[index * 2] ?? 0, this.#holes[index * 2 + 1] ?? 0, event, at);
    }
    return new TextEvent(event, eventStart.length, length - eventEnd.length);
  }
}

interface Hole {
  readonly start: number;
  readonly end: number;
}

/** The strings that vary, without their quotes, in the order they stand. */
function findHoles(data: Buffer, choicesAt: number): readonly Hole[] {
  const text = textKeys.map((key) => holeAt(data, key, choicesAt)).find((hole) => hole !== undefined);
  if (text === undefined) return [];
  const padding = holeAt(data, paddingKey, text.end);
  return padding === undefined ? [text] : [text, padding];
}

function holeAt(data: Buffer, key: string, from: number): Hole | undefined {
  const at = data.indexOf(key, from, "latin1");
  if (at < 1 || data[at - 1] === backslash) return undefined;
  const start = at + key.length;
  const end = skipString(data, start - 1) - 1;
  return end < data.length ? { start, end } : undefined;
}

const backslash = 0x5c;

/** So few bytes are copied sooner here than by the platform, which has to be called for it. */
const fewBytes = 48;

/** @returns Where in `target` the copy ends. */
function copy(source: Buffer, start: number, end: number, target: Buffer, at: number): number {
  if (end - start > fewBytes) return at + source.copy(target, at, start, end);
  let to = at;
  for (let from = start; from < end; from++) target[to++] = source[from] ?? 0;
  return to;
}
