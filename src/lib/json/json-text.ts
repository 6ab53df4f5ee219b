/** One member of the outermost object of a JSON text, as byte offsets into it. */
export interface JsonMember {
  readonly key: string;
  /** Offset of the key's opening quote. */
  readonly keyStart: number;
  readonly valueStart: number;
  /** One past the value's last byte. */
  readonly valueEnd: number;
}

/** The bytes of a JSON object and where its top-level members stand in them, so that one can be changed and the rest left alone. */
export interface JsonText {
  /** The whole text. */
  readonly bytes: Buffer;
  /** The same in the pieces that it came in, where it came in several; then asking for `bytes` makes a copy. */
  readonly pieces?: readonly Buffer[] | undefined;
  /** In the order they stand; a key given twice is listed twice. */
  readonly members: readonly JsonMember[];
}
