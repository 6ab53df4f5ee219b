import { isUtf8 } from "node:buffer";
import { copyHole, type Hole } from "../../formats/openai/stream/text-holes.ts";

/** The bytes before each message: one of flags, four of length. */
const prefixBytes = 5;
const quote = 0x22;
const backslash = 0x5c;
const lengthDelimited = 2;
const fixed64 = 1;
const fixed32 = 5;
/** The texts of a stream's pieces are seldom longer, in bytes. */
const largestAlike = 16;

/** A length in the message's wire format, and what it is the length of. */
interface Length {
  /** The bytes that do not vary. */
  readonly fixedBytes: number;
  /** The holes, and the other lengths, that lie within it, by index. Such a length comes later in the message. */
  readonly holes: readonly number[];
  readonly lengths: readonly number[];
}

/** What lies between two literal pieces of the message: the length or the hole of an index. */
interface Spot {
  readonly kind: "length" | "hole";
  readonly index: number;
}

/** The text that each hole has while a template is made. It is looked for in the message. */
const markers: readonly string[] = ["{text of hole 0}", "{text of hole 1}"];

/**
 * JSON texts that are alike but for the contents of one or two strings make messages that are alike but for the same contents and the lengths
 * around them. The template knows both sides: a text that fits it is turned into its message without being parsed.
 */
export class FrameTemplate {
  readonly #expected: readonly Buffer[];
  /** The message's literal pieces, one more than there are spots. */
  readonly #pieces: readonly Buffer[];
  readonly #spots: readonly Spot[];
  readonly #lengths: readonly Length[];
  readonly #literalBytes: number;
  /** Of the text that is being written, for each hole: where its contents are, and how many bytes they have in the message. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #sizes: number[] = [];
  /** The contents themselves, where they had escapes. */
  readonly #texts: (string | undefined)[] = [];
  readonly #lengthValues: number[] = [];
  /** Whole frames by the length of their text, where there is one hole: frames of equally long texts differ in nothing else. */
  readonly #alike: ({ readonly frame: Buffer; readonly holeAt: number } | undefined)[] = [];

  private constructor(expected: readonly Buffer[], message: Buffer, holes: readonly Hole[], lengths: readonly FoundLength[]) {
    this.#expected = expected;
    const spots = [
      ...lengths.map(({ start, contentStart }, index) => ({ kind: "length" as const, index, start, end: contentStart })),
      ...holes.map(({ start, end }, index) => ({ kind: "hole" as const, index, start, end })),
    ].toSorted((a, b) => a.start - b.start || a.end - b.end);
    this.#spots = spots;
    const kept = keep(message);
    this.#pieces = [...spots, undefined].map((spot, index) => kept.subarray(spots[index - 1]?.end ?? 0, spot?.start ?? kept.length));
    this.#literalBytes = this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#lengths = lengths.map(({ contentStart, end }) => {
      const within = ({ start }: { readonly start: number }): boolean => start >= contentStart && start < end;
      const insideHoles = indicesOf(holes, within);
      const insideLengths = indicesOf(lengths, within);
      const varying =
        insideHoles.reduce((sum, index) => sum + sizeOf(holes[index]), 0) +
        insideLengths.reduce(
          (sum, index) => sum + sizeOf(lengths[index] && { start: lengths[index].start, end: lengths[index].contentStart }),
          0,
        );
      return { fixedBytes: end - contentStart - varying, holes: insideHoles, lengths: insideLengths };
    });
  }

  /**
   * Makes a template of one JSON text.
   * @param holes One or two strings in it that are not empty, in their order.
   * @param toMessage Turns JSON text into a message. Undefined where that cannot be done.
   * @returns Undefined when nothing can be learned from this text.
   */
  static learn(text: Buffer, holes: readonly Hole[], toMessage: (text: Buffer) => Buffer | undefined): FrameTemplate | undefined {
    const kept = keep(text);
    const expected = [...holes, undefined].map((hole, index) => kept.subarray(holes[index - 1]?.end ?? 0, hole?.start ?? kept.length));
    const marked = expected.flatMap((piece, index) => (index < holes.length ? [piece, Buffer.from(markers[index] ?? "")] : [piece]));
    const message = toMessage(Buffer.concat(marked));
    if (message === undefined) return undefined;
    const found: Hole[] = [];
    const lengths: FoundLength[] = [];
    for (const marker of markers.slice(0, holes.length)) {
      const start = message.indexOf(marker);
      const hole = { start, end: start + marker.length };
      // The marker is not there once: a member is given twice, of which one counts, or the text speaks of this very program.
      if (start === -1 || message.includes(marker, start + 1) || !addLengthsAround(message, hole, lengths)) return undefined;
      found.push(hole);
    }
    return new FrameTemplate(
      expected,
      message,
      found,
      lengths.toSorted((a, b) => a.start - b.start),
    );
  }

  /** @returns The text's message in its envelope. Undefined when the text does not fit. */
  write(text: Buffer): Buffer | undefined {
    return this.#match(text) ? this.#fill(text) : undefined;
  }

  #match(text: Buffer): boolean {
    const expected = this.#expected;
    const holes = expected.length - 1;
    let at = 0;
    for (let index = 0; index < holes; index++) {
      at = endOf(expected[index], text, at);
      if (at === -1) return false;
      const end = this.#measure(text, index, at);
      if (end === -1) return false;
      at = end;
    }
    return endOf(expected[holes], text, at) === text.length;
  }

  /** @returns Where the string that begins at `start` ends. -1 for a string that is empty or needs a closer look. */
  #measure(text: Buffer, hole: number, start: number): number {
    let at = start;
    let isEscaped = false;
    let isAscii = true;
    for (;;) {
      const byte = text[at];
      if (byte === quote) break;
      if (byte === undefined || byte < 0x20) return -1;
      if (byte === backslash) {
        isEscaped = true;
        at++;
      } else if (byte > 0x7f) isAscii = false;
      at++;
    }
    if (at === start || (!isAscii && !isUtf8(text.subarray(start, at)))) return -1;
    const decoded = isEscaped ? decode(text, start, at) : undefined;
    if (isEscaped && decoded === undefined) return -1;
    this.#starts[hole] = start;
    this.#ends[hole] = at;
    this.#texts[hole] = decoded;
    this.#sizes[hole] = decoded === undefined ? at - start : Buffer.byteLength(decoded);
    return at;
  }

  #fill(text: Buffer): Buffer {
    const size = this.#sizes[0] ?? 0;
    const alike = this.#alike[size];
    if (alike !== undefined) {
      const frame = Buffer.allocUnsafe(alike.frame.length);
      frame.set(alike.frame);
      this.#fillHole(0, text, frame, alike.holeAt);
      return frame;
    }
    const total = this.#computeLengths();
    const frame = Buffer.allocUnsafe(prefixBytes + total);
    frame[0] = 0;
    frame.writeUInt32BE(total, 1);
    let at = prefixBytes;
    let holeAt = 0;
    for (let index = 0; index < this.#pieces.length; index++) {
      const piece = this.#pieces[index];
      const spot = this.#spots[index];
      if (piece !== undefined) at = copyHole(piece, 0, piece.length, frame, at);
      if (spot === undefined) break;
      if (spot.kind === "length") at = writeVarint(frame, at, this.#lengthValues[spot.index] ?? 0);
      else {
        holeAt = at;
        at = this.#fillHole(spot.index, text, frame, at);
      }
    }
    if (this.#expected.length === 2 && size <= largestAlike) this.#alike[size] = { frame: keep(frame), holeAt };
    return frame;
  }

  #fillHole(hole: number, text: Buffer, frame: Buffer, at: number): number {
    const decoded = this.#texts[hole];
    return decoded === undefined
      ? copyHole(text, this.#starts[hole] ?? 0, this.#ends[hole] ?? 0, frame, at)
      : at + frame.write(decoded, at);
  }

  /** @returns The length of the whole message. */
  #computeLengths(): number {
    const sizes = this.#sizes;
    let total = this.#literalBytes;
    for (let hole = 0; hole < this.#expected.length - 1; hole++) total += sizes[hole] ?? 0;
    for (let index = this.#lengths.length - 1; index >= 0; index--) {
      const length = this.#lengths[index];
      if (length === undefined) break;
      let value = length.fixedBytes;
      for (const hole of length.holes) value += sizes[hole] ?? 0;
      for (const other of length.lengths) value += varintBytes(this.#lengthValues[other] ?? 0);
      this.#lengthValues[index] = value;
      total += varintBytes(value);
    }
    return total;
  }
}

interface FoundLength {
  readonly start: number;
  /** Where the length itself ends and its content begins. */
  readonly contentStart: number;
  readonly end: number;
}

/** Adds the lengths of everything around the hole, from the outermost to its own, to those found so far. @returns Whether it was found. */
function addLengthsAround(message: Buffer, hole: Hole, lengths: FoundLength[]): boolean {
  let at = 0;
  let end = message.length;
  while (at < end) {
    const tag = varintAt(message, at);
    at += varintBytes(tag);
    switch (tag & 7) {
      case lengthDelimited: {
        const size = varintAt(message, at);
        const contentStart = at + varintBytes(size);
        const contentEnd = contentStart + size;
        if (contentEnd <= hole.start) {
          at = contentEnd;
          break;
        }
        const start = at;
        if (!lengths.some((one) => one.start === start)) lengths.push({ start, contentStart, end: contentEnd });
        if (contentStart === hole.start) return contentEnd === hole.end;
        at = contentStart;
        end = contentEnd;
        break;
      }
      case fixed64:
        at += 8;
        break;
      case fixed32:
        at += 4;
        break;
      default:
        while ((message[at] ?? 0) > 0x7f) at++;
        at++;
    }
  }
  return false;
}

/** A copy in memory of its own. A piece of the platform's shared pool would keep all of the pool alive while the stream lasts. */
function keep(bytes: Buffer): Buffer {
  const kept = Buffer.allocUnsafeSlow(bytes.length);
  kept.set(bytes);
  return kept;
}

function endOf(piece: Buffer | undefined, text: Buffer, at: number): number {
  if (piece === undefined) return -1;
  const end = at + piece.length;
  return end <= text.length && text.compare(piece, 0, piece.length, at, end) === 0 ? end : -1;
}

/** The text of the JSON string whose contents lie from `start` to `end`. Undefined where it is not well formed. */
function decode(text: Buffer, start: number, end: number): string | undefined {
  try {
    const decoded = JSON.parse(text.toString("utf8", start - 1, end + 1)) as string;
    return decoded.isWellFormed() ? decoded : undefined;
  } catch {
    return undefined;
  }
}

function writeVarint(to: Buffer, at: number, value: number): number {
  let next = at;
  let rest = value;
  while (rest > 0x7f) {
    to[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  to[next++] = rest;
  return next;
}

function varintAt(bytes: Buffer, at: number): number {
  let value = 0;
  for (let index = 0; ; index++) {
    const byte = bytes[at + index] ?? 0;
    value |= (byte & 0x7f) << (index * 7);
    if (byte < 0x80) return value >>> 0;
  }
}

function varintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}

function indicesOf<Item>(items: readonly Item[], matches: (item: Item) => boolean): number[] {
  return items.flatMap((item, index) => (matches(item) ? [index] : []));
}

function sizeOf(span: Hole | undefined): number {
  return span === undefined ? 0 : span.end - span.start;
}
