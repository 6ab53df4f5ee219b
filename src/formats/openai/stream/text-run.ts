import { openAiFormat } from "../../../core/format.ts";
import type { StreamEvent } from "../../../core/provider.ts";
import { TextEvent } from "./text-event.ts";

/** Pieces of text that came together, in one piece of memory. REST sends them on together, too. */
export class TextRun implements StreamEvent {
  readonly kind = "content";
  readonly format = openAiFormat;
  readonly bytes: Buffer;
  readonly data = undefined;
  readonly usage = undefined;
  readonly error = undefined;
  readonly #ends: Int32Array;
  readonly #dataStart: number;
  readonly #behindData: number;

  /**
   * @param ends Where each event ends.
   * @param dataStart Where in each event its data begins.
   * @param behindData How many bytes of each event follow its data.
   */
  constructor(bytes: Buffer, ends: Int32Array, dataStart: number, behindData: number) {
    this.bytes = bytes;
    this.#ends = ends;
    this.#dataStart = dataStart;
    this.#behindData = behindData;
  }

  parts(): readonly StreamEvent[] {
    const parts: StreamEvent[] = [];
    let start = 0;
    for (const end of this.#ends) {
      parts.push(new TextEvent(this.bytes.subarray(start, end), this.#dataStart, end - start - this.#behindData));
      start = end;
    }
    return parts;
  }
}
