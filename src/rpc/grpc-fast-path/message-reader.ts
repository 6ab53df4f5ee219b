import type { ServerHttp2Stream } from "node:http2";
import type { RouterError } from "../../core/errors.ts";
import type { Intake } from "../../core/intake.ts";
import { PieceGatherer } from "../../lib/piece-gatherer.ts";

/** Before each message: one byte of flags, four of length. */
const prefixBytes = 5;

/** Gets what was read. One of these is called, once, unless the caller hangs up before. */
export interface MessageListener {
  /** The body has ended and was exactly one message. */
  onMessage(message: Buffer): void;
  /** The body is anything else, and is not read any further. @param body All of it from its beginning, what has not arrived yet included. */
  onOddBody(body: AsyncIterable<Uint8Array>): void;
  /** There is no room for more of it. What had come was forgotten. */
  onNoRoom(error: RouterError): void;
}

/** Reads a body that should be exactly one message, not compressed and within the limit. It holds no more bytes than such a body has. */
export class MessageReader {
  readonly #stream: ServerHttp2Stream;
  readonly #maxBytes: number;
  readonly #listener: MessageListener;
  readonly #intake: Intake;
  #gathered = new PieceGatherer();
  /** Begins with the message's prefix. Undefined until that has arrived. */
  #head: Buffer | undefined;

  /** @param intake Holds what has come. */
  constructor(stream: ServerHttp2Stream, maxBytes: number, intake: Intake, listener: MessageListener) {
    this.#stream = stream;
    this.#maxBytes = maxBytes;
    this.#intake = intake;
    this.#listener = listener;
    stream.on("data", this.#onData);
    stream.on("end", this.#onEnd);
  }

  /** Forgets what has arrived and what comes. */
  stop(): void {
    this.#stream.off("data", this.#onData);
    this.#stream.off("end", this.#onEnd);
    this.#gathered = new PieceGatherer();
    this.#stream.resume();
  }

  /** The whole body again, once it was read to its end. */
  async *replay(): AsyncGenerator<Uint8Array> {
    yield* this.#gathered.take();
  }

  readonly #onData = (chunk: Buffer): void => {
    const noRoom = this.#intake.hold(chunk.length);
    if (noRoom !== undefined) {
      this.stop();
      this.#listener.onNoRoom(noRoom);
      return;
    }
    const gathered = this.#gathered;
    gathered.push(chunk);
    if (gathered.length < prefixBytes) return;
    const head = (this.#head ??= this.#joined(prefixBytes));
    const messageBytes = head.readUInt32BE(1);
    if (head[0] === 0 && messageBytes <= this.#maxBytes && gathered.length <= prefixBytes + messageBytes) return;
    this.#stream.off("data", this.#onData);
    this.#stream.off("end", this.#onEnd);
    this.#stream.pause();
    this.#listener.onOddBody(this.#replayAndGoOn());
  };

  readonly #onEnd = (): void => {
    const body = this.#joined(this.#gathered.length);
    const isWhole = body.length >= prefixBytes && body.length === prefixBytes + body.readUInt32BE(1);
    if (isWhole) this.#listener.onMessage(body.subarray(prefixBytes));
    else this.#listener.onOddBody(this.replay());
  };

  async *#replayAndGoOn(): AsyncGenerator<Uint8Array> {
    yield* this.#gathered.take();
    // A reader that stops early still has an answer to send on this stream.
    yield* this.#stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  }

  /** @param atLeast How many bytes the result must have, of those that have arrived. */
  #joined(atLeast: number): Buffer {
    const pieces = this.#gathered.take();
    const [first] = pieces;
    if (first !== undefined && first.length >= atLeast) return first;
    const all = Buffer.concat(pieces);
    this.#gathered = new PieceGatherer();
    this.#gathered.push(all);
    return all;
  }
}
