import {
  constants,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { StreamHandler } from "../inbound/stream-handler.ts";
import type { Clock, Timer } from "../lib/clock.ts";
import { answerLargeHeaders } from "./bad-request.ts";
import type { RequestHandler } from "./open-requests.ts";
import type { ProtocolListener } from "./protocol-listener.ts";
import type { ServerLimits } from "./server-limits.ts";

/**
 * Flow control windows. The protocol's 64 KiB make a large prompt wait for a round trip every 64 KiB; what a client can
 * make the server hold is bounded by the body limit instead.
 */
const streamWindowBytes = 1_048_576;
const sessionWindowBytes = 16_777_216;

/** What one session may hold, in the platform's unit (10^6 bytes): its default of 10 is soon spent by readers that are slow, and new streams are refused then. */
const maxSessionMemory = 64;

const goawayType = 7;
/**
 * GOAWAY with the highest stream id there is: "send no new requests; those on their way will be served" (RFC 9113, 6.8). The platform has
 * no call that sends it: its own GOAWAY names the last stream that it has seen, and what comes after it is refused.
 */
const shutdownNotice = Buffer.from([0, 0, 8, goawayType, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

/** One connection. */
interface Session {
  /** The open requests, oldest first, and when they began. */
  readonly open: Map<ServerHttp2Stream, number>;
  readonly socket: Duplex | undefined;
  readonly address: string | undefined;
}

/** HTTP/2 over connections that somebody else accepted. */
export function createHttp2Listener(options: {
  limits: ServerLimits;
  clock: Clock;
  handle: RequestHandler;
  /** Asked first. Must not throw. */
  handleStream?: StreamHandler;
}): ProtocolListener {
  const { limits, clock, handle, handleStream } = options;
  const sessions = new Map<ServerHttp2Session, Session>();
  /** The connection that is being taken over, while it is. */
  let arriving: Duplex | undefined;
  /** When the sessions that were told of the end are ended, whether they answer or not. */
  const endings = new Map<ServerHttp2Session, Timer>();
  let draining = false;

  const http2 = createServer({
    maxSessionMemory,
    settings: {
      initialWindowSize: streamWindowBytes,
      maxConcurrentStreams: limits.maxConcurrentStreams,
      // What is beyond this the platform refuses by resetting the stream; up to it, what is too large is told so.
      maxHeaderListSize: 2 * limits.maxHeaderBytes,
    },
  });

  http2.on("session", (session) => {
    const address = arriving instanceof Socket ? arriving.remoteAddress : undefined;
    sessions.set(session, { open: new Map(), socket: arriving, address });
    sweep ??= clock.schedule(sweepIntervalMs, dropSlowBodies);
    session.once("close", () => {
      sessions.delete(session);
      clock.cancel(endings.get(session));
      endings.delete(session);
    });
    session.setLocalWindowSize(sessionWindowBytes);
    session.setTimeout(limits.idleSessionTimeoutMs, () => {
      // A quiet session with open streams is one whose answers take their time.
      if (sessions.get(session)?.open.size === 0) leave(session);
    });
    if (draining) leave(session);
  });
  // The client's doing (a reset connection, a broken frame): the session is destroyed by then, there is nobody left to tell.
  http2.on("sessionError", ignore);
  http2.on("stream", (stream: ServerHttp2Stream, headers, flags, rawHeaders) => {
    // The client's doing as well. It closes the stream, and that is heard.
    stream.on("error", ignore);
    const session = sessions.get(stream.session as ServerHttp2Session);
    // The connection was lost, or the stream reset, between the headers' arrival and now.
    if (session === undefined) return;
    const { open, address } = session;
    open.set(stream, clock.now());
    stream.on("close", () => open.delete(stream));
    const isPlain = handleStream !== undefined && headerBytes(rawHeaders) <= limits.maxHeaderBytes;
    if (isPlain && handleStream(stream, { headers, rawHeaders, address })) return;
    requests.emit("stream", stream, headers, flags, rawHeaders);
  });

  /** Makes requests and responses of streams, and nothing else: it has no connections. */
  const requests = createServer();
  requests.on("request", serve);
  // The handler sends "100 Continue" itself when it wants the body.
  requests.on("checkContinue", serve);

  function serve(request: Http2ServerRequest, response: Http2ServerResponse): void {
    if (headerBytes(request.rawHeaders) > limits.maxHeaderBytes) answerLargeHeaders(response);
    else handle(request, response);
  }

  /**
   * Ends a session after its streams, those that the client opened before it could know included: a notice, then, when the client must
   * have read it, the end.
   */
  function leave(session: ServerHttp2Session): void {
    if (endings.has(session)) return;
    const socket = sessions.get(session)?.socket;
    // The platform writes to a TLS connection one thing at a time and bears no second writer. There, a stream that meets the end is
    // refused, which clients may take as "not seen": gRPC's send it elsewhere by themselves.
    if (socket === undefined || socket instanceof TLSSocket) {
      session.close();
      return;
    }
    endings.set(
      session,
      clock.schedule(limits.lastWordMs, () => session.close()),
    );
    const notify = (): void => {
      if (session.closed || session.destroyed) return;
      socket.write(shutdownNotice);
      // The answer comes after everything that the client had sent when it read the notice.
      session.ping(() => session.close());
    };
    // Nothing may go before the server's first settings.
    if (session.pendingSettingsAck) session.once("localSettings", notify);
    else notify();
  }

  // HTTP/1.1's bodies are timed by the platform, these by nobody: one timer for all of them, while there are any sessions.
  const sweepIntervalMs = limits.requestTimeoutMs / 4;
  let sweep: Timer | undefined;

  function dropSlowBodies(): void {
    const latestStart = clock.now() - limits.requestTimeoutMs;
    for (const { open } of sessions.values()) {
      for (const [stream, startedAt] of open) {
        if (startedAt < latestStart && !stream.readableEnded) stream.close(constants.NGHTTP2_CANCEL);
      }
    }
    sweep = sessions.size === 0 ? undefined : clock.schedule(sweepIntervalMs, dropSlowBodies);
  }

  return {
    get openRequests() {
      let sum = 0;
      for (const { open } of sessions.values()) sum += open.size;
      return sum;
    },
    accept(socket) {
      arriving = socket;
      http2.emit("connection", socket);
      arriving = undefined;
    },
    // A word that HTTP/2 has only for the whole connection: clients would connect again, here, for as long as here is where they are sent.
    discourage: ignore,
    drain() {
      draining = true;
      for (const session of sessions.keys()) leave(session);
    },
    destroy() {
      clock.cancel(sweep);
      sweep = undefined;
      for (const ending of endings.values()) clock.cancel(ending);
      for (const session of sessions.keys()) session.destroy();
    },
  };
}

function headerBytes(rawHeaders: readonly string[]): number {
  let bytes = 0;
  for (const text of rawHeaders) bytes += text.length;
  return bytes;
}

function ignore(): void {}
