/** Counts a phrase in a text that arrives in pieces, cut anywhere. */
export class PhraseCounter {
  readonly #phrase: Buffer;
  /** The end of what came before: as much as may belong to a phrase that goes on in the next piece. */
  #tail: Buffer = Buffer.alloc(0);
  #count = 0;

  constructor(phrase: string) {
    this.#phrase = Buffer.from(phrase);
  }

  get count(): number {
    return this.#count;
  }

  push(piece: Buffer): void {
    const keep = this.#phrase.length - 1;
    if (this.#tail.length > 0) this.#countIn(Buffer.concat([this.#tail, piece.subarray(0, keep)]));
    this.#countIn(piece);
    this.#tail =
      piece.length >= keep ? Buffer.from(piece.subarray(piece.length - keep)) : Buffer.concat([this.#tail, piece]).subarray(-keep);
  }

  reset(): void {
    this.#count = 0;
    this.#tail = Buffer.alloc(0);
  }

  #countIn(text: Buffer): void {
    for (let at = text.indexOf(this.#phrase); at !== -1; at = text.indexOf(this.#phrase, at + this.#phrase.length)) this.#count++;
  }
}
