/**
 * The contract between the core and whatever carries bytes to a provider. Callbacks rather than promises and streams:
 * no allocation per chunk, backpressure by a return value, and the same order of events on virtual time as over sockets.
 */
export interface Upstream {
  /** Sends one request. Calls back asynchronously only, never from within `send`. */
  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamExchange;
}

export interface UpstreamRequest {
  readonly method: "POST" | "GET";
  /** Scheme, host and port: `https://api.example.com`. The scheme chooses the transport. */
  readonly origin: string;
  /** Path and query, beginning with `/`. */
  readonly path: string;
  /** Lower-case names. `content-length` is the transport's to add. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body in pieces, sent one after the other: pieces let a large prompt go out without being copied. */
  readonly body: readonly Uint8Array[];
}

/** Lower-case names. */
export type UpstreamHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface UpstreamListener {
  /** Once, before any data. Not called for informational (1xx) responses. */
  onHead(status: number, headers: UpstreamHeaders): void;
  /** Returning false asks for no more data until {@link UpstreamExchange.resume}. The chunk may be kept. */
  onData(chunk: Buffer): boolean;
  /** Exactly one of `onEnd` and `onFailure` ends an exchange that was not aborted. */
  onEnd(): void;
  onFailure(failure: UpstreamFailure): void;
}

export interface UpstreamFailure {
  /** `connect`: never reached it, so the request was not seen. `broken`: lost after the request may have been seen. */
  readonly kind: "connect" | "broken";
  /** A platform error code such as `ECONNREFUSED`, safe to show. */
  readonly reason: string;
  readonly cause?: unknown;
}

export interface UpstreamExchange {
  /** Drops the exchange; no callback comes after it. Idempotent. */
  abort(): void;
  resume(): void;
}
