import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { StreamDecoder, StreamEvent } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import { PieceGatherer } from "../../../lib/piece-gatherer.ts";
import { errorEvent } from "../../kit/chat/error-event.ts";
import type { ErrorSource } from "../../kit/upstream-errors/classify-error.ts";
import { readOperationReply } from "./read-operation-reply.ts";

/** A whole reply in place of a stream is held while it comes. Images in JSON are some megabytes. */
const mostBytes = 32 * 1024 * 1024;

/** Reads a whole reply of a host that was asked for a stream and makes none: it goes on as it is, once all of it is there. */
export class WholeDecoder implements StreamDecoder {
  readonly #call: Call;
  readonly #source: ErrorSource;
  readonly #headers: UpstreamHeaders;
  readonly #gathered = new PieceGatherer();
  #isOver = false;

  constructor(call: Call, source: ErrorSource, headers: UpstreamHeaders) {
    this.#call = call;
    this.#source = source;
    this.#headers = headers;
  }

  push(chunk: Buffer, emit: (event: StreamEvent) => void): void {
    if (this.#isOver) return;
    this.#gathered.push(chunk);
    if (this.#gathered.length <= mostBytes) return;
    const { deploymentId } = this.#source;
    this.#isOver = true;
    emit(
      errorEvent(
        new RouterError("upstream_malformed", `Deployment ${deploymentId} sent a reply of over ${mostBytes} bytes in place of a stream.`, {
          deploymentId,
        }),
      ),
    );
  }

  end(emit: (event: StreamEvent) => void): void {
    if (this.#isOver) return;
    const reply = readOperationReply(this.#call, this.#source, this.#headers, Buffer.concat(this.#gathered.take()));
    if (reply instanceof RouterError) {
      emit(errorEvent(reply));
      return;
    }
    const { body, contentType = "application/json", format, usage } = reply;
    emit({ kind: "finish", format, bytes: body, data: body, usage, error: undefined, contentType });
  }
}
