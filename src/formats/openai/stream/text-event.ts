import { openAiFormat } from "../../../core/format.ts";
import type { StreamEvent } from "../../../core/provider.ts";

/** A piece of text, as nearly all events of a stream are. Its data is cut out of its bytes only when it is asked for. */
export class TextEvent implements StreamEvent {
  readonly kind = "content";
  readonly format = openAiFormat;
  readonly bytes: Buffer;
  readonly usage = undefined;
  readonly error = undefined;
  readonly #dataStart: number;
  readonly #dataEnd: number;

  /** @param dataStart Where its data begins in the event. */
  constructor(bytes: Buffer, dataStart: number, dataEnd: number) {
    this.bytes = bytes;
    this.#dataStart = dataStart;
    this.#dataEnd = dataEnd;
  }

  get data(): Buffer {
    return this.bytes.subarray(this.#dataStart, this.#dataEnd);
  }
}
