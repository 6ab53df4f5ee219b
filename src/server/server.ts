import { Http2ServerResponse } from "node:http2";
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import type { Clock, Timer } from "../lib/clock.ts";
import { acceptByProtocol } from "./accept-by-protocol.ts";
import { noteRelayed } from "../inbound/remote-address.ts";
import type { StreamHandler } from "../inbound/stream-handler.ts";
import { answerCrash } from "./answer-crash.ts";
import { createHttp1Listener } from "./http1-listener.ts";
import { createHttp2Listener } from "./http2-listener.ts";
import type { RequestHandler } from "./open-requests.ts";
import { probePort } from "./probe-port.ts";
import { defaultServerLimits, type ServerLimits } from "./server-limits.ts";

export interface ServerOptions {
  readonly host: string;
  /** 0 lets the system choose one. */
  readonly port: number;
  /** PEM. With it the port speaks TLS only. */
  /**
   * Whether several listeners have the port, each on a thread of its own: the system hands each connection to one of them. The first makes
   * sure that no other program has it; undefined: this is the only one.
   */
  readonly sharePort?: "first" | "another" | undefined;
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined;
  /** Answers what the RPC door does not claim. */
  readonly rest: RequestHandler;
  readonly rpc: {
    /** Whether this path, with or without a query, is an RPC's. */
    matches(path: string): boolean;
    readonly handle: RequestHandler;
    /** Asked before it for requests of HTTP/2; see {@link StreamHandler}. */
    readonly handleStream?: StreamHandler;
  };
  /** The console in the browser; undefined: its paths are nobody's, and REST says so. */
  readonly console?: { matches(path: string): boolean; readonly handle: RequestHandler } | undefined;
  readonly clock: Clock;
  /** What differs from {@link defaultServerLimits}. */
  readonly limits?: Partial<ServerLimits> | undefined;
  /** Called before a request is looked at. */
  onRequest?(): void;
  /** What a handler threw, and what happened to the listening socket. Must not throw. */
  readonly onInternalError: (error: unknown) => void;
}

/** Where a server can be reached. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface Server {
  /** Rejects, with a message for people, when the address cannot be had. */
  listen(): Promise<ListenAddress>;
  /** Takes a connection from another thread, whose requests say where they really come from. */
  acceptRelayed(connection: Duplex): void;
  /** Whether it has begun to stop: it should not be sent new work. */
  readonly draining: boolean;
  /** Requests whose response is not over. */
  readonly openRequests: number;
  /**
   * Says at once that it is draining, and serves on for `delayMs`, so that whoever sends requests here learns of it before anything is
   * refused. Then stops accepting connections, lets open requests and streams end, and drops what is left after `graceMs` more.
   * Resolves when the last connection is closed. Never rejects; a second call waits for the same end.
   * @returns How many requests were dropped.
   */
  drain(graceMs: number, delayMs?: number): Promise<number>;
  /** Drops everything at once. */
  close(): Promise<void>;
}

/** How often the system asks a silent peer whether it is still there; finds the ones that vanished without a word. */
const tcpKeepAliveMs = 30_000;

/**
 * One TCP port for every door. The listener recognises HTTP/2 and HTTP/1 by a connection's first bytes, or with TLS by what
 * was negotiated and said, and hands the connection to that protocol's door; both doors feed the same handler.
 */
export function createServer(options: ServerOptions): Server {
  const { clock, rest, rpc, onInternalError } = options;
  const limits: ServerLimits = { ...defaultServerLimits, ...options.limits };

  const handle: RequestHandler = (request, response) => {
    try {
      options.onRequest?.();
      if (rpc.matches(request.url ?? "")) {
        // The REST door asks for a body only after looking at the headers; RPC's limits apply while reading. HTTP/1.0 has no such asking.
        if (request.headers.expect !== undefined && request.httpVersion !== "1.0") response.writeContinue();
        rpc.handle(request, response);
      } else if (options.console?.matches(request.url ?? "") === true) {
        options.console.handle(request, response);
      } else {
        rest(request, response);
      }
    } catch (error) {
      onInternalError(error);
      answerCrash(response);
    }
  };

  const handleStream: StreamHandler = (stream, head) => {
    try {
      if (rpc.handleStream === undefined) return false;
      options.onRequest?.();
      return rpc.handleStream(stream, head);
    } catch (error) {
      onInternalError(error);
      answerCrash(new Http2ServerResponse(stream));
      return true;
    }
  };

  const http1 = createHttp1Listener({ limits, clock, handle });
  const http2 = createHttp2Listener({ limits, clock, handle, handleStream });
  const relayed = createHttp2Listener({
    limits,
    clock,
    handle(request, response) {
      noteRelayed(request);
      handle(request, response);
    },
  });
  const entrance = acceptByProtocol({ clock, silenceTimeoutMs: limits.headersTimeoutMs, http1, http2 });
  const sockets = new Set<Socket>();
  let draining = false;
  let lateComersServed = true;
  let closed: Promise<number> | undefined;
  let leave = ignore;

  const listener = createListener(options.tls, limits.headersTimeoutMs, (socket) => {
    if (lateComersServed) entrance.accept(socket);
    else socket.destroy();
  });
  listener.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // Whoever owns the connection hears of its end by "close"; unheard, a reset by a client would end the process.
    socket.on("error", ignore);
  });

  function destroyAll(): void {
    entrance.destroyUndecided();
    http1.destroy();
    http2.destroy();
    relayed.destroy();
    for (const socket of sockets) socket.destroy();
  }

  function drain(graceMs: number, delayMs = 0): Promise<number> {
    if (closed !== undefined) return closed;
    draining = true;
    closed = new Promise((resolve) => {
      let delay: Timer | undefined;
      leave = () => {
        leave = ignore;
        clock.cancel(delay);
        stopAccepting(graceMs, resolve);
      };
      if (delayMs === 0) return;
      http1.discourage();
      delay = clock.schedule(delayMs, () => leave());
    });
    if (delayMs === 0) leave();
    return closed;
  }

  function stopAccepting(graceMs: number, onClosed: (dropped: number) => void): void {
    let dropped = 0;
    const grace = clock.schedule(graceMs, () => {
      dropped = http1.openRequests + http2.openRequests + relayed.openRequests;
      destroyAll();
    });
    // Whoever was let in just now is about to ask for something.
    const lastWord = clock.schedule(limits.lastWordMs, () => {
      lateComersServed = false;
      entrance.destroyUndecided();
    });
    listener.close(() => {
      clock.cancel(grace);
      clock.cancel(lastWord);
      // All connections are gone; this ends the doors' timers.
      destroyAll();
      onClosed(dropped);
    });
    http1.drain();
    http2.drain();
    relayed.drain();
  }

  function listen(): Promise<ListenAddress> {
    return new Promise((resolve, reject) => {
      const refuse = (error: NodeJS.ErrnoException) => reject(listenError(error, options));
      listener.once("error", refuse);
      listener.listen({ port: options.port, host: options.host, reusePort: options.sharePort !== undefined }, () => {
        listener.off("error", refuse);
        listener.on("error", onInternalError);
        const { address, port } = listener.address() as AddressInfo;
        resolve({ host: address, port });
      });
    });
  }

  return {
    get draining() {
      return draining;
    },
    get openRequests() {
      return http1.openRequests + http2.openRequests + relayed.openRequests;
    },
    acceptRelayed: (connection) => relayed.accept(connection),
    async listen() {
      const { host, port, sharePort } = options;
      // Any free port is free.
      if (sharePort === "first" && port !== 0) await probePort(host, port).catch((error) => Promise.reject(listenError(error, options)));
      return listen();
    },
    drain,
    async close() {
      const done = drain(0);
      leave();
      lateComersServed = false;
      destroyAll();
      await done;
    },
  };
}

/** @param accept Takes connections that are ready to speak HTTP. */
function createListener(tls: ServerOptions["tls"], handshakeTimeoutMs: number, accept: (socket: Socket) => void): TcpServer {
  // Small writes go out at once: a token must not wait for the next one.
  const tcp = { noDelay: true, keepAlive: true, keepAliveInitialDelay: tcpKeepAliveMs };
  if (tls === undefined) return createTcpServer(tcp, accept);
  const listener = createTlsServer({
    ...tcp,
    cert: tls.cert,
    key: tls.key,
    ALPNProtocols: ["h2", "http/1.1"],
    handshakeTimeout: handshakeTimeoutMs,
  });
  listener.on("secureConnection", accept);
  return listener;
}

function listenError(error: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): Error {
  return new Error(`Cannot listen on ${host}:${port}: ${listenProblems[error.code ?? ""] ?? error.message}`, { cause: error });
}

const listenProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program uses this port (choose another one with --port)",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "not permitted (ports below 1024 usually need privileges)",
  ENOTFOUND: "no such host name",
};

function ignore(): void {}
