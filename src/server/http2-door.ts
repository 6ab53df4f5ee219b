import { constants, createServer, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from "node:http2";
import type { Clock, Timer } from "../lib/clock.ts";
import { answerLargeHeaders } from "./bad-request.ts";
import { OpenRequests, sumOfSizes, type RequestHandler } from "./open-requests.ts";
import type { ProtocolDoor } from "./protocol-door.ts";
import type { ServerLimits } from "./server-limits.ts";

/**
 * Flow control windows. The protocol's 64 KiB make a large prompt wait for a round trip every 64 KiB; what a client can
 * make the server hold is bounded by the body limit instead.
 */
const streamWindowBytes = 1_048_576;
const sessionWindowBytes = 16_777_216;

/** What one session may hold, in the platform's unit (10^6 bytes): its default of 10 is soon spent by readers that are slow, and new streams are refused then. */
const maxSessionMemory = 64;

/** HTTP/2 over connections that somebody else accepted. */
export function createHttp2Door(options: { limits: ServerLimits; clock: Clock; handle: RequestHandler }): ProtocolDoor {
  const { limits, clock, handle } = options;
  const sessions = new Map<ServerHttp2Session, OpenRequests>();

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
    sessions.set(session, new OpenRequests());
    sweep ??= clock.schedule(sweepIntervalMs, dropSlowBodies);
    session.once("close", () => sessions.delete(session));
    session.setLocalWindowSize(sessionWindowBytes);
    session.setTimeout(limits.idleSessionTimeoutMs, () => {
      // A quiet session with open streams is one whose answers take their time.
      if (sessions.get(session)?.size === 0) session.close();
    });
  });
  // The client's doing (a reset connection, a broken frame): the session is destroyed by then, there is nobody left to tell.
  http2.on("sessionError", ignore);
  http2.on("request", serve);
  // The handler sends "100 Continue" itself when it wants the body.
  http2.on("checkContinue", serve);

  function serve(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const session = request.stream.session;
    const open = session === undefined ? undefined : sessions.get(session as ServerHttp2Session);
    // The connection was lost between the headers' arrival and now.
    if (open === undefined) return;
    open.begin(request, response, clock.now());
    if (headerBytes(request) > limits.maxHeaderBytes) answerLargeHeaders(response);
    else handle(request, response);
  }

  // HTTP/1.1's bodies are timed by the platform, these by nobody: one timer for all of them, while there are any sessions.
  const sweepIntervalMs = limits.requestTimeoutMs / 4;
  let sweep: Timer | undefined;

  function dropSlowBodies(): void {
    const latestStart = clock.now() - limits.requestTimeoutMs;
    for (const open of sessions.values()) {
      for (const { request, startedAt } of open) {
        if (startedAt < latestStart && !request.complete && "stream" in request) request.stream.close(constants.NGHTTP2_CANCEL);
      }
    }
    sweep = sessions.size === 0 ? undefined : clock.schedule(sweepIntervalMs, dropSlowBodies);
  }

  return {
    get openRequests() {
      return sumOfSizes(sessions.values());
    },
    accept(socket) {
      http2.emit("connection", socket);
    },
    drain() {
      for (const session of sessions.keys()) session.close();
    },
    destroy() {
      clock.cancel(sweep);
      sweep = undefined;
      for (const session of sessions.keys()) session.destroy();
    },
  };
}

function headerBytes(request: Http2ServerRequest): number {
  let bytes = 0;
  for (const text of request.rawHeaders) bytes += text.length;
  return bytes;
}

function ignore(): void {}
