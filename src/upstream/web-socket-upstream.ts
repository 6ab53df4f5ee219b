import type { IncomingMessage } from "node:http";
import type WebSocket from "ws";
import type { Upstream, UpstreamExchange, UpstreamLink, UpstreamListener, UpstreamRequest } from "../core/upstream.ts";
import type { Clock } from "../lib/clock.ts";
import { failureOf } from "./failure-of.ts";
import { tlsOf } from "./link-tls.ts";
import type { ProxyRules } from "./proxy-rules.ts";

/** Settings of the transport for conversations. */
export interface WebSocketUpstreamOptions {
  readonly rules: ProxyRules;
  /** The longest wait for a conversation to be opened, TLS included. */
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
}

/** The largest message of a deployment. Audio comes in pieces of some 10 KB. */
const mostMessageBytes = 32 * 1024 * 1024;
/** So much may wait to be sent before the caller is asked to pause. */
const mostWaitingBytes = 1024 * 1024;
/** A host has so long to answer the close of a conversation. */
const closeMs = 1_000;
/** The codes of RFC 6455 with which a host ends a conversation in order: done, going away, none given. */
const orderly: ReadonlySet<number> = new Set([1000, 1001, 1005]);

/**
 * Opens conversations over WebSocket for requests that have {@link UpstreamRequest.messages}, and leaves all others to another transport. Each
 * message of the deployment is one piece of data. A host that refuses to open one answers as to any request. `ws` is loaded with the first.
 */
export class WebSocketUpstream implements Upstream {
  readonly #requests: Upstream;
  readonly #options: WebSocketUpstreamOptions;
  readonly #open = new Set<WebSocketExchange>();

  /** @param requests Carries the requests that open no conversation. */
  constructor(requests: Upstream, options: WebSocketUpstreamOptions) {
    this.#requests = requests;
    this.#options = options;
  }

  send(request: UpstreamRequest, listener: UpstreamListener, link?: UpstreamLink): UpstreamExchange {
    if (request.messages === undefined) return this.#requests.send(request, listener, link);
    const exchange = new WebSocketExchange(request, listener, this.#options.clock, () => this.#open.delete(exchange));
    this.#open.add(exchange);
    if (this.#options.rules.proxyFor(request.origin) === undefined) {
      void import("ws").then(
        (ws) => exchange.connect(ws.default, this.#options.connectTimeoutMs, link),
        (error: Error) => exchange.fail(error),
      );
    } else queueMicrotask(() => exchange.fail(Object.assign(new Error("proxy"), { code: "PROXY_NOT_SUPPORTED" })));
    return exchange;
  }

  /** Drops all conversations. */
  destroy(): void {
    for (const exchange of this.#open) exchange.abort();
  }
}

class WebSocketExchange implements UpstreamExchange {
  readonly #request: UpstreamRequest;
  readonly #listener: UpstreamListener;
  readonly #clock: Clock;
  readonly #onOver: () => void;
  #socket: WebSocket | undefined;
  #refusal: IncomingMessage | undefined;
  #isOpen = false;
  #isOver = false;

  constructor(request: UpstreamRequest, listener: UpstreamListener, clock: Clock, onOver: () => void) {
    this.#request = request;
    this.#listener = listener;
    this.#clock = clock;
    this.#onOver = onOver;
  }

  connect(Client: typeof WebSocket, handshakeTimeout: number, link: UpstreamLink | undefined): void {
    if (this.#isOver) return;
    const { origin, path, headers } = this.#request;
    try {
      const tls = link === undefined ? {} : tlsOf(link);
      const options = { headers, handshakeTimeout, maxPayload: mostMessageBytes, perMessageDeflate: false, ...tls };
      this.#socket = new Client(origin.replace(/^http/, "ws") + path, [], options);
    } catch (error) {
      this.fail(error as Error);
      return;
    }
    let headersOfUpgrade: IncomingMessage["headers"] = {};
    this.#socket
      .on("upgrade", (reply) => (headersOfUpgrade = reply.headers))
      .on("open", () => this.#opened(headersOfUpgrade))
      .on("unexpected-response", (_request, reply) => this.#refused(reply))
      .on("message", (data) => this.#heard(data))
      .on("error", (error) => this.fail(error))
      .on("close", (code) => this.#closed(code));
  }

  #opened(headers: IncomingMessage["headers"]): void {
    if (this.#isOver) return;
    this.#isOpen = true;
    this.#listener.onHead(200, headers);
    this.#request.messages?.flowTo({ send: (message) => this.#say(message) });
  }

  #say(message: Buffer): boolean {
    const socket = this.#socket;
    if (this.#isOver || socket === undefined) return true;
    socket.send(message, { binary: false }, () => {
      if (!this.#isOver && socket.bufferedAmount < mostWaitingBytes) this.#request.messages?.resume();
    });
    return socket.bufferedAmount < mostWaitingBytes;
  }

  /** The host answers as to any request. */
  #refused(reply: IncomingMessage): void {
    if (this.#isOver) {
      reply.destroy();
      return;
    }
    this.#refusal = reply;
    this.#listener.onHead(reply.statusCode ?? 0, reply.headers);
    reply
      .on("data", (chunk: Buffer) => {
        if (!this.#isOver && !this.#listener.onData(chunk)) reply.pause();
      })
      .on("end", () => this.#end(() => this.#listener.onEnd()))
      .on("error", (error) => this.fail(error));
  }

  #heard(data: WebSocket.RawData): void {
    if (this.#isOver) return;
    const message = Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);
    if (!this.#listener.onData(message)) this.#socket?.pause();
  }

  #closed(code: number): void {
    this.#end(() => {
      if (orderly.has(code)) this.#listener.onEnd();
      else this.#listener.onFailure({ kind: "broken", reason: `WEBSOCKET_${code}` });
    });
  }

  fail(error: Error): void {
    this.#end(() => this.#listener.onFailure(failureOf(error, this.#isOpen)));
    this.#socket?.terminate();
  }

  #end(tell: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver();
    tell();
  }

  abort(): void {
    if (this.#isOver) return;
    this.#end(() => {});
    const socket = this.#socket;
    this.#refusal?.destroy();
    // Before it is open, to close it is to drop it, and is told as an error, which no one waits for.
    socket?.close(1000);
    if (socket !== undefined) this.#clock.schedule(closeMs, () => socket.terminate());
  }

  resume(): void {
    if (this.#isOver) return;
    this.#refusal?.resume();
    if (this.#isOpen) this.#socket?.resume();
  }
}
