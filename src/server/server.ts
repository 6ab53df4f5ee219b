import type { Server as TcpServer, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { noteIdentity, noteRelayedIdentity, readIdentity } from "../inbound/client-identity.ts";
import { noteRelayed } from "../inbound/remote-address.ts";
import type { Clock, Timer } from "../lib/clock.ts";
import { systemRandom, type Random } from "../lib/random.ts";
import { acceptByProtocol } from "./accept-by-protocol.ts";
import { createDispatch, type DispatchOptions } from "./dispatch.ts";
import { createHttp1Listener } from "./http1-listener.ts";
import { createHttp2Listener } from "./http2-listener.ts";
import {
  createListeningSocket,
  listenAt,
  renewTls,
  type ListenAddress,
  type ListenOptions,
  type TlsCredentials,
} from "./listening-socket.ts";
import type { ProtocolListener } from "./protocol-listener.ts";
import { defaultServerLimits, type ServerLimits } from "./server-limits.ts";

/** Where a server listens, what answers there, and within which limits. */
export interface ServerOptions extends ListenOptions, DispatchOptions {
  /** With it, the port speaks TLS only. */
  readonly tls?: TlsCredentials | undefined;
  readonly clock: Clock;
  /**
   * How old a connection of HTTP/2 may become, give or take a tenth, in milliseconds. Then its client is told to connect again, and calls
   * under way end in their own time. Called for each new connection. Omit it to set no age.
   */
  maxConnectionAgeMs?(): number | undefined;
  /** Scatters the ages. Default: the system's. */
  readonly random?: Random | undefined;
  /** What differs from {@link defaultServerLimits}. */
  readonly limits?: Partial<ServerLimits> | undefined;
}

/** One port on which all protocols are served. */
export interface Server {
  /** Rejects, with a message for people, when the address cannot be had. */
  listen(): Promise<ListenAddress>;
  /** Takes a connection from another thread, whose requests say where they really come from. */
  acceptRelayed(connection: Duplex): void;
  /** Has connections from now on shown another certificate. @throws When it cannot be used; the one before stays. */
  renewTls(tls: TlsCredentials): void;
  /** Whether it has begun to stop: it should not be sent new work. */
  readonly draining: boolean;
  /** Requests whose response is not over. */
  readonly openRequests: number;
  /**
   * Says at once that it is draining, and serves on for `delayMs`, so that load balancers learn of it before anything is refused. Then stops
   * accepting connections, lets open requests and streams end, and drops what is left after `graceMs` more.
   * Resolves when the last connection is closed. Never rejects; a second call waits for the same end.
   * @returns How many requests were dropped.
   */
  drain(graceMs: number, delayMs?: number): Promise<number>;
  /** Drops everything at once. */
  close(): Promise<void>;
}

/**
 * One TCP port for every protocol. HTTP/2 and HTTP/1 are recognised by a connection's first bytes, or with TLS by what was negotiated and
 * said, and the connection is handed to that protocol's listener. All listeners feed the same handlers.
 */
export function createServer(options: ServerOptions): Server {
  return new PortServer(options);
}

class PortServer implements Server {
  readonly #options: ServerOptions;
  readonly #clock: Clock;
  readonly #limits: ServerLimits;
  readonly #http1: ProtocolListener;
  readonly #http2: ProtocolListener;
  /** Serves the connections from other threads. */
  readonly #relayed: ProtocolListener;
  readonly #entrance: ReturnType<typeof acceptByProtocol>;
  readonly #socket: TcpServer;
  readonly #connections = new Set<Socket>();
  /** Resolves when it listens, or cannot. Undefined before and after. */
  #opening: Promise<void> | undefined;
  #draining = false;
  /** Whether connections that are made while the server stops are still served. */
  #lateComersServed = true;
  /** Resolves at the end of the drain that has begun. */
  #closed: Promise<number> | undefined;
  /** Ends the delay of the drain that has begun. */
  #leave = ignore;

  constructor(options: ServerOptions) {
    const { clock } = options;
    this.#options = options;
    this.#clock = clock;
    const limits: ServerLimits = { ...defaultServerLimits, ...options.limits };
    this.#limits = limits;
    const { handle, handleRelayed, handleStream, handleUpgrade } = createDispatch(options);
    this.#http1 = createHttp1Listener({ limits, clock, handle, handleUpgrade });
    const random = options.random ?? systemRandom;
    const ageMs = (): number | undefined => scattered(options.maxConnectionAgeMs?.(), random);
    this.#http2 = createHttp2Listener({ limits, clock, handle, handleStream, ageMs });
    this.#relayed = createHttp2Listener({
      limits,
      clock,
      handle(request, response) {
        noteRelayed(request);
        noteRelayedIdentity(request);
        handleRelayed(request, response);
      },
    });
    this.#entrance = acceptByProtocol({ clock, silenceTimeoutMs: limits.headersTimeoutMs, http1: this.#http1, http2: this.#http2 });
    this.#socket = createListeningSocket(options.tls, limits.headersTimeoutMs, (socket) => {
      if (options.tls?.clientCa !== undefined && socket instanceof TLSSocket) identify(socket);
      if (this.#lateComersServed) this.#entrance.accept(socket);
      else socket.destroy();
    });
    this.#socket.on("connection", (socket: Socket) => {
      this.#connections.add(socket);
      socket.once("close", () => this.#connections.delete(socket));
      // The connection's listener hears of its end by "close". Without a listener for errors, a client's reset would end the process.
      socket.on("error", ignore);
    });
  }

  get draining(): boolean {
    return this.#draining;
  }

  get openRequests(): number {
    return this.#http1.openRequests + this.#http2.openRequests + this.#relayed.openRequests;
  }

  listen(): Promise<ListenAddress> {
    const listening = listenAt(this.#socket, this.#options, this.#options.onInternalError);
    const settled = (): void => void (this.#opening = undefined);
    this.#opening = listening.then(settled, settled);
    return listening;
  }

  renewTls(tls: TlsCredentials): void {
    renewTls(this.#socket, tls);
  }

  acceptRelayed(connection: Duplex): void {
    this.#relayed.accept(connection);
  }

  drain(graceMs: number, delayMs = 0): Promise<number> {
    if (this.#closed !== undefined) return this.#closed;
    this.#draining = true;
    this.#closed = new Promise((resolve) => {
      let delay: Timer | undefined;
      this.#leave = () => {
        this.#leave = ignore;
        this.#clock.cancel(delay);
        this.#stopAccepting(graceMs, resolve);
      };
      if (delayMs === 0) return;
      this.#http1.discourage();
      delay = this.#clock.schedule(delayMs, () => this.#leave());
    });
    if (delayMs === 0) this.#leave();
    return this.#closed;
  }

  async close(): Promise<void> {
    const done = this.drain(0);
    this.#leave();
    this.#lateComersServed = false;
    this.#destroyAll();
    await done;
  }

  #stopAccepting(graceMs: number, onClosed: (dropped: number) => void): void {
    if (this.#opening !== undefined) {
      // A socket that is about to listen cannot be closed.
      void this.#opening.then(() => this.#stopAccepting(graceMs, onClosed));
      return;
    }
    let dropped = 0;
    const grace = this.#clock.schedule(graceMs, () => {
      dropped = this.openRequests;
      this.#destroyAll();
    });
    // A client that was let in just now is about to ask for something.
    const lastWord = this.#clock.schedule(this.#limits.lastWordMs, () => {
      this.#lateComersServed = false;
      this.#entrance.destroyUndecided();
    });
    this.#socket.close(() => {
      this.#clock.cancel(grace);
      this.#clock.cancel(lastWord);
      // All connections are gone; this ends the listeners' timers.
      this.#destroyAll();
      onClosed(dropped);
    });
    this.#http1.drain();
    this.#http2.drain();
    this.#relayed.drain();
  }

  #destroyAll(): void {
    this.#entrance.destroyUndecided();
    this.#http1.destroy();
    this.#http2.destroy();
    this.#relayed.destroy();
    for (const socket of this.#connections) socket.destroy();
  }
}

/** A tenth more or less, so that clients that have come together do not leave together. */
function scattered(ms: number | undefined, random: Random): number | undefined {
  return ms === undefined ? undefined : ms * (0.9 + 0.2 * random.next());
}

function identify(socket: TLSSocket): void {
  const identity = readIdentity(socket);
  if (identity !== undefined) noteIdentity(socket, identity);
}

function ignore(): void {}
