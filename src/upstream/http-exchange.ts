import type { UpstreamExchange, UpstreamListener, UpstreamRequest } from "../core/upstream.ts";

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
  readonly listener: UpstreamListener;
  /** Undefined before the request is written, and once the exchange is over. */
  #connection: Carrier | undefined;
  #wasSent = false;
  #isOver = false;

  constructor(request: UpstreamRequest, head: Buffer, listener: UpstreamListener) {
    this.request = request;
    this.head = head;
    this.listener = listener;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Called when the request is being written. */
  sentOn(connection: Carrier): void {
    this.#connection = connection;
    this.#wasSent = true;
  }

  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection?.drop();
    this.#connection = undefined;
  }

  resume(): void {
    this.#connection?.resume();
  }

  /** The reply is whole. */
  complete(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection = undefined;
    this.listener.onEnd();
  }

  /** The exchange cannot go on. */
  fail(cause: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection = undefined;
    this.listener.onFailure({ kind: this.#wasSent ? "broken" : "connect", reason: reasonOf(cause), cause });
  }
}

/** The platform's code, such as `ECONNREFUSED`. Messages are not shown: they may name internal addresses. */
function reasonOf(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  if (typeof code === "string") return code;
  // A host with several addresses fails with all their errors together.
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return inner instanceof Error ? reasonOf(inner) : error.name;
}
