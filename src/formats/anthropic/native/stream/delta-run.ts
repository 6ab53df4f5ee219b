import type { StreamEvent } from "../../../../core/provider.ts";
import { messagesFormat } from "../reply/messages-format.ts";

const dataStart = "\ndata:";

/** A piece of what a model says, as the bytes that came. Its data is cut out only when it is asked for. */
export class DeltaEvent implements StreamEvent {
  readonly kind = "content";
  readonly format = messagesFormat;
  readonly bytes: Buffer;
  readonly usage = undefined;
  readonly error = undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get data(): Buffer {
    const at = this.bytes.indexOf(dataStart, 0, "latin1");
    return this.bytes.subarray(at === -1 ? dataStart.length - 1 : at + dataStart.length, -2);
  }
}

/** Several of them that came together. */
export class DeltaRun implements StreamEvent {
  readonly kind = "content";
  readonly format = messagesFormat;
  readonly bytes: Buffer;
  readonly data = undefined;
  readonly usage = undefined;
  readonly error = undefined;
  readonly #ends: readonly number[];

  /** @param ends Where each event ends. */
  constructor(bytes: Buffer, ends: readonly number[]) {
    this.bytes = bytes;
    this.#ends = ends;
  }

  parts(): readonly StreamEvent[] {
    return this.#ends.map((end, index) => new DeltaEvent(this.bytes.subarray(this.#ends[index - 1] ?? 0, end)));
  }
}
