import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { TextCount } from "../../../core/outcome.ts";
import type { DecodedReply, JsonMembers, StreamDecoder, StreamEvent } from "../../../core/provider.ts";
import { errorEvent } from "./error-event.ts";
import { replyAsEvents } from "./reply-as-events.ts";

/** An answer of some pages. A whole reply in place of a stream that is longer is none. */
const longestReply = 32 * 1024 * 1024;
const [openBrace, lessThan] = [0x7b, 0x3c];
const byteOrderMark = [0xef, 0xbb, 0xbf];

type Emit = (event: StreamEvent) => void;

/** What {@link JudgedChatDecoder} chooses from. */
export interface ChatReaders {
  /** Makes the decoder of what was asked for. */
  stream(): StreamDecoder;
  /** Reads a whole reply. */
  reply(body: Buffer): DecodedReply | RouterError;
}

/**
 * Decides by the first bytes of a reply what came when a stream was asked for, since content types are not to be trusted: the stream, a whole
 * reply in JSON, which is given as a stream, or a page, which is refused.
 */
export class JudgedChatDecoder implements StreamDecoder {
  readonly #call: Call;
  readonly #deploymentId: string;
  readonly #readers: ChatReaders;
  #stream: StreamDecoder | undefined;
  /** The pieces of a whole reply; undefined while none has begun. */
  #pieces: Buffer[] | undefined;
  #bytes = 0;
  #skipped = 0;
  #isRefused = false;

  constructor(call: Call, deploymentId: string, readers: ChatReaders) {
    this.#call = call;
    this.#deploymentId = deploymentId;
    this.#readers = readers;
  }

  get heard(): TextCount | undefined {
    return this.#stream?.heard;
  }

  push(chunk: Buffer, emit: Emit): void {
    if (this.#stream !== undefined) this.#stream.push(chunk, emit);
    else if (this.#pieces !== undefined) this.#collect(this.#pieces, chunk, emit);
    else if (!this.#isRefused) this.#pushFirst(chunk, emit);
  }

  end(emit: Emit): void {
    this.#stream?.end(emit);
    if (this.#pieces === undefined) return;
    const reply = this.#readers.reply(Buffer.concat(this.#pieces));
    this.#pieces = undefined;
    if (reply instanceof RouterError) emit(errorEvent(reply));
    else for (const event of replyAsEvents(this.#call, JSON.parse(reply.body.toString()) as JsonMembers, reply.usage)) emit(event);
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
        this.#stream = this.#readers.stream();
        this.#stream.push(rest, emit);
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
    const deploymentId = this.#deploymentId;
    emit(errorEvent(new RouterError("upstream_malformed", `Deployment ${deploymentId} sent ${what}.`, { deploymentId })));
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
