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
  readonly bytes: Buffer;
  /** In the order they stand; a key given twice is listed twice. */
  readonly members: readonly JsonMember[];
}
