import { PieceGatherer } from "../../../lib/piece-gatherer.ts";

/** Far above any real chunk of an answer, far below what hurts. */
const mostBytes = 16 * 1024 * 1024;
const [quote, backslash] = [0x22, 0x5c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Cuts a JSON list of objects that comes over time into its objects, as Gemini streams without server-sent events. */
export class ArraySplitter {
  #held: PieceGatherer | undefined;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isOverflown = false;

  /** Whether an object has begun and not ended. */
  get isWithin(): boolean {
    return this.#depth > 1;
  }

  /**
   * Calls `emit` for each object that `chunk` completes.
   * @returns false when an object is longer than any may be; nothing is emitted from then on.
   */
  push(chunk: Buffer, emit: (object: Buffer) => void): boolean {
    if (this.#isOverflown) return false;
    let start = this.isWithin ? 0 : -1;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === backslash) this.#isEscaped = true;
        else if (byte === quote) this.#isInString = false;
        continue;
      }
      switch (byte) {
        case quote:
          this.#isInString = true;
          break;
        case openBrace:
        case openBracket:
          if (this.#depth === 1) start = at;
          this.#depth++;
          break;
        case closeBrace:
        case closeBracket:
          this.#depth--;
          if (this.#depth === 1) {
            emit(this.#taken(chunk.subarray(Math.max(start, 0), at + 1)));
            start = -1;
          }
          break;
        default:
      }
    }
    return start === -1 || this.#hold(chunk.subarray(start));
  }

  /** Copies: a view would keep its whole chunk alive. */
  #hold(piece: Buffer): boolean {
    this.#held ??= new PieceGatherer();
    this.#held.push(Buffer.from(piece));
    this.#isOverflown = this.#held.length > mostBytes;
    if (this.#isOverflown) this.#held = undefined;
    return !this.#isOverflown;
  }

  #taken(last: Buffer): Buffer {
    if (this.#held === undefined) return last;
    const whole = Buffer.concat([...this.#held.take(), last]);
    this.#held = undefined;
    return whole;
  }
}
