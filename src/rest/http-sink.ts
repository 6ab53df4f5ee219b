import type { RouterError } from "../core/errors.ts";
import type { Usage } from "../core/outcome.ts";
import type { StreamEvent } from "../core/provider.ts";
import type { ReplySink, RouteInfo } from "../core/reply-sink.ts";
import { addRouteHeaders } from "../inbound/route-headers.ts";
import { errorBody } from "../formats/openai/errors/error-body.ts";
import type { Exchange } from "./exchange.ts";

/** A write of this size costs little per event already; waiting for more would only use memory. */
const fullWriteBytes = 16_384;

const doneEvent = Buffer.from("data: [DONE]\n\n");

/**
 * Sends a call's outcome: a whole reply as JSON, a stream as server-sent events, as they come. Events that arrive together, in one
 * packet of the deployment, leave together: a write costs far more than an event.
 */
export class HttpSink implements ReplySink {
  readonly takesTogether = true;
  readonly #exchange: Exchange;
  readonly #withTrace: boolean;
  #doneSent = false;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #flowing = true;

  constructor(exchange: Exchange, withTrace: boolean) {
    this.#exchange = exchange;
    this.#withTrace = withTrace;
  }

  onReply(body: Buffer, _usage: Usage | undefined, route: RouteInfo): void {
    this.#exchange.sendJson(200, body, addRouteHeaders({}, route, this.#withTrace));
  }

  onStreamStart(route: RouteInfo): void {
    const headers = {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache",
      // Asks the reverse proxies that honour it (nginx among them) not to collect the events.
      "x-accel-buffering": "no",
    };
    this.#exchange.startStream(addRouteHeaders(headers, route, this.#withTrace));
  }

  onStreamEvent(event: StreamEvent): boolean {
    if (event.kind === "done") this.#doneSent = true;
    if (this.#add(event.bytes) === 1) queueMicrotask(this.#flush);
    if (this.#pendingBytes >= fullWriteBytes) this.#flush();
    return this.#flowing;
  }

  /** The caller has read what was kept back. */
  onDrain(): void {
    this.#flowing = true;
  }

  /** Some hosts leave the mark out; OpenAI's clients wait for it. */
  onStreamEnd(): void {
    this.#end(this.#doneSent ? undefined : doneEvent);
  }

  /** A stream that has begun ends with the error as its last event, and without the mark: nobody takes what was sent for the whole. */
  onFailure(error: RouterError, route: RouteInfo): void {
    if (this.#exchange.headersSent) this.#end(Buffer.from(`data: ${JSON.stringify(errorBody(error))}\n\n`));
    else this.#exchange.sendError(error, undefined, addRouteHeaders({}, route, this.#withTrace));
  }

  /** With what has not been written yet. */
  #end(last: Buffer | undefined): void {
    if (last !== undefined) this.#add(last);
    const pieces = this.#pending;
    this.#pending = [];
    this.#exchange.endStream(pieces, this.#pendingBytes);
  }

  #add(event: Buffer): number {
    this.#pendingBytes += event.length;
    return this.#pending.push(event);
  }

  readonly #flush = (): void => {
    const pieces = this.#pending;
    if (pieces.length === 0) return;
    const bytes = this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (this.#exchange.isOpen && !this.#exchange.write(pieces, bytes)) this.#flowing = false;
  };
}
