/** Bytes that came in pieces and stay in them: searched, read and cut as if they were one. */
export class PiecedBytes {
  readonly pieces: readonly Buffer[];
  /** Where each piece begins. */
  readonly #starts: readonly number[];
  readonly length: number;

  constructor(pieces: readonly Buffer[]) {
    const starts: number[] = [];
    let length = 0;
    for (const piece of pieces) {
      starts.push(length);
      length += piece.length;
    }
    this.pieces = pieces;
    this.#starts = starts;
    this.length = length;
  }

  /** @returns Where `needle` is found first at `from` or behind it; -1 where it is not. */
  indexOf(needle: Buffer, from: number): number {
    for (let index = this.#pieceAt(from); index < this.pieces.length; index++) {
      const [piece = empty, start = 0] = [this.pieces[index], this.#starts[index]];
      const begin = Math.max(from - start, 0);
      const found = piece.indexOf(needle, begin);
      if (found !== -1) return start + found;
      // What begins at the end of this piece ends in another.
      const tail = start + Math.max(begin, piece.length - needle.length + 1);
      const seam = this.slice(tail, start + piece.length + needle.length - 1);
      const across = seam.indexOf(needle);
      if (across !== -1) return tail + across;
    }
    return -1;
  }

  /** A part of the bytes, beyond whose end there is nothing: a view where it lies in one piece, else a copy. */
  slice(start: number, end: number): Buffer {
    const [only = empty, ...others] = this.cut(start, end);
    return others.length === 0 ? only : Buffer.concat([only, ...others]);
  }

  /** The same in pieces, without a copy. */
  cut(start: number, end: number): Buffer[] {
    const parts: Buffer[] = [];
    for (let index = this.#pieceAt(start); index < this.pieces.length; index++) {
      const [piece = empty, begin = 0] = [this.pieces[index], this.#starts[index]];
      if (begin >= end) break;
      const part = piece.subarray(Math.max(start - begin, 0), Math.min(end - begin, piece.length));
      if (part.length > 0) parts.push(part);
    }
    return parts;
  }

  /** The last piece that begins at an offset or before it. */
  #pieceAt(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return Math.max(low, 0);
  }
}

const empty = Buffer.alloc(0);
