import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { HttpHandler } from "../inbound/http-handler.ts";
import type { Clock } from "../lib/clock.ts";
import { answerBadRequest } from "./bad-request.ts";
import { OpenRequests, sumOfSizes } from "./open-requests.ts";
import type { ProtocolListener } from "./protocol-listener.ts";
import type { ServerLimits } from "./server-limits.ts";
import { http1Response } from "./unread-body.ts";

/** Serves HTTP/1.0 and 1.1 over connections that another listener accepted. */
export function createHttp1Listener(options: { limits: ServerLimits; clock: Clock; handle: HttpHandler }): ProtocolListener {
  const { limits, clock, handle } = options;
  const connections = new Map<Duplex, OpenRequests>();
  let discouraging = false;
  let draining = false;

  const http = createServer({
    ServerResponse: http1Response(clock),
    // The platform refuses a headers' timeout that is longer than the whole request's.
    headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    maxHeaderSize: limits.maxHeaderBytes,
    // How late a timeout may be noticed: a fraction of the shortest one.
    connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs) / 4,
  });
  http.on("request", serve);
  // The handler sends "100 Continue" itself when it wants the body, so that what is too large is never sent.
  http.on("checkContinue", serve);
  http.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    const open = connections.get(socket);
    // Bytes that are written now would end up in the middle of a response that has begun.
    const responding = open !== undefined && [...open].some((one) => one.response.headersSent);
    if (responding || !socket.writable) socket.destroy();
    else answerBadRequest(socket, error.code);
  });
  // It never listens on a port, and it watches over its timeouts from this event on.
  http.emit("listening");

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const socket: Duplex = request.socket;
    connections.get(socket)?.begin(request, response, clock.now(), () => {
      if (draining) closeWhenIdle(socket);
    });
    if (discouraging) response.shouldKeepAlive = false;
    handle(request, response);
  }

  function closeWhenIdle(socket: Duplex): void {
    if (connections.get(socket)?.size === 0) socket.end(() => socket.destroy());
  }

  return {
    get openRequests() {
      return sumOfSizes(connections.values());
    },
    accept(socket) {
      const open = new OpenRequests();
      connections.set(socket, open);
      http.emit("connection", socket);
      socket.once("close", () => {
        connections.delete(socket);
        // Older releases of the platform close only the response whose turn it was, after this. The responses that are pipelined behind
        // it would never hear of the end.
        queueMicrotask(() => {
          for (const { response } of open) response.emit("close");
        });
      });
      socket.resume();
    },
    discourage() {
      discouraging = true;
    },
    drain() {
      discouraging = true;
      draining = true;
      for (const [socket, open] of connections) {
        closeWhenIdle(socket);
        // On the newest response only: "connection: close" on an earlier one would drop those behind it.
        const newest = open.newest?.response;
        if (newest !== undefined && "shouldKeepAlive" in newest) newest.shouldKeepAlive = false;
      }
    },
    destroy() {
      for (const socket of connections.keys()) socket.destroy();
      // Stops its timer.
      http.close();
    },
  };
}
