import type { UpstreamExchange, UpstreamHeaders, UpstreamListener, UpstreamRequest } from "../core/upstream.ts";
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
  begin(status: number, headers: UpstreamHeaders): void {
    const codings = codingsOf(headers);
    if (codings !== undefined) {
      const failed = (cause: Error): void => this.#failUnpacking(cause);
      this.#unpacked = new UnpackedReply(this.#listener, codings, { resume: () => this.#connection?.resume(), fail: failed });
      this.#listener = this.#unpacked;
    }
    this.#listener.onHead(status, headers);
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
    const reason = reasonOf(cause);
    const kind = localFaults.has(reason) ? "local" : this.#wasSent ? "broken" : "connect";
    this.#listener.onFailure({ kind, reason, cause });
  }

  /** The packed bytes may all have come by now. */
  #failUnpacking(cause: Error): void {
    const unpacked = this.#unpacked;
    this.#isOver = true;
    this.#connection?.drop();
    this.#connection = undefined;
    unpacked?.tellFailure({ kind: "broken", reason: reasonOf(cause), cause });
  }
}

/** The platform's codes for what this process or this machine lacks, or for a call of ours that makes no sense to it. */
const localFaults: ReadonlySet<string> = new Set([
  "EINVAL",
  "EMFILE",
  "ENFILE",
  "ENOMEM",
  "ENOBUFS",
  "EADDRNOTAVAIL",
  "EMSGSIZE",
  "EFAULT",
  "EBADF",
  "ERR_MEMORY_ALLOCATION_FAILED",
  "ERR_BUFFER_TOO_LARGE",
  "ERR_STRING_TOO_LONG",
  "RangeError",
  "ERR_OUT_OF_RANGE",
  "ERR_INVALID_ARG_TYPE",
  "ERR_INVALID_ARG_VALUE",
]);

/** The platform's code, such as `ECONNREFUSED`. Messages are not shown: they may name internal addresses. */
function reasonOf(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  if (typeof code === "string") return code;
  // A host with several addresses fails with all their errors together.
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return inner instanceof Error ? reasonOf(inner) : error.name;
}
