import type { Socket } from "node:net";
import { type buildConnector, errors } from "undici";
import { afterPoll, type Clock, type Timer } from "../lib/clock.ts";
import { HttpConnection, type ConnectionOwner } from "./http-connection.ts";
import type { HttpExchange } from "./http-exchange.ts";
import { parseHttpAddress } from "../lib/http-address.ts";

/** What a pool is made of. */
export interface HttpPoolOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Opens a connection, TLS included. */
  readonly connect: buildConnector.connector;
  /** How long an idle connection is kept, in milliseconds, where the server does not say. */
  readonly keepAliveMs: number;
  readonly clock: Clock;
  /** Called when the last connection is closed and no exchange waits. */
  onEmpty(): void;
}

/** Subtracted from the time that a server says it keeps a connection: a request sent in the last moment may arrive after the end. */
const keepAliveMarginMs = 2_000;
/** The bound of the time that a server may ask for. */
const longestKeepAliveMs = 600_000;

/**
 * The connections to one origin, as many as there are exchanges at a time. The connection that was used last is used first, so that the
 * others grow old and are closed.
 */
export class HttpPool implements ConnectionOwner {
  readonly #options: HttpPoolOptions;
  readonly #target: buildConnector.Options;
  readonly #open = new Set<HttpConnection>();
  /** Idle connections. The one that was used last stands at the end. */
  readonly #free: HttpConnection[] = [];
  /** Exchanges without a connection yet, oldest first. */
  readonly #waiting: HttpExchange[] = [];
  /** Exchanges that are about to be written on the connection that they were given. */
  #outgoing: { readonly connection: HttpConnection; readonly exchange: HttpExchange }[] = [];
  #connecting = 0;
  #sweep: Timer | undefined;
  #isDestroyed = false;

  constructor(options: HttpPoolOptions) {
    this.#options = options;
    const { protocol, host, hostname, port } = parseHttpAddress(options.origin) ?? new URL(options.origin);
    this.#target = { protocol, host, hostname: hostname.replace(/^\[(.*)\]$/, "$1"), port };
  }

  send(exchange: HttpExchange): void {
    const connection = this.#takeFree();
    if (connection !== undefined) {
      this.#giveOut(connection, exchange);
      return;
    }
    this.#waiting.push(exchange);
    this.#connect();
  }

  onFree(connection: HttpConnection, keptMs: number | undefined): void {
    const { clock, keepAliveMs } = this.#options;
    const usableMs = keptMs === undefined ? keepAliveMs : Math.min(keptMs - keepAliveMarginMs, longestKeepAliveMs);
    if (usableMs <= 0 || this.#isDestroyed) {
      connection.drop();
      return;
    }
    const waiting = this.#nextWaiting();
    if (waiting !== undefined) {
      this.#giveOut(connection, waiting);
      return;
    }
    connection.usableUntil = clock.now() + usableMs;
    this.#free.push(connection);
    this.#sweep ??= clock.schedule(usableMs, this.#dropOld);
  }

  /** Sends again on a new connection, unseen and once. */
  onStale(exchange: HttpExchange): void {
    exchange.wasResent = true;
    if (this.#isDestroyed) {
      exchange.fail(new errors.ClientDestroyedError());
      return;
    }
    this.#waiting.push(exchange);
    this.#connect();
  }

  onClose(connection: HttpConnection): void {
    this.#open.delete(connection);
    const place = this.#free.indexOf(connection);
    if (place !== -1) this.#free.splice(place, 1);
    this.#settle();
  }

  /** Fails all exchanges and closes all connections. */
  destroy(error: Error): void {
    this.#isDestroyed = true;
    for (const exchange of this.#waiting.splice(0)) exchange.fail(error);
    for (const { exchange } of this.#outgoing.splice(0)) exchange.fail(error);
    for (const connection of this.#open) connection.drop(error);
    this.#settle();
  }

  #takeFree(): HttpConnection | undefined {
    const now = this.#options.clock.now();
    for (let connection = this.#free.pop(); connection !== undefined; connection = this.#free.pop()) {
      if (connection.isOpen && connection.usableUntil > now) return connection;
      connection.drop();
    }
    return undefined;
  }

  #nextWaiting(): HttpExchange | undefined {
    for (let exchange = this.#waiting.shift(); exchange !== undefined; exchange = this.#waiting.shift()) {
      if (!exchange.isOver) return exchange;
    }
    return undefined;
  }

  /**
   * Writes on a used connection only after everything that has already come in on it was read: its server may have closed it, or may have
   * sent bytes that were not asked for and would be taken for the answer.
   */
  #giveOut(connection: HttpConnection, exchange: HttpExchange): void {
    if (this.#outgoing.push({ connection, exchange }) === 1) afterPoll(this.#write);
  }

  readonly #write = (): void => {
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    for (const { connection, exchange } of outgoing) {
      if (!connection.isOpen) this.#resend(exchange);
      else if (exchange.isOver) this.onFree(connection, undefined);
      else connection.send(exchange);
    }
  };

  /** Sends an exchange of which nothing was written. */
  #resend(exchange: HttpExchange): void {
    if (!exchange.isOver) this.send(exchange);
  }

  #connect(): void {
    this.#connecting++;
    this.#options.connect(this.#target, (error, socket) => {
      this.#connecting--;
      if (error === null) this.#connected(socket);
      // The exchange that it was opened for may have got another connection. Then all that wait have connections of their own on the way.
      else if (this.#waiting.filter((exchange) => !exchange.isOver).length > this.#connecting) this.#nextWaiting()?.fail(error);
      this.#settle();
    });
  }

  #connected(socket: Socket): void {
    if (this.#isDestroyed) {
      socket.destroy();
      return;
    }
    const connection = new HttpConnection(socket, this);
    this.#open.add(connection);
    const exchange = this.#nextWaiting();
    if (exchange === undefined) this.onFree(connection, undefined);
    else connection.send(exchange);
  }

  readonly #dropOld = (): void => {
    this.#sweep = undefined;
    const now = this.#options.clock.now();
    let soonest = Number.POSITIVE_INFINITY;
    for (const connection of this.#free) {
      if (connection.usableUntil <= now) connection.drop();
      else soonest = Math.min(soonest, connection.usableUntil);
    }
    if (soonest !== Number.POSITIVE_INFINITY) this.#sweep = this.#options.clock.schedule(soonest - now, this.#dropOld);
  };

  #settle(): void {
    if (this.#open.size > 0 || this.#connecting > 0 || this.#waiting.length > 0 || this.#outgoing.length > 0) return;
    this.#options.clock.cancel(this.#sweep);
    this.#sweep = undefined;
    this.#options.onEmpty();
  }
}
