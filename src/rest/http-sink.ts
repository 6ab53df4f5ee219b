import type { Call } from "../core/call.ts";
import { RouterError } from "../core/errors.ts";
import type { AnsweredAlone, CallerFormat, StreamWriter } from "../core/format.ts";
import type { PinnedIds } from "../core/pinned-ids.ts";
import type { DecodedReply, StreamEvent } from "../core/provider.ts";
import type { ReplySink, RouteInfo } from "../core/reply-sink.ts";
import { addLitellmHeaders, addRouteHeaders, routeNote } from "../inbound/route-headers.ts";
import type { Exchange, ResponseHeaders } from "./exchange.ts";

/** At this size, a write costs little per event already. To wait for more would only use memory. */
const fullWriteBytes = 16_384;

interface SinkOptions {
  readonly withTrace: boolean;
  readonly ids: PinnedIds;
  /** The answer to a call that no deployment can serve. Undefined where it fails then. */
  readonly alone?: (() => AnsweredAlone) | undefined;
}

/** Sends an answer that no deployment has given. */
export function sendAlone(exchange: Exchange, { body, headers }: AnsweredAlone): void {
  exchange.sendWhole(200, body, { ...headers });
}

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
  /** The headers of a response whose type its first event tells, until that comes. */
  #waiting: ResponseHeaders | undefined;
  /** The response was opened before its route was known. */
  #openedEarly = false;
  /** What may be the last chunk of such a response, and the mark of the end behind it: they wait for the route. */
  #last: StreamEvent | undefined;
  #done: StreamEvent | undefined;

  readonly #ids: PinnedIds;

  /** Bytes that are no events have no room for signs of life. */
  readonly onPing: (() => void) | undefined;

  readonly #alone: (() => AnsweredAlone) | undefined;

  constructor(exchange: Exchange, call: Call, format: CallerFormat, { withTrace, ids, alone }: SinkOptions) {
    this.#alone = alone;
    this.takesTogether = format.takesTogether;
    this.#exchange = exchange;
    this.#call = call;
    this.#format = format;
    this.#writer = call.stream ? format.createWriter(call, ids) : undefined;
    this.onPing = this.#writer === undefined || this.#writer.isPlain === true ? undefined : () => this.#ping();
    this.#ids = ids;
    this.#withTrace = withTrace;
  }

  onReply(reply: DecodedReply, route: RouteInfo): void {
    const body = this.#format.writeReply(reply, this.#call, { deploymentId: route.deploymentId, ids: this.#ids });
    const headers = this.#told(usualHeaders(), route);
    if (body instanceof RouterError) this.#exchange.sendError(body, undefined, headers);
    else this.#exchange.sendWhole(200, body, headers, reply.contentType);
  }

  #ping(): void {
    if (!this.#exchange.isOpen) return;
    if (!this.#exchange.headersSent) {
      this.#openedEarly = true;
      this.#exchange.startStream(this.#streamHeaders());
    }
    const ping = this.#writer?.ping();
    // A caller that has not read what it was sent needs no sign of life, and must not have them pile up.
    if (ping === undefined || !this.#flowing) return;
    this.#add(ping);
    this.#flush();
  }

  onStreamStart(route: RouteInfo): void {
    this.#writer?.begin?.(route.deploymentId);
    if (this.#openedEarly) return;
    const headers = this.#told(this.#streamHeaders(), route);
    if (this.#writer?.followsType === true) this.#waiting = headers;
    else this.#exchange.startStream(headers);
  }

  #plainType(): string {
    return this.#writer?.isPlain === true ? "application/octet-stream" : this.#format.streamType;
  }

  #streamHeaders(): ResponseHeaders {
    return {
      "content-type": this.#format.streamType,
      "cache-control": "no-cache",
      // Asks the reverse proxies that honour it (nginx among them) not to collect the events.
      "x-accel-buffering": "no",
    };
  }

  onStreamEvent(event: StreamEvent): boolean {
    if (this.#waiting !== undefined) {
      const headers = this.#waiting;
      this.#waiting = undefined;
      this.#exchange.startStream({ ...headers, "content-type": event.contentType ?? this.#plainType() });
    }
    if (event.kind === "done") this.#doneSent = true;
    if (this.#openedEarly && this.#holdsLast(event)) return this.#flowing;
    const bytes = this.#writer?.write(event);
    if (bytes === undefined) return this.#flowing;
    this.#write(bytes);
    if (this.#pendingBytes >= fullWriteBytes) this.#flush();
    return this.#flowing;
  }

  /** @returns Whether the event waits for what comes after it. */
  #holdsLast(event: StreamEvent): boolean {
    if (event.kind === "done") {
      this.#done = event;
      return true;
    }
    // Comments say nothing of where the stream ends.
    if (event.kind === "other") return false;
    this.#release(undefined);
    if (event.kind === "finish") this.#last = event;
    return event.kind === "finish";
  }

  /** Writes what waits. @param route Told in it, where it is the end. */
  #release(route: RouteInfo | undefined): void {
    const last = this.#last;
    const done = this.#done;
    this.#last = undefined;
    this.#done = undefined;
    if (last !== undefined) {
      const bytes = route === undefined ? this.#writer?.write(last) : this.#writer?.writeWith(routeNote(route, this.#withTrace), last);
      if (bytes !== undefined) this.#write(bytes);
    }
    const mark = done === undefined ? undefined : this.#writer?.write(done);
    if (mark !== undefined) this.#write(mark);
  }

  /** Called when the caller has read what was kept back. */
  onDrain(): void {
    this.#flowing = true;
  }

  /** Ends the stream as the caller's format does, where the deployment did not end it so already. */
  onStreamEnd(route?: RouteInfo): void {
    this.#release(route);
    this.#end(this.#writer?.end(this.#doneSent));
  }

  /** A stream that has begun ends with the error as its last event, so that the caller does not take what was sent for the whole. */
  onFailure(error: RouterError, route: RouteInfo): void {
    try {
      if (this.#exchange.headersSent) {
        this.#release(undefined);
        const last = this.#writer?.fail(error, this.#openedEarly ? routeNote(route, this.#withTrace) : undefined);
        if (last === undefined) this.#exchange.cutShort();
        else this.#end(last);
      } else if (error.code === "cannot_serve_this" && this.#alone !== undefined) sendAlone(this.#exchange, this.#alone());
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

  /** Has it leave in one write with what else comes at this moment. */
  #write(event: Buffer): void {
    if (this.#add(event) === 1) queueMicrotask(this.#flush);
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

/** Places for what every whole answer tells: an object that grows by a header at a time is copied again and again. */
function usualHeaders(): ResponseHeaders {
  return {
    "content-type": "",
    "content-length": 0,
    "x-request-id": "",
    "x-huntgroup-call-id": "",
    "x-litellm-call-id": "",
    "x-huntgroup-attempted-retries": "",
    "x-huntgroup-attempted-fallbacks": "",
    "x-huntgroup-overhead-duration-ms": "",
    "x-litellm-attempted-retries": "",
    "x-litellm-attempted-fallbacks": "",
  };
}
