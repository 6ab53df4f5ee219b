/** One member of the outermost object of a JSON text, as byte offsets into it. */
export interface JsonMember {
  readonly key: string;
  /** Offset of the key's opening quote. */
  readonly keyStart: number;
  readonly valueStart: number;
  /** One past the value's last byte. */
  readonly valueEnd: number;
}

/** The bytes of a JSON object and where its top-level members stand in them, so that one can change and the rest stay as it is. */
export interface JsonText {
  /** The whole text. */
  readonly bytes: Buffer;
  /** The same in the pieces that it came in, where it came in several. Asking for `bytes` then makes a copy. */
  readonly pieces?: readonly Buffer[] | undefined;
  /** In their order in the text. A key given twice is listed twice. */
  readonly members: readonly JsonMember[];
}

/** A text that stays in the pieces that it came in. They go out again as they are; asking for `bytes` makes one copy, which is kept. */
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

/** The pieces of a text, without putting it together: one where it came whole. */
export function textPieces(text: JsonText): readonly Buffer[] {
  return text.pieces ?? [text.bytes];
}

/** How many bytes a text has, without putting it together. */
export function textLength(text: JsonText): number {
  if (text.pieces === undefined) return text.bytes.length;
  let sum = 0;
  for (const piece of text.pieces) sum += piece.length;
  return sum;
}
