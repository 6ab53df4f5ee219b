import type { Call } from "../../../../core/call.ts";
import { RouterError } from "../../../../core/errors.ts";
import type { TextCount } from "../../../../core/outcome.ts";
import type { JsonMembers, StreamDecoder, StreamEvent } from "../../../../core/provider.ts";
import { errorEvent } from "../../../kit/chat/error-event.ts";
import type { ErrorSource } from "../../../kit/upstream-errors/classify-error.ts";
import { readNativeMessage } from "../reply/read-native-message.ts";
import { MessageEventDecoder } from "./message-event-decoder.ts";
import { messageAsEvents } from "./message-as-events.ts";

type Emit = (event: StreamEvent) => void;

/** An answer of some pages. A whole reply in place of a stream that is longer is none. */
const longestReply = 32 * 1024 * 1024;
const [openBrace, lessThan] = [0x7b, 0x3c];
const byteOrderMark = [0xef, 0xbb, 0xbf];

/**
 * Decides by the first bytes of a reply what came when a stream was asked for, since content types are not to be trusted: events, a whole message,
 * which is given as a stream, or a page, which is refused.
 */
export class JudgedMessageEvents implements StreamDecoder {
  readonly #call: Call;
  readonly #source: ErrorSource;
  #events: MessageEventDecoder | undefined;
  /** The pieces of a whole reply; undefined while none has begun. */
  #pieces: Buffer[] | undefined;
  #bytes = 0;
  #skipped = 0;
  #isRefused = false;

  constructor(call: Call, source: ErrorSource) {
    this.#call = call;
    this.#source = source;
  }

  get heard(): TextCount | undefined {
    return this.#events?.heard;
  }

  push(chunk: Buffer, emit: Emit): void {
    if (this.#events !== undefined) this.#events.push(chunk, emit);
    else if (this.#pieces !== undefined) this.#collect(this.#pieces, chunk, emit);
    else if (!this.#isRefused) this.#pushFirst(chunk, emit);
  }

  end(emit: Emit): void {
    this.#events?.end(emit);
    if (this.#pieces === undefined) return;
    const reply = readNativeMessage(this.#call, this.#source, Buffer.concat(this.#pieces));
    this.#pieces = undefined;
    if (reply instanceof RouterError) {
      emit(errorEvent(reply));
      return;
    }
    this.#events = new MessageEventDecoder(this.#call, this.#source);
    this.#events.push(messageAsEvents(JSON.parse(reply.body.toString()) as JsonMembers), emit);
  }

  #pushFirst(chunk: Buffer, emit: Emit): void {
    let at = 0;
    while (at < chunk.length && (chunk[at] === byteOrderMark[this.#skipped] || isBlank(chunk[at]))) {
      if (!isBlank(chunk[at])) this.#skipped++;
      at++;
    }
    if (at === chunk.length) return;
    const rest = at === 0 ? chunk : chunk.subarray(at);
    switch (rest[0]) {
      case openBrace:
        this.#collect((this.#pieces = []), rest, emit);
        return;
      case lessThan:
        this.#refuse("a page in place of a stream", emit);
        return;
      default:
        this.#events = new MessageEventDecoder(this.#call, this.#source);
        this.#events.push(rest, emit);
    }
  }

  #collect(pieces: Buffer[], chunk: Buffer, emit: Emit): void {
    this.#bytes += chunk.length;
    pieces.push(chunk);
    if (this.#bytes <= longestReply) return;
    this.#pieces = undefined;
    this.#refuse(`a reply of over ${longestReply} bytes in place of a stream`, emit);
  }

  #refuse(what: string, emit: Emit): void {
    this.#isRefused = true;
    const { deploymentId } = this.#source;
    emit(errorEvent(new RouterError("upstream_malformed", `Deployment ${deploymentId} sent ${what}.`, { deploymentId })));
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
