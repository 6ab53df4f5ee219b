import type { StreamEvent } from "../../../core/provider.ts";
import { responsesFormat } from "../kit/format-name.ts";

/** Pieces of text that came together, as the bytes that they came as. */
export class PieceRun implements StreamEvent {
  readonly kind = "content";
  readonly format = responsesFormat;
  readonly bytes: Buffer;
  readonly data = undefined;
  readonly usage = undefined;
  readonly error = undefined;
  readonly #ends: readonly number[];
  readonly #dataStart: number;

  /**
   * @param ends Where each event ends.
   * @param dataStart Where in each event its data begins.
   */
  constructor(bytes: Buffer, ends: readonly number[], dataStart: number) {
    this.bytes = bytes;
    this.#ends = ends;
    this.#dataStart = dataStart;
  }

  /** How many there are. */
  get count(): number {
    return this.#ends.length;
  }

  parts(): readonly StreamEvent[] {
    return this.#ends.map((end, index) => pieceEvent(this.bytes.subarray(this.#ends[index - 1] ?? 0, end), this.#dataStart));
  }
}

/** One piece of text. Two line feeds stand behind its data. */
export function pieceEvent(bytes: Buffer, dataStart: number): StreamEvent {
  const data = bytes.subarray(dataStart, -2);
  return { kind: "content", format: responsesFormat, bytes, data, usage: undefined, error: undefined };
}
