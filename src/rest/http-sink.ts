import type { Call } from "../core/call.ts";
import { RouterError } from "../core/errors.ts";
import type { CallerFormat, StreamWriter } from "../core/format.ts";
import type { DecodedReply, StreamEvent } from "../core/provider.ts";
import type { ReplySink, RouteInfo } from "../core/reply-sink.ts";
import { addLitellmHeaders, addRouteHeaders } from "../inbound/route-headers.ts";
import type { Exchange, ResponseHeaders } from "./exchange.ts";

/** At this size, a write costs little per event already. To wait for more would only use memory. */
const fullWriteBytes = 16_384;

/**
 * Sends a call's outcome in the caller's format: a whole reply as JSON, a stream event by event, as they come. Events that arrive together,
 * in one packet of the deployment, leave in one write, because a write costs far more than an event.
 */
export class HttpSink implements ReplySink {
  readonly takesTogether: boolean;
  readonly #exchange: Exchange;
  readonly #call: Call;
  readonly #format: CallerFormat;
  readonly #withTrace: boolean;
  readonly #writer: StreamWriter | undefined;
  #doneSent = false;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #flowing = true;

  constructor(exchange: Exchange, call: Call, format: CallerFormat, withTrace: boolean) {
    this.takesTogether = format.takesTogether;
    this.#exchange = exchange;
    this.#call = call;
    this.#format = format;
    this.#writer = call.stream ? format.createWriter(call) : undefined;
    this.#withTrace = withTrace;
  }

  onReply(reply: DecodedReply, route: RouteInfo): void {
    const body = this.#format.writeReply(reply, this.#call);
    const headers = this.#told({}, route);
    if (body instanceof RouterError) this.#exchange.sendError(body, undefined, headers);
    else this.#exchange.sendJson(200, body, headers);
  }

  onStreamStart(route: RouteInfo): void {
    const headers = {
      "content-type": this.#format.streamType,
      "cache-control": "no-cache",
      // Asks the reverse proxies that honour it (nginx among them) not to collect the events.
      "x-accel-buffering": "no",
    };
    this.#exchange.startStream(this.#told(headers, route));
  }

  onStreamEvent(event: StreamEvent): boolean {
    if (event.kind === "done") this.#doneSent = true;
    const bytes = this.#writer?.write(event);
    if (bytes === undefined) return this.#flowing;
    if (this.#add(bytes) === 1) queueMicrotask(this.#flush);
    if (this.#pendingBytes >= fullWriteBytes) this.#flush();
    return this.#flowing;
  }

  /** Called when the caller has read what was kept back. */
  onDrain(): void {
    this.#flowing = true;
  }

  /** Ends the stream as the caller's format does, where the deployment did not end it so already. */
  onStreamEnd(): void {
    this.#end(this.#writer?.end(this.#doneSent));
  }

  /** A stream that has begun ends with the error as its last event, so that the caller does not take what was sent for the whole. */
  onFailure(error: RouterError, route: RouteInfo): void {
    try {
      if (this.#exchange.headersSent) this.#end(this.#writer?.fail(error));
      else this.#exchange.sendError(error, undefined, this.#told({}, route));
    } catch (fault) {
      this.#exchange.break(fault);
    }
  }

  #told(headers: ResponseHeaders, route: RouteInfo): ResponseHeaders {
    return addLitellmHeaders(addRouteHeaders(headers, route, this.#withTrace));
  }

  /** Ends the stream with what has not been written yet, and with `last`. */
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
    try {
      if (this.#exchange.isOpen && !this.#exchange.write(pieces, bytes)) this.#flowing = false;
    } catch (fault) {
      this.#exchange.break(fault);
    }
  };
}
