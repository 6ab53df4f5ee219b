/** A piece from this size on is kept as it is. Smaller ones are copied together: each would cost more memory than it holds. */
const ownPieceBytes = 8_192;
const firstBytes = 16_384;
const largestBytes = 1_048_576;

/**
 * Gathers a body from the pieces that it comes in. However small these are, what it holds is at most four times their bytes, in pieces of
 * some kilobytes: what comes is copied into memory that doubles, but for large pieces, which are kept without a copy.
 */
export class PieceGatherer {
  readonly #pieces: Buffer[] = [];
  /** Small pieces in a row. It begins to be used with the second piece: most bodies come in one. */
  #open: Buffer | undefined;
  #used = 0;
  #openBytes = firstBytes;
  /** How many bytes were gathered. */
  length = 0;

  /** Takes the next piece. It may be kept. */
  push(piece: Buffer): void {
    this.length += piece.length;
    if (piece.length === 0) return;
    if (piece.length >= ownPieceBytes || (this.#pieces.length === 0 && this.#open === undefined)) {
      this.#seal();
      this.#pieces.push(piece);
      return;
    }
    if (this.#open === undefined) this.#begin();
    let at = 0;
    while (at < piece.length) {
      if (this.#open === undefined || this.#used === this.#open.length) {
        this.#seal();
        this.#open = Buffer.allocUnsafeSlow(this.#openBytes);
        this.#openBytes = Math.min(this.#openBytes * 2, largestBytes);
      }
      const copied = piece.copy(this.#open, this.#used, at);
      this.#used += copied;
      at += copied;
    }
  }

  /** All that was gathered so far. What is pushed afterwards comes in pieces of its own. */
  take(): readonly Buffer[] {
    this.#seal();
    return this.#pieces;
  }

  /** A first piece that was small goes together with those behind it. */
  #begin(): void {
    const first = this.#pieces[0];
    if (this.#pieces.length !== 1 || first === undefined || first.length >= ownPieceBytes) return;
    this.#pieces.length = 0;
    this.#open = Buffer.allocUnsafeSlow(this.#openBytes);
    this.#openBytes *= 2;
    this.#used = first.copy(this.#open);
  }

  #seal(): void {
    if (this.#open === undefined) return;
    this.#pieces.push(this.#open.subarray(0, this.#used));
    this.#open = undefined;
    this.#used = 0;
  }
}
