import type { Call } from "./call.ts";
import type { CallerMessages } from "./caller-messages.ts";
import type { RouterError } from "./errors.ts";
/**
 * Carries requests to providers. The contract uses callbacks rather than promises and streams: no allocation per chunk, backpressure by a
 * return value, and the same order of events on virtual time as over sockets.
 *
 * @example An upstream that answers every request with the same reply:
 *
 *     const echo: Upstream = {
 *       send(request, listener) {
 *         let isOver = false;
 *         queueMicrotask(() => {
 *           if (isOver) return;
 *           listener.onHead(200, { "content-type": "application/json" });
 *           listener.onData(Buffer.from("{}"));
 *           if (!isOver) listener.onEnd();
 *         });
 *         return { abort: () => (isOver = true), resume: () => {} };
 *       },
 *     };
 */
export interface Upstream {
  /**
   * Sends one request. The listener is called asynchronously only, never from within `send`.
   * @param link How the deployment is reached, where that is not the usual way.
   */
  send(request: UpstreamRequest, listener: UpstreamListener, link?: UpstreamLink): UpstreamExchange;
}

/** How a deployment is reached, where that is not the usual way: HTTP/1.1, and TLS that the system's authorities vouch for. */
export interface UpstreamLink {
  /** Equal for links that share connections. Holds no secret. */
  readonly key: string;
  /** Whether HTTP/2 is spoken with hosts that can. */
  readonly http2: boolean;
  /** Whether the host's certificate is checked. */
  readonly verify: boolean;
  /** The authorities that count in place of the system's, in PEM. */
  readonly ca: string | undefined;
  /** The certificate that is shown to the host, with its private key, in PEM. */
  readonly certificate: string | undefined;
}

/** A request to a provider. */
export interface UpstreamRequest {
  readonly method: "POST" | "GET" | "DELETE";
  /** Scheme, host and port: `https://api.example.com`. The scheme chooses the transport. */
  readonly origin: string;
  /** Path and query, beginning with `/`. */
  readonly path: string;
  /** Lower-case names. The transport adds `content-length`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body in pieces, sent one after the other: pieces let a large prompt go out without being copied. */
  readonly body: readonly Uint8Array[];
  /**
   * What the caller asked for and this request has otherwise or not at all, by the names of the caller's parameters. For the caller and the
   * log; nothing of it is sent. Omit it where that is nothing.
   */
  readonly adjusted?: readonly string[] | undefined;
  /** The request opens a conversation in messages, of which these are the caller's. Omit it for all others. */
  readonly messages?: CallerMessages | undefined;
  /** Omit it where what proves who sends the request stays the same. */
  readonly renewal?: RequestRenewal | undefined;
}

/** Renews what proves who sends a request, where its host says that the time of that is over. */
export interface RequestRenewal {
  /** Whether a refusal says so. */
  isDue(status: number, headers: UpstreamHeaders, body: Buffer): boolean;
  /** @returns The request with a new proof; undefined where there is none. A rejection counts as none. */
  renew(request: UpstreamRequest): Promise<UpstreamRequest | undefined>;
}

/** The headers of a reply, with lower-case names. */
export type UpstreamHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Receives one reply. */
export interface UpstreamListener {
  /**
   * Called once, before any data. Not called for informational (1xx) responses.
   * @param mayTellLimits Whether the name of any header hints at a rate. Omit it where nobody has looked.
   */
  onHead(status: number, headers: UpstreamHeaders, mayTellLimits?: boolean): void;
  /** The listener may keep the chunk. @returns false to pause the data until {@link UpstreamExchange.resume} is called. */
  onData(chunk: Buffer): boolean;
  /** The reply is whole. Exactly one of `onEnd` and `onFailure` ends an exchange that was not aborted. */
  onEnd(): void;
  onFailure(failure: UpstreamFailure): void;
}

/** Why there is no reply, or no whole one. */
export interface UpstreamFailure {
  /**
   * `connect`: no connection, so the provider has not seen the request. `broken`: the connection broke, and the provider may have seen it.
   * `local`: this process could not do it (no file, memory or port left), which says nothing of the provider.
   */
  readonly kind: "connect" | "broken" | "local";
  /** A platform error code such as `ECONNREFUSED`, safe to show. */
  readonly reason: string;
  /** For the log. */
  readonly cause?: unknown;
}

/** A request under way. */
export interface UpstreamExchange {
  /** Whether any of the request has gone out. Omit it where that is so from the start. */
  readonly isWritten?: boolean | undefined;
  /** Drops the exchange. No callback comes after it. Idempotent. */
  abort(): void;
  /** Asks for more data after a pause. */
  resume(): void;
}

/** Fetches what calls name by address, for deployments that fetch nothing themselves. */
export interface MediaFetcher {
  /** The parts of a call that name addresses, as refusals name them. Undefined where there is none, or none is fetched: the usual case. */
  placesIn(call: Call): ReadonlySet<string> | undefined;
  /**
   * Fetches these parts. What they take of the process is held by the call's intake.
   * @param withinMs The time that the caller has.
   * @param done Called once, with the call that holds what they named or with why there is none; never synchronously.
   */
  fetch(call: Call, withinMs: number, done: (fetched: Call | RouterError) => void): MediaFetch;
}

/** A fetch under way. */
export interface MediaFetch {
  /** The call needs it no more: nothing is told of it. Ignored after its end. */
  cancel(): void;
}
