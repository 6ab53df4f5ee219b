import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket, WebSocketServer } from "ws";
import { RouterError } from "../../core/errors.ts";
import type { StreamEvent } from "../../core/provider.ts";
import type { CallHandle, ReplySink, RouteInfo } from "../../core/reply-sink.ts";
import type { CallerMessages, MessageReceiver } from "../../core/caller-messages.ts";
import { addLitellmHeaders, addRouteHeaders } from "../../inbound/route-headers.ts";
import type { Clock, Timer } from "../../lib/clock.ts";
import { errorBody } from "../../formats/kit/chat/error-body.ts";

/** So much may wait to be read by the caller before the deployment is asked to pause. */
const mostWaitingBytes = 1024 * 1024;
/** A caller that does not answer a ping for so long is gone. */
const pingMs = 30_000;
/** A caller has so long to answer the close. */
const closeMs = 1_000;

/** Codes of RFC 6455 by which a conversation is closed here. */
const closeCodes = { done: 1000, leaving: 1001, wrongData: 1003, refused: 1008, fault: 1011, again: 1013 } as const;

export interface RealtimeConversationOptions {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly callId: string;
  /** Speaks WebSocket on a connection. */
  readonly server: WebSocketServer;
  readonly clock: Clock;
  /** Refuses the request, in HTTP: no conversation was opened. */
  refuse(error: RouterError): void;
  /** Called after each answer: why the caller may not go on. */
  recheck(): void;
  /** Called once, when it is over. */
  onOver(): void;
}

/**
 * One conversation of a caller: it is opened to the caller when a deployment has opened its side, so that until then a fault is tried
 * elsewhere, and told in HTTP. Messages go through as they came, both ways; who does not read is not sent more.
 */
export class RealtimeConversation implements ReplySink, CallerMessages {
  readonly #options: RealtimeConversationOptions;
  #handle: CallHandle | undefined;
  #receiver: MessageReceiver | undefined;
  #caller: WebSocket | undefined;
  #pinging: Timer | undefined;
  #isAlive = true;
  /** The server stops: the conversation ends when no answer is under way. */
  #isLeaving = false;
  #isAnswering = false;
  #isOver = false;

  constructor(options: RealtimeConversationOptions) {
    this.#options = options;
    options.socket.once("close", this.#gone);
  }

  /** Called with what steers its call. */
  begin(handle: CallHandle): void {
    if (this.#isOver) handle.cancel();
    else this.#handle = handle;
  }

  flowTo(receiver: MessageReceiver): void {
    this.#receiver = receiver;
  }

  /** The deployment takes messages again; or as {@link CallHandle.resume}, of no one. */
  resume(): void {
    this.#caller?.resume();
  }

  onReply(): void {
    this.#finish(closeCodes.done);
  }

  onStreamStart(route: RouteInfo): void {
    const { request, socket, head, server, callId } = this.#options;
    const headers = addLitellmHeaders(addRouteHeaders({ "x-request-id": callId, "x-huntgroup-call-id": callId }, route, false));
    const addHeaders = (lines: string[]): void => {
      for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
    };
    server.on("headers", addHeaders);
    try {
      server.handleUpgrade(request, socket, head, (caller) => this.#opened(caller));
    } finally {
      server.off("headers", addHeaders);
    }
  }

  #opened(caller: WebSocket): void {
    this.#caller = caller;
    this.#options.socket.off("close", this.#gone);
    caller
      .on("message", (data, isBinary) => this.#said(data as Buffer, isBinary))
      .on("pong", () => (this.#isAlive = true))
      // What is wrong with its frames closes it, with the code that says so.
      .on("error", () => {})
      .on("close", this.#gone);
    this.#pinging = this.#options.clock.schedule(pingMs, this.#ping);
  }

  readonly #ping = (): void => {
    const caller = this.#caller;
    if (this.#isOver || caller === undefined) return;
    if (!this.#isAlive) {
      caller.terminate();
      return;
    }
    this.#isAlive = false;
    caller.ping();
    this.#options.recheck();
    this.#pinging = this.#options.clock.schedule(pingMs, this.#ping);
  };

  #said(message: Buffer, isBinary: boolean): void {
    if (this.#isOver) return;
    if (isBinary) this.end(new RouterError("invalid_request", "Messages are text: JSON."), closeCodes.wrongData);
    else if (this.#receiver?.send(message) === false) this.#caller?.pause();
  }

  onStreamEvent(event: StreamEvent): boolean {
    const caller = this.#caller;
    if (this.#isOver || caller === undefined || event.bytes.length === 0) return true;
    this.#follow(event);
    caller.send(event.bytes, { binary: false }, () => {
      if (!this.#isOver && caller.bufferedAmount < mostWaitingBytes) this.#handle?.resume();
    });
    return caller.bufferedAmount < mostWaitingBytes;
  }

  #follow({ bytes, usage }: StreamEvent): void {
    if (usage !== undefined) {
      this.#isAnswering = false;
      // Not within the router's own step.
      queueMicrotask(() => {
        if (!this.#isOver) this.#options.recheck();
        if (this.#isLeaving) this.leave();
      });
    } else if (!this.#isAnswering && bytes.includes('"response.created"')) this.#isAnswering = true;
  }

  onStreamEnd(): void {
    this.#finish(closeCodes.done);
  }

  onFailure(error: RouterError): void {
    if (this.#caller === undefined) {
      if (!this.#over()) return;
      this.#options.socket.off("close", this.#gone);
      this.#options.refuse(error);
    } else this.#tell(error, error.code === "deadline_exceeded" ? closeCodes.done : closeCodeOf(error));
  }

  /** Ends it from this side. @param code Default: by the error. */
  end(error: RouterError, code: number = closeCodeOf(error)): void {
    this.#handle?.cancel();
    this.#tell(error, code);
  }

  leave(): void {
    this.#isLeaving = true;
    if (!this.#isAnswering && !this.#isOver) this.end(new RouterError("shutting_down", "This server is stopping."), closeCodes.leaving);
  }

  #tell(error: RouterError, code: number): void {
    if (this.#isOver) return;
    const body = errorBody(error).error;
    this.#caller?.send(JSON.stringify({ type: "error", error: { ...body, event_id: null } }));
    this.#finish(code);
  }

  #finish(code: number): void {
    if (!this.#over()) return;
    const { clock, socket } = this.#options;
    const caller = this.#caller;
    if (caller === undefined) socket.destroy();
    else {
      caller.close(code);
      clock.schedule(closeMs, () => caller.terminate());
    }
  }

  readonly #gone = (): void => {
    if (!this.#over()) return;
    this.#handle?.cancel();
  };

  /** @returns Whether it was not over before. */
  #over(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#options.clock.cancel(this.#pinging);
    this.#options.onOver();
    return true;
  }
}

function closeCodeOf({ code }: RouterError): number {
  switch (code) {
    case "unauthenticated":
    case "permission_denied":
    case "budget_exceeded":
      return closeCodes.refused;
    case "key_limit_reached":
      return closeCodes.again;
    case "invalid_request":
      return closeCodes.refused;
    case "shutting_down":
      return closeCodes.leaving;
    default:
      return closeCodes.fault;
  }
}
