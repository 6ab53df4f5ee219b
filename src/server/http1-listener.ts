import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { UpgradedConnection, UpgradeHandler } from "../inbound/upgrade-handler.ts";
import type { HttpHandler } from "../inbound/http-handler.ts";
import type { Clock } from "../lib/clock.ts";
import { answerBadRequest } from "./bad-request.ts";
import { OpenRequests, sumOfSizes } from "./open-requests.ts";
import type { ProtocolListener } from "./protocol-listener.ts";
import type { ServerLimits } from "./server-limits.ts";
import { http1Response } from "./unread-body.ts";

interface Http1Options {
  readonly limits: ServerLimits;
  readonly clock: Clock;
  readonly handle: HttpHandler;
  /** Omit it to answer requests for WebSocket as any other. */
  readonly handleUpgrade?: UpgradeHandler | undefined;
}

/** Serves HTTP/1.0 and 1.1 over connections that another listener accepted. */
export function createHttp1Listener({ limits, clock, handle, handleUpgrade }: Http1Options): ProtocolListener {
  const upgraded = new Map<Duplex, UpgradedConnection>();
  const connections = new Map<Duplex, OpenRequests>();
  let discouraging = false;
  let draining = false;

  const http = createHttpServer(limits, clock, handleUpgrade !== undefined);
  http.on("request", serve);
  // The handler sends "100 Continue" itself when it wants the body, so that what is too large is never sent.
  http.on("checkContinue", serve);
  http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (handleUpgrade !== undefined) upgraded.set(socket, handleUpgrade(request, socket, head));
  });
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
    if (connections.get(socket)?.size === 0 && !upgraded.has(socket)) socket.end(() => socket.destroy());
  }

  return {
    get openRequests() {
      return sumOfSizes(connections.values()) + upgraded.size;
    },
    accept(socket) {
      const open = new OpenRequests();
      connections.set(socket, open);
      http.emit("connection", socket);
      socket.once("close", () => {
        connections.delete(socket);
        upgraded.delete(socket);
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
      for (const connection of upgraded.values()) connection.leave();
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

function isForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}

function createHttpServer(limits: ServerLimits, clock: Clock, takesUpgrades: boolean): Server {
  return createServer({
    ServerResponse: http1Response(clock),
    // The platform refuses a headers' timeout that is longer than the whole request's.
    headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    maxHeaderSize: limits.maxHeaderBytes,
    // Some clients ask for HTTP/2 in the same way, and are served without.
    shouldUpgradeCallback: (request) => takesUpgrades && isForWebSocket(request),
    // How late a timeout may be noticed: a fraction of the shortest one.
    connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs) / 4,
  });
}
