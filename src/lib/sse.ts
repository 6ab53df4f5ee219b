/**
 * Server-sent events cut out of a byte stream that may be split anywhere: https://html.spec.whatwg.org/multipage/server-sent-events.html
 * Lines end in LF, CRLF or CR; a blank line ends an event. Events that lie whole in one chunk are views into it; only what is split
 * over chunks is copied.
 */

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;
const space = 0x20;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
const oneLineFeed = Buffer.from("\n");

/** Far above any real event (an image in a data URL is a few MiB), far below what hurts a server that holds hundreds of streams. */
const defaultMaxEventBytes = 16 * 1024 * 1024;

/** One event of a stream. */
export interface SseEvent {
  /** As it came, its blank line included. Where the blank line was a lone CR, an LF is added; a byte order mark is left out. */
  readonly bytes: Buffer;
  /** The values of its `data` lines, joined by LF. Undefined when it has none, as with comments. */
  readonly data: Buffer | undefined;
  /** The value of its last `event` line. */
  readonly name: string | undefined;
}

/** Cuts one stream into events. */
export class SseSplitter {
  readonly #maxEventBytes: number;
  /** Bytes of an event that began in an earlier chunk. */
  #held: Buffer = Buffer.alloc(0);
  #heldLength = 0;
  /** Whether the current line has no byte yet, and whether the current event has only blank lines yet. */
  #lineIsEmpty = true;
  #eventIsEmpty = true;
  /** The last chunk ended in CR: an LF that comes next belongs to it. */
  #afterReturn = false;
  /** How many bytes of a byte order mark were seen; 3 once that is settled. */
  #markSeen = 0;
  #overflown = false;

  /** @param maxEventBytes The longest event that is put together. Default 16 MiB. */
  constructor(maxEventBytes: number = defaultMaxEventBytes) {
    this.#maxEventBytes = maxEventBytes;
  }

  /** Whether the next byte begins an event: nothing of one is held. */
  get isBetweenEvents(): boolean {
    return (
      this.#heldLength === 0 && this.#lineIsEmpty && this.#eventIsEmpty && !this.#afterReturn && this.#markSeen === 3 && !this.#overflown
    );
  }

  /**
   * Calls `emit` for each event that `chunk` completes.
   * @returns false when an event is longer than allowed; nothing is emitted from then on.
   */
  push(chunk: Buffer, emit: (event: SseEvent) => void): boolean {
    if (this.#overflown) return false;
    const rest = this.#markSeen === 3 ? chunk : this.#skipMark(chunk);
    if (rest.length === 0) return true;
    return this.#scan(rest, emit);
  }

  /** The stream is over: emits an event that lacks only its blank line. */
  end(emit: (event: SseEvent) => void): void {
    if (this.#overflown || this.#heldLength === 0 || (this.#eventIsEmpty && this.#lineIsEmpty)) return;
    // Behind a CR the first LF would only complete its line's end.
    const missing = this.#lineIsEmpty && !this.#afterReturn ? "\n" : "\n\n";
    emit(toEvent(Buffer.concat([this.#takeHeld(), Buffer.from(missing)])));
  }

  #scan(chunk: Buffer, emit: (event: SseEvent) => void): boolean {
    /** Where the current event's bytes begin in this chunk, and where the current line's do. */
    let start = 0;
    let lineStart = 0;
    if (this.#afterReturn) {
      this.#afterReturn = false;
      if (chunk[0] === lineFeed) {
        lineStart = 1;
        // Between two events it is the second half of the blank line, which was completed already.
        if (this.#heldLength === 0) start = 1;
      }
    }
    const hasReturns = chunk.includes(carriageReturn);
    for (;;) {
      const lineEnd = endOfLine(chunk, lineStart, hasReturns);
      if (lineEnd === chunk.length) break;
      let next = lineEnd + 1;
      if (chunk[lineEnd] === carriageReturn) {
        if (chunk[next] === lineFeed) next++;
        else if (next === chunk.length) this.#afterReturn = true;
      }
      const blank = this.#lineIsEmpty && lineEnd === lineStart;
      this.#lineIsEmpty = true;
      lineStart = next;
      if (!blank) {
        this.#eventIsEmpty = false;
        continue;
      }
      if (this.#eventIsEmpty) {
        this.#heldLength = 0;
      } else {
        if (this.#heldLength + next - start > this.#maxEventBytes) return this.#overflow();
        emit(toEvent(this.#complete(chunk.subarray(start, next))));
      }
      this.#eventIsEmpty = true;
      start = next;
    }
    if (lineStart < chunk.length) this.#lineIsEmpty = false;
    if (start < chunk.length) return this.#hold(chunk.subarray(start));
    return true;
  }

  #complete(tail: Buffer): Buffer {
    let bytes = tail;
    if (this.#heldLength > 0) {
      this.#hold(tail);
      bytes = this.#takeHeld();
    }
    return bytes[bytes.length - 1] === carriageReturn ? Buffer.concat([bytes, oneLineFeed]) : bytes;
  }

  /** Copies: a kept view would keep its whole chunk alive, and a list of views would outweigh chunks of a few bytes. */
  #hold(piece: Buffer): boolean {
    const length = this.#heldLength + piece.length;
    if (length > this.#maxEventBytes) return this.#overflow();
    if (length > this.#held.length) {
      // Doubling keeps the copying linear however small the chunks are.
      const larger = Buffer.allocUnsafe(Math.max(length, this.#held.length * 2, 512));
      this.#held.copy(larger, 0, 0, this.#heldLength);
      this.#held = larger;
    }
    piece.copy(this.#held, this.#heldLength);
    this.#heldLength = length;
    return true;
  }

  #takeHeld(): Buffer {
    const taken = this.#held.subarray(0, this.#heldLength);
    this.#held = Buffer.alloc(0);
    this.#heldLength = 0;
    return taken;
  }

  #overflow(): false {
    this.#overflown = true;
    this.#takeHeld();
    return false;
  }

  /** @returns What of the chunk follows a byte order mark at the stream's very beginning. */
  #skipMark(chunk: Buffer): Buffer {
    let at = 0;
    while (at < chunk.length && this.#markSeen < 3) {
      if (chunk[at] !== byteOrderMark[this.#markSeen]) {
        const mistaken = byteOrderMark.subarray(0, this.#markSeen);
        this.#markSeen = 3;
        return at === 0 && mistaken.length === 0 ? chunk : Buffer.concat([mistaken, chunk.subarray(at)]);
      }
      this.#markSeen++;
      at++;
    }
    return chunk.subarray(at);
  }
}

/** @param bytes One whole event. */
function toEvent(bytes: Buffer): SseEvent {
  let data: Buffer | undefined;
  let name: string | undefined;
  let lineStart = 0;
  const hasReturns = bytes.includes(carriageReturn);
  while (lineStart < bytes.length) {
    const lineEnd = endOfLine(bytes, lineStart, hasReturns);
    const field = fieldAt(bytes, lineStart, lineEnd);
    if (field === "data") {
      const value = valueOf(bytes, lineStart + 4, lineEnd);
      data = data === undefined ? value : Buffer.concat([data, oneLineFeed, value]);
    } else if (field === "event") {
      name = valueOf(bytes, lineStart + 5, lineEnd).toString();
    }
    lineStart = lineEnd + (bytes[lineEnd] === carriageReturn && bytes[lineEnd + 1] === lineFeed ? 2 : 1);
  }
  return { bytes, data, name };
}

function endOfLine(bytes: Buffer, from: number, hasReturns: boolean): number {
  const feedAt = bytes.indexOf(lineFeed, from);
  const returnAt = hasReturns ? bytes.indexOf(carriageReturn, from) : -1;
  if (returnAt !== -1 && (feedAt === -1 || returnAt < feedAt)) return returnAt;
  return feedAt === -1 ? bytes.length : feedAt;
}

/** Which of the two fields that matter the line holds. */
function fieldAt(bytes: Buffer, start: number, end: number): "data" | "event" | undefined {
  const first = bytes[start];
  if (first === 0x64 && isField(bytes, start, end, "data")) return "data";
  if (first === 0x65 && isField(bytes, start, end, "event")) return "event";
  return undefined;
}

function isField(bytes: Buffer, start: number, end: number, field: string): boolean {
  const afterName = start + field.length;
  if (afterName > end || (afterName < end && bytes[afterName] !== colon)) return false;
  for (let index = 1; index < field.length; index++) if (bytes[start + index] !== field.charCodeAt(index)) return false;
  return true;
}

/** @param nameEnd Where the field's name ends: at its colon, or at the line's end. */
function valueOf(bytes: Buffer, nameEnd: number, lineEnd: number): Buffer {
  if (nameEnd >= lineEnd) return bytes.subarray(lineEnd, lineEnd);
  const start = nameEnd + (bytes[nameEnd + 1] === space && nameEnd + 1 < lineEnd ? 2 : 1);
  return bytes.subarray(start, lineEnd);
}
