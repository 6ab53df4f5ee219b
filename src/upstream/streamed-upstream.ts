import type { Readable } from "node:stream";
import { Agent, type Dispatcher, ProxyAgent } from "undici";
import type { UpstreamExchange, UpstreamListener } from "../core/upstream.ts";
import { failureOf } from "./failure-of.ts";
import { type ProxyRules, proxyUrl } from "./proxy-rules.ts";

/** A request whose body goes out as it comes. */
export interface StreamedRequest {
  readonly method: string;
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path and query, beginning with `/`. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Is read as fast as the other side takes it. Undefined for none. */
  readonly body: Readable | undefined;
}

/** Settings of {@link StreamedUpstream}. */
export interface StreamedUpstreamOptions {
  readonly rules: ProxyRules;
  /** The longest wait for a connection, TLS included. */
  readonly connectTimeoutMs: number;
  /** How long an idle connection is kept where its server does not say. */
  readonly keepAliveMs: number;
}

/**
 * Carries requests that are not calls, both ways as they come: bodies of any length, any method, replies packed as they are. Redirects are not followed,
 * and nothing is sent twice. Waits are bounded by who asks.
 */
export class StreamedUpstream {
  readonly #options: StreamedUpstreamOptions;
  /** By the proxy's address; empty for none. Made when first needed: most servers pass nothing through. */
  readonly #dispatchers = new Map<string, Dispatcher>();

  constructor(options: StreamedUpstreamOptions) {
    this.#options = options;
  }

  /** Sends one request. The listener is called asynchronously only. */
  send({ method, origin, path, headers, body }: StreamedRequest, listener: UpstreamListener): UpstreamExchange {
    const exchange = new StreamedExchange(listener);
    const dispatcher = this.#dispatcherFor(origin);
    if (dispatcher === undefined) {
      exchange.onResponseError(undefined, Object.assign(new Error("The address of the proxy is none."), { code: "INVALID_PROXY_ADDRESS" }));
      return exchange;
    }
    dispatcher.dispatch(
      { method, origin, path, headers: { ...headers } as Record<string, string | string[]>, body: body ?? null },
      exchange,
    );
    return exchange;
  }

  /** Fails all exchanges and closes all connections. */
  async destroy(): Promise<void> {
    await Promise.all(Array.from(this.#dispatchers.values(), (dispatcher) => dispatcher.destroy()));
  }

  #dispatcherFor(origin: string): Dispatcher | undefined {
    const { rules, connectTimeoutMs, keepAliveMs } = this.#options;
    const address = rules.isEmpty ? undefined : rules.proxyFor(origin);
    const uri = address === undefined ? "" : proxyUrl(address)?.href;
    if (uri === undefined) return undefined;
    let dispatcher = this.#dispatchers.get(uri);
    if (dispatcher === undefined) {
      const connect = { timeout: connectTimeoutMs };
      const waits = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: keepAliveMs };
      dispatcher =
        uri === "" ? new Agent({ connect, ...waits }) : new ProxyAgent({ uri, connect, requestTls: connect, proxyTls: connect, ...waits });
      this.#dispatchers.set(uri, dispatcher);
    }
    return dispatcher;
  }
}

class StreamedExchange implements UpstreamExchange, Dispatcher.DispatchHandler {
  readonly #listener: UpstreamListener;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;

  constructor(listener: UpstreamListener) {
    this.#listener = listener;
  }

  abort(): void {
    this.#isOver = true;
    this.#controller?.abort(new Error("aborted"));
  }

  resume(): void {
    this.#controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error("aborted"));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Parameters<UpstreamListener["onHead"]>[1]): void {
    if (status >= 200 && !this.#isOver) this.#listener.onHead(status, headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#isOver && !this.#listener.onData(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, cause: Error): void {
    // It may be called from within `send`.
    queueMicrotask(() => {
      if (this.#isOver) return;
      this.#isOver = true;
      this.#listener.onFailure(failureOf(cause, this.#controller !== undefined));
    });
  }
}
