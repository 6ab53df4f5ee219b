import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { TextCount } from "../../../core/outcome.ts";
import type { StreamDecoder, StreamEvent } from "../../../core/provider.ts";
import type { ErrorSource } from "../../kit/upstream-errors/classify-error.ts";
import { errorEvent } from "../../kit/chat/error-event.ts";
import { ReplyAsStream } from "./reply-as-stream.ts";
import { OpenAiStreamDecoder } from "./stream-decoder.ts";

const [openBrace, lessThan] = [0x7b, 0x3c];
const byteOrderMark = [0xef, 0xbb, 0xbf];

/**
 * Decides by the first bytes of a reply what came when a stream was asked for, since content types are not to be trusted: events, a whole
 * reply in JSON, which is given as a stream, or a page, which is refused.
 */
export class JudgedDecoder implements StreamDecoder {
  readonly #call: Call;
  readonly #source: ErrorSource;
  readonly #contentType: string | undefined;
  readonly #hidesUsage: boolean;
  #chosen: StreamDecoder | undefined;
  /** Bytes of a byte order mark that were skipped. */
  #skipped = 0;

  /**
   * @param contentType Without parameters; for the message where nothing can be made of the bytes.
   * @param hidesUsage As for {@link OpenAiStreamDecoder}.
   */
  constructor(call: Call, source: ErrorSource, contentType: string | undefined, hidesUsage = false) {
    this.#hidesUsage = hidesUsage;
    this.#call = call;
    this.#source = source;
    this.#contentType = contentType;
  }

  get heard(): TextCount | undefined {
    return this.#chosen?.heard;
  }

  push(chunk: Buffer, emit: (event: StreamEvent) => void): void {
    if (this.#chosen !== undefined) this.#chosen.push(chunk, emit);
    else this.#pushFirst(chunk, emit);
  }

  end(emit: (event: StreamEvent) => void): void {
    this.#chosen?.end(emit);
  }

  #pushFirst(chunk: Buffer, emit: (event: StreamEvent) => void): void {
    let at = 0;
    while (at < chunk.length && (chunk[at] === byteOrderMark[this.#skipped] || isBlank(chunk[at]))) {
      if (!isBlank(chunk[at])) this.#skipped++;
      at++;
    }
    if (at === chunk.length) return;
    this.#chosen = this.#choose(chunk[at]);
    this.#chosen.push(at === 0 ? chunk : chunk.subarray(at), emit);
  }

  #choose(first: number | undefined): StreamDecoder {
    if (first === openBrace) return new ReplyAsStream(this.#call, this.#source, this.#hidesUsage);
    if (first === lessThan) return new Refused(this.#source, this.#contentType);
    return new OpenAiStreamDecoder(this.#call, this.#source, this.#hidesUsage);
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** A page in place of a stream. */
class Refused implements StreamDecoder {
  readonly #error: RouterError;

  constructor({ deploymentId }: ErrorSource, contentType: string | undefined) {
    const message = `Deployment ${deploymentId} was asked for a stream and answered with ${contentType ?? "a page"}.`;
    this.#error = new RouterError("upstream_malformed", message, { deploymentId });
  }

  push(_chunk: Buffer, emit: (event: StreamEvent) => void): void {
    emit(errorEvent(this.#error));
  }

  end(): void {}
}
