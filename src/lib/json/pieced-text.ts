import type { JsonMember, JsonText } from "./json-text.ts";

/** A text that stays in the pieces that it came in: they go out again as they are, and whoever wants the whole has a copy made. */
export class PiecedText implements JsonText {
  readonly pieces: readonly Buffer[];
  readonly members: readonly JsonMember[];
  #whole: Buffer | undefined;

  constructor(pieces: readonly Buffer[], members: readonly JsonMember[]) {
    this.pieces = pieces;
    this.members = members;
  }

  get bytes(): Buffer {
    return (this.#whole ??= Buffer.concat(this.pieces));
  }
}
