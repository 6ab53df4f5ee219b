import {
  constants,
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { identityOfConnection, noteIdentity, type ClientIdentity } from "../inbound/client-identity.ts";
import type { HttpHandler } from "../inbound/http-handler.ts";
import type { StreamHandler } from "../inbound/stream-handler.ts";
import type { Clock, Timer } from "../lib/clock.ts";
import { answerLargeHeaders } from "./bad-request.ts";
import { GracefulGoaway } from "./graceful-goaway.ts";
import type { ProtocolListener } from "./protocol-listener.ts";
import type { ServerLimits } from "./server-limits.ts";

/**
 * Flow control windows. The protocol's 64 KiB make a large prompt wait for a round trip every 64 KiB; what a client can
 * make the server hold is bounded by the body limit instead.
 */
const streamWindowBytes = 1_048_576;
const sessionWindowBytes = 16_777_216;

/**
 * What one session may hold, in the platform's unit (10^6 bytes). Slow readers soon use up its default of 10, and new streams are refused
 * then.
 */
const maxSessionMemory = 64;

/** One connection. */
interface Session {
  /** The open requests, oldest first, and when they began. */
  readonly open: Map<ServerHttp2Stream, number>;
  readonly socket: Duplex | undefined;
  readonly address: string | undefined;
  readonly identity: ClientIdentity | undefined;
}

interface Http2ListenerOptions {
  readonly limits: ServerLimits;
  readonly clock: Clock;
  readonly handle: HttpHandler;
  /** Asked first about each stream; those that it does not take become requests. Must not throw. */
  readonly handleStream?: StreamHandler;
  /** How old a new connection may become, in milliseconds. Omit it, or return undefined, to let connections grow as old as they like. */
  ageMs?(): number | undefined;
}

/** Serves HTTP/2 over connections that another listener accepted. */
export function createHttp2Listener(options: Http2ListenerOptions): ProtocolListener {
  return new Http2Listener(options);
}

class Http2Listener implements ProtocolListener {
  readonly #limits: ServerLimits;
  readonly #clock: Clock;
  readonly #handle: HttpHandler;
  readonly #handleStream: StreamHandler | undefined;
  readonly #ageMs: () => number | undefined;
  readonly #http2: Http2Server;
  /** Makes requests and responses of streams, and nothing else: it has no connections. */
  readonly #requests: Http2Server;
  readonly #sessions = new Map<ServerHttp2Session, Session>();
  readonly #goaway: GracefulGoaway;
  /** The connection that is being taken over, while it is. */
  #arriving: Duplex | undefined;
  /** Looks for slow bodies, while there are any sessions. */
  #sweep: Timer | undefined;
  #draining = false;

  constructor(options: Http2ListenerOptions) {
    const { limits, clock, handle, handleStream } = options;
    this.#ageMs = () => options.ageMs?.();
    this.#limits = limits;
    this.#clock = clock;
    this.#handle = handle;
    this.#handleStream = handleStream;
    this.#goaway = new GracefulGoaway(clock, limits.lastWordMs);
    this.#http2 = createServer({
      maxSessionMemory,
      streamResetBurst: limits.resetBurst,
      streamResetRate: limits.resetsPerSecond,
      settings: {
        initialWindowSize: streamWindowBytes,
        maxConcurrentStreams: limits.maxConcurrentStreams,
        // Beyond this, the platform resets the stream; up to it, a client whose headers are too large is told so.
        maxHeaderListSize: 2 * limits.maxHeaderBytes,
      },
    });
    this.#http2.on("session", this.#onSession);
    // The client's doing (a reset connection, a broken frame). The session is destroyed by then, and the client is gone.
    this.#http2.on("sessionError", ignore);
    this.#http2.on("stream", this.#onStream);
    this.#requests = createServer();
    this.#requests.on("request", this.#serve);
    // The handler sends "100 Continue" itself when it wants the body.
    this.#requests.on("checkContinue", this.#serve);
  }

  get openRequests(): number {
    let sum = 0;
    for (const { open } of this.#sessions.values()) sum += open.size;
    return sum;
  }

  accept(socket: Duplex): void {
    this.#arriving = socket;
    this.#http2.emit("connection", socket);
    this.#arriving = undefined;
  }

  /** Does nothing: HTTP/2 can tell this to a whole connection only, and clients would connect here again while they are sent here. */
  discourage(): void {}

  drain(): void {
    this.#draining = true;
    for (const [session, { socket }] of this.#sessions) this.#goaway.leave(session, socket);
  }

  destroy(): void {
    this.#clock.cancel(this.#sweep);
    this.#sweep = undefined;
    this.#goaway.cancel();
    for (const session of this.#sessions.keys()) session.destroy();
  }

  readonly #onSession = (session: ServerHttp2Session): void => {
    const socket = this.#arriving;
    const open = new Map<ServerHttp2Stream, number>();
    const identity = identityOfConnection(socket);
    if (identity !== undefined) noteIdentity(session, identity);
    this.#sessions.set(session, { open, socket, address: socket instanceof Socket ? socket.remoteAddress : undefined, identity });
    this.#sweep ??= this.#clock.schedule(this.#sweepIntervalMs, this.#dropSlowBodies);
    const ageMs = this.#ageMs();
    const old = ageMs === undefined ? undefined : this.#clock.schedule(ageMs, () => this.#goaway.leave(session, socket), true);
    session.once("close", () => {
      this.#clock.cancel(old);
      this.#sessions.delete(session);
      this.#goaway.forget(session);
    });
    session.setLocalWindowSize(sessionWindowBytes);
    session.setTimeout(this.#limits.idleSessionTimeoutMs, () => {
      // A quiet session with open streams is one whose answers take their time.
      if (open.size === 0 && this.#sessions.has(session)) this.#goaway.leave(session, socket);
    });
    if (this.#draining) this.#goaway.leave(session, socket);
  };

  readonly #onStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, rawHeaders: string[]): void => {
    // The client's doing. An error closes the stream, and that is heard.
    stream.on("error", ignore);
    const session = this.#sessions.get(stream.session as ServerHttp2Session);
    // The connection was lost, or the stream reset, between the headers' arrival and now.
    if (session === undefined) return;
    const { open, address, identity } = session;
    open.set(stream, this.#clock.now());
    stream.on("close", () => open.delete(stream));
    const handleStream = this.#handleStream;
    const isOffered = handleStream !== undefined && headerBytes(rawHeaders) <= this.#limits.maxHeaderBytes;
    if (isOffered && handleStream(stream, { headers, rawHeaders, address, identity })) return;
    this.#requests.emit("stream", stream, headers, flags, rawHeaders);
  };

  readonly #serve = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    if (headerBytes(request.rawHeaders) > this.#limits.maxHeaderBytes) answerLargeHeaders(response);
    else this.#handle(request, response);
  };

  /** The platform times the bodies of HTTP/1.1, but not those of HTTP/2: one timer looks at all of them. */
  get #sweepIntervalMs(): number {
    return this.#limits.requestTimeoutMs / 4;
  }

  readonly #dropSlowBodies = (): void => {
    const latestStart = this.#clock.now() - this.#limits.requestTimeoutMs;
    for (const { open } of this.#sessions.values()) {
      for (const [stream, startedAt] of open) {
        if (startedAt < latestStart && !stream.readableEnded) stream.close(constants.NGHTTP2_CANCEL);
      }
    }
    this.#sweep = this.#sessions.size === 0 ? undefined : this.#clock.schedule(this.#sweepIntervalMs, this.#dropSlowBodies);
  };
}

function headerBytes(rawHeaders: readonly string[]): number {
  let bytes = 0;
  for (const text of rawHeaders) bytes += text.length;
  return bytes;
}

function ignore(): void {}
