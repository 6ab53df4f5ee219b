import type { UpstreamExchange, UpstreamHeaders, UpstreamListener, UpstreamRequest } from "../core/upstream.ts";
import { failureOf, platformCode } from "./failure-of.ts";
import { codingsOf, UnpackedReply } from "./unpacked-reply.ts";

/** What an exchange asks of the connection that carries it. */
interface Carrier {
  /** Closes the connection at once. */
  drop(): void;
  /** Reads on after a pause. */
  resume(): void;
}

/** One request and its reply. It reports the end once, and nothing after an abort. */
export class HttpExchange implements UpstreamExchange {
  readonly request: UpstreamRequest;
  /** As {@link requestHead} writes it. */
  readonly head: Buffer;
  #listener: UpstreamListener;
  /** Undefined unless the reply came packed. */
  #unpacked: UnpackedReply | undefined;
  /** Whether the request was sent a second time, because its connection turned out to be closed. Once is all. */
  wasResent = false;
  /** Undefined before the request is written, and once the exchange is over. */
  #connection: Carrier | undefined;
  #wasSent = false;
  #isOver = false;

  constructor(request: UpstreamRequest, head: Buffer, listener: UpstreamListener) {
    this.request = request;
    this.head = head;
    this.#listener = listener;
  }

  get listener(): UpstreamListener {
    return this.#listener;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isWritten(): boolean {
    return this.#wasSent;
  }

  /** Called when the request is being written. */
  sentOn(connection: Carrier): void {
    this.#connection = connection;
    this.#wasSent = true;
  }

  /** The reply has begun. What comes packed, though nothing was asked for, is unpacked on its way. */
  begin(status: number, headers: UpstreamHeaders, mayTellLimits: boolean): void {
    const codings = codingsOf(headers);
    if (codings !== undefined) {
      const failed = (cause: Error): void => this.#failUnpacking(cause);
      this.#unpacked = new UnpackedReply(this.#listener, codings, { resume: () => this.#connection?.resume(), fail: failed });
      this.#listener = this.#unpacked;
    }
    this.#listener.onHead(status, headers, mayTellLimits);
  }

  abort(): void {
    this.#unpacked?.stop();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection?.drop();
    this.#connection = undefined;
  }

  resume(): void {
    if (this.#unpacked === undefined) this.#connection?.resume();
    else this.#unpacked.resume();
  }

  /** The reply is whole. */
  complete(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection = undefined;
    this.#listener.onEnd();
  }

  /** The exchange cannot go on. */
  fail(cause: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection = undefined;
    this.#listener.onFailure(failureOf(cause, this.#wasSent));
  }

  /** The packed bytes may all have come by now. */
  #failUnpacking(cause: Error): void {
    const unpacked = this.#unpacked;
    this.#isOver = true;
    this.#connection?.drop();
    this.#connection = undefined;
    unpacked?.tellFailure({ kind: "broken", reason: platformCode(cause), cause });
  }
}
