import { Readable } from "node:stream";
import { Agent, type Dispatcher } from "undici";
import type { Upstream, UpstreamExchange, UpstreamListener, UpstreamRequest } from "../core/upstream.ts";

export interface HttpUpstreamOptions {
  /** The longest wait for a connection, TLS included, in milliseconds. Default 10,000: a host that takes longer is as good as down. */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How long an idle connection is kept for the next request, in milliseconds. Default 30,000: shorter than what common load
   * balancers allow (60 s and more), since a request on a connection that the other side is just closing is lost.
   */
  readonly keepAliveMs?: number | undefined;
}

/** Up to this size pieces are joined: one small copy costs less than several writes. */
const joinUpToBytes = 64 * 1024;

/** Carries requests over HTTP/1.1, plain or TLS. Redirects are not followed and replies not unpacked: the bytes are the provider's. */
export class HttpUpstream implements Upstream {
  readonly #agent: Agent;

  constructor(options: HttpUpstreamOptions = {}) {
    this.#agent = new Agent({
      connect: { timeout: options.connectTimeoutMs ?? 10_000 },
      keepAliveTimeout: options.keepAliveMs ?? 30_000,
      // A provider's hint may shorten the time but not stretch it to hours.
      keepAliveMaxTimeout: 600_000,
      // The core has its own, finer timers; models may think for longer than any default here.
      headersTimeout: 0,
      bodyTimeout: 0,
      // One call to a connection: a connection that breaks takes one call with it, and a paused reply holds nobody up.
      allowH2: false,
      pipelining: 1,
    });
  }

  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamExchange {
    const exchange = new HttpExchange(listener);
    const { body, contentLength } = joinBody(request.body);
    const { method, origin, path } = request;
    const headers = contentLength === undefined ? request.headers : { ...request.headers, "content-length": contentLength };
    this.#agent.dispatch({ method, origin, path, headers, body }, exchange);
    exchange.sent();
    return exchange;
  }

  /** Breaks off whatever runs, and closes all connections. */
  destroy(): Promise<void> {
    return this.#agent.destroy();
  }
}

/** @returns The content length where undici cannot tell it by itself. */
function joinBody(pieces: readonly Uint8Array[]): {
  readonly body: Uint8Array | Readable | null;
  readonly contentLength: string | undefined;
} {
  const [only] = pieces;
  if (only === undefined || pieces.length === 1) return { body: only ?? null, contentLength: undefined };
  let length = 0;
  for (const piece of pieces) length += piece.length;
  if (length <= joinUpToBytes) return { body: Buffer.concat(pieces, length), contentLength: undefined };
  return { body: Readable.from(pieces, { objectMode: false }), contentLength: String(length) };
}

/** One exchange: translates undici's callbacks, and sees to it that the end is told once and nothing after an abort. */
class HttpExchange implements UpstreamExchange, Dispatcher.DispatchHandler {
  readonly #listener: UpstreamListener;
  #controller: Dispatcher.DispatchController | undefined;
  #over = false;
  /** Whether `send` has returned: until then nothing may be called back. */
  #sent = false;
  #earlyFailure: Error | undefined;
  /** Whether the listener is being handed a chunk, and asked for more while it was. */
  #delivering = false;
  #resumed = false;

  constructor(listener: UpstreamListener) {
    this.#listener = listener;
  }

  sent(): void {
    this.#sent = true;
    const failure = this.#earlyFailure;
    if (failure !== undefined) queueMicrotask(() => this.#fail(failure));
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#controller?.abort(new Error("The exchange was aborted."));
  }

  resume(): void {
    if (this.#over) return;
    if (this.#delivering) this.#resumed = true;
    else this.#controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Aborted while it waited for a connection.
    if (this.#over) controller.abort(new Error("The exchange was aborted."));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (!this.#over && status >= 200) this.#listener.onHead(status, headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.#delivering = true;
    this.#resumed = false;
    const more = this.#listener.onData(chunk);
    this.#delivering = false;
    if (!more && !this.#resumed && !this.#over) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#over = true;
    this.#listener.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#sent) this.#fail(error);
    else this.#earlyFailure = error;
  }

  #fail(cause: Error): void {
    if (this.#over) return;
    this.#over = true;
    // undici hands the controller over when it begins to write the request on an open connection.
    this.#listener.onFailure({ kind: this.#controller === undefined ? "connect" : "broken", reason: reasonOf(cause), cause });
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
