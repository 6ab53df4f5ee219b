import type { ConnectError } from "@connectrpc/connect";
import type { ServerHttp2Stream } from "node:http2";
import type { Caller } from "../../auth/caller.ts";
import type { CallRouter } from "../../core/call-router.ts";
import { RouterError } from "../../core/errors.ts";
import type { Intake } from "../../core/intake.ts";
import type { DecodedReply, StreamEvent } from "../../core/provider.ts";
import type { CallHandle, ReplySink, RouteInfo } from "../../core/reply-sink.ts";
import { type HeaderReader, wantsTrace } from "../../inbound/call-headers.ts";
import { callIdOf } from "../../inbound/call-id.ts";
import type { InboundObserver } from "../../inbound/inbound-observer.ts";
import type { StreamHead } from "../../inbound/stream-handler.ts";
import type { Clock, Timer } from "../../lib/clock.ts";
import { chatCall } from "../chat/chat-call.ts";
import { lateMetadata, routeMetadata } from "../chat/route-metadata.ts";
import { deadlineGraceMs } from "../kit/caller-watch.ts";
import { internalError, toConnectError } from "../kit/errors.ts";
import { GrpcReply } from "./grpc-reply.ts";
import { MessageReader, type MessageListener } from "./message-reader.ts";
import { readRequest } from "./read-request.ts";

/** What all calls of the fast path share. */
export interface FastCallOptions {
  readonly router: CallRouter;
  readonly clock: Clock;
  /** The largest request message in bytes. It is read for each call, because a reload may change it. */
  readonly readMaxBytes: number;
  /** Called for each request that is turned away. Omit it to ignore them. */
  readonly observer?: InboundObserver | undefined;
  /** Makes an id for a call whose caller gave none: printable ASCII. */
  newCallId(): string;
  /** Called for each fault of this program. The caller learns only that something went wrong. */
  onInternalError(error: unknown): void;
}

/** Has the library answer a request after all. @param body The request's whole body, from its beginning. */
export type HandOver = (stream: ServerHttp2Stream, head: StreamHead, body: AsyncIterable<Uint8Array>) => void;

/** One request, of which the head was read. */
export interface FastRequest {
  readonly stream: ServerHttp2Stream;
  readonly head: StreamHead;
  readonly header: HeaderReader;
  readonly caller: Caller;
  /** What it holds of the process. */
  readonly intake: Intake;
  /** The caller's deadline on the router's clock. Undefined where it set none. */
  readonly deadline: number | undefined;
  readonly handOver: HandOver;
}

/** One call of ChatService, from its body to its trailers: it reads the message and takes the router's callbacks. */
export abstract class FastCall implements MessageListener, ReplySink {
  protected readonly options: FastCallOptions;
  protected readonly reply: GrpcReply;
  /** The caller has its answer, was handed over to the library, or is gone. */
  protected over = false;
  protected handle: CallHandle | undefined;
  readonly #request: FastRequest;
  readonly #reader: MessageReader;
  #callId = "";
  #withTrace = false;
  #deadlineTimer: Timer | undefined;

  constructor(options: FastCallOptions, request: FastRequest) {
    this.options = options;
    const { stream } = request;
    this.reply = new GrpcReply(stream);
    this.#request = request;
    this.#reader = new MessageReader(stream, options.readMaxBytes, request.intake, this);
    stream.on("close", () => this.#giveUp());
    const { clock } = options;
    const { deadline } = request;
    // In whole milliseconds: timers of the same length are cheaper for the platform.
    if (deadline !== undefined) {
      this.#deadlineTimer = clock.schedule(Math.ceil(deadline - clock.now()) + deadlineGraceMs, () => this.#expire());
    }
  }

  protected abstract readonly isStream: boolean;

  onMessage(message: Buffer): void {
    try {
      this.#begin(message);
    } catch (error) {
      this.options.onInternalError(error);
      this.failAs(internalError());
    }
  }

  onOddBody(body: AsyncIterable<Uint8Array>): void {
    this.settle();
    const { stream, head, handOver, intake } = this.#request;
    // The library's way holds it anew.
    intake.release();
    handOver(stream, head, body);
  }

  onNoRoom(error: RouterError): void {
    this.#refuse(error);
  }

  abstract onReply(reply: DecodedReply, route: RouteInfo): void;
  abstract onStreamStart(route: RouteInfo): void;
  abstract onStreamEvent(event: StreamEvent): boolean;
  abstract onStreamEnd(): void;

  onFailure(error: RouterError, route: RouteInfo): void {
    this.fail(error, route);
  }

  /** What the caller is told of its call. */
  protected metadata(route: RouteInfo | undefined): Record<string, string> {
    return routeMetadata(this.#callId, route, this.#withTrace);
  }

  /** The same for the trailers of a response whose headers went out before the route was known. */
  protected lateMetadata(route: RouteInfo | undefined): Record<string, string> {
    return lateMetadata(route, this.#withTrace);
  }

  protected fail(error: RouterError, route?: RouteInfo): void {
    this.failAs(toConnectError(error, this.failureMetadata(route)));
  }

  protected failureMetadata(route: RouteInfo | undefined): Record<string, string> {
    return this.metadata(route);
  }

  protected failAs(error: ConnectError): void {
    if (this.settle()) this.reply.fail(error);
  }

  /** Makes the call over. @returns Whether it was not over already. */
  protected settle(): boolean {
    if (this.over) return false;
    this.over = true;
    this.options.clock.cancel(this.#deadlineTimer);
    return true;
  }

  #begin(message: Buffer): void {
    const { header, head, caller, intake, deadline } = this.#request;
    const { clock, observer, router } = this.options;
    const body = readRequest(message);
    if (body === undefined) {
      this.onOddBody(this.#reader.replay());
      return;
    }
    const now = clock.now();
    const callId = callIdOf(header("x-request-id"), () => this.options.newCallId());
    this.#callId = callId;
    this.#withTrace = wantsTrace(header);
    const headerNames = (): readonly string[] => Object.keys(head.headers);
    const context = { endpoint: "chat", callId, inboundProtocol: "grpc", caller, intake, header, headerNames, now, deadline } as const;
    const call = body instanceof RouterError ? body : chatCall(body, this.isStream, context);
    if (call instanceof RouterError) {
      intake.release();
      observer?.refused({ inboundProtocol: "grpc", code: call.code, callId, address: undefined });
      this.fail(call);
      return;
    }
    this.handle = router.start(call, this);
  }

  #expire(): void {
    const error = new RouterError("deadline_exceeded", "The caller's deadline has passed.");
    if (this.handle !== undefined) {
      this.handle.cancel();
      this.fail(error);
      return;
    }
    // The body is still coming.
    this.#reader.stop();
    this.#refuse(error);
  }

  /** Turns a request away whose body has not come to its end. */
  #refuse(error: RouterError): void {
    const { head, intake } = this.#request;
    intake.release();
    this.options.observer?.refused({ inboundProtocol: "grpc", code: error.code, callId: undefined, address: head.address });
    this.failAs(toConnectError(error));
  }

  /** The stream is closed: after the answer, or because the caller hung up. */
  #giveUp(): void {
    this.#request.intake.release();
    if (this.settle()) this.handle?.cancel();
  }
}
