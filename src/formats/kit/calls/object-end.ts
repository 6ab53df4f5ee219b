const [quote, backslash, open, close, openList, closeList] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];

/** Follows a JSON value that comes in pieces, to tell where it ends. What is no JSON has no end. */
export class ObjectEnd {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** Whether the outermost value has ended. */
  isOver = false;
  /** Whether nothing but white space has come. */
  isEmpty = true;

  read(piece: string): void {
    for (let at = 0; at < piece.length; at++) {
      const code = piece.charCodeAt(at);
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (code === backslash) this.#isEscaped = true;
        else if (code === quote) this.#isInString = false;
        continue;
      }
      if (code > 0x20) this.isEmpty = false;
      if (code === quote) this.#isInString = true;
      else if (code === open || code === openList) this.#depth++;
      else if ((code === close || code === closeList) && --this.#depth === 0) this.isOver = true;
    }
  }
}
