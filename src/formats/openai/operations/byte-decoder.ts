import type { Call } from "../../../core/call.ts";
import { openAiFormat } from "../../../core/format.ts";
import type { StreamDecoder, StreamEvent, StreamEventKind } from "../../../core/provider.ts";
import { readOperationUsage } from "./operation-units.ts";

const nothing = Buffer.alloc(0);

/** Passes audio on as it comes. The first bytes are content: until then another deployment may be asked. The end of the bytes is that of the answer. */
export class ByteDecoder implements StreamDecoder {
  readonly #call: Call;
  readonly #contentType: string | undefined;
  #hasBegun = false;

  constructor(call: Call, contentType: string | undefined) {
    this.#call = call;
    this.#contentType = contentType;
  }

  push(chunk: Buffer, emit: (event: StreamEvent) => void): void {
    if (chunk.length === 0) return;
    this.#hasBegun = true;
    emit(this.#event("content", chunk));
  }

  end(emit: (event: StreamEvent) => void): void {
    if (this.#hasBegun) emit({ ...this.#event("finish", nothing), usage: readOperationUsage(this.#call, undefined, {}) });
  }

  #event(kind: StreamEventKind, bytes: Buffer): StreamEvent {
    return { kind, format: openAiFormat, bytes, data: undefined, usage: undefined, error: undefined, contentType: this.#contentType };
  }
}
