import { Pool, type Dispatcher } from "undici";
import type { Upstream, UpstreamExchange, UpstreamFailure, UpstreamHeaders, UpstreamListener, UpstreamRequest } from "../core/upstream.ts";

/**
 * Carries requests to providers with undici: the only place that opens sockets to them. Timers of requests are the core's business, so
 * undici's own are off, but for the one that bounds connecting. Redirects are not followed: they could carry a key elsewhere.
 */
export interface HttpUpstreamOptions {
  /** How long a connection may take to be made, TLS included. Default 10,000 ms. */
  readonly connectTimeoutMs?: number;
  /** How long an unused connection is kept for the next request. Default 60,000 ms: below the 75 s or more of common servers and proxies. */
  readonly keepAliveMs?: number;
}

export class HttpUpstream implements Upstream {
  readonly #pools = new Map<string, Pool>();
  readonly #options: Pool.Options;

  constructor(options: HttpUpstreamOptions = {}) {
    this.#options = {
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: options.connectTimeoutMs ?? 10_000, noDelay: true },
      keepAliveTimeout: options.keepAliveMs ?? 60_000,
      // HTTP/1.1 has no way to abort one of several pipelined requests.
      pipelining: 1,
      allowH2: false,
    };
  }

  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamExchange {
    const exchange = new HttpExchange(listener);
    this.#pool(request.origin).dispatch(
      { method: request.method, path: request.path, headers: request.headers, body: bodyOf(request.body) },
      exchange,
    );
    exchange.sent();
    return exchange;
  }

  /** Drops all connections; exchanges under way fail. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #pool(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (pool === undefined) this.#pools.set(origin, (pool = new Pool(origin, this.#options)));
    return pool;
  }
}

/** One buffer is one write: copying a prompt once costs less than undici's way through an iterable of pieces. */
function bodyOf(pieces: readonly Uint8Array[]): Uint8Array | Buffer | null {
  const [only] = pieces;
  if (pieces.length <= 1) return only ?? null;
  return Buffer.concat(pieces);
}

class HttpExchange implements UpstreamExchange, Dispatcher.DispatchHandler {
  readonly #listener: UpstreamListener;
  #controller: Dispatcher.DispatchController | undefined;
  #aborted = false;
  #isSent = false;

  constructor(listener: UpstreamListener) {
    this.#listener = listener;
  }

  /** From here on undici's callbacks are asynchronous. */
  sent(): void {
    this.#isSent = true;
  }

  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#controller?.abort(new Error("the exchange was dropped"));
  }

  resume(): void {
    this.#controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted) controller.abort(new Error("the exchange was dropped"));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: UpstreamHeaders): void {
    if (status >= 200 && !this.#aborted) this.#listener.onHead(status, headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#aborted && !this.#listener.onData(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (!this.#aborted) this.#listener.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#isSent) this.#fail(error);
    else queueMicrotask(() => this.#fail(error));
  }

  #fail(error: Error): void {
    if (!this.#aborted) this.#listener.onFailure(failureOf(error, this.#controller !== undefined));
  }
}

function failureOf(error: Error, reached: boolean): UpstreamFailure {
  return { kind: reached ? "broken" : "connect", reason: reasonOf(error), cause: error };
}

/** A code says enough; a message may hold addresses or header values. */
function reasonOf(error: Error): string {
  if ("code" in error && typeof error.code === "string") return error.code;
  // A host with several addresses fails with all their errors together.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return first instanceof Error ? reasonOf(first) : error.name;
}
