import type { Socket } from "node:net";
import type { buildConnector } from "undici";
import { afterPoll, type Clock, type Timer } from "../lib/clock.ts";
import { HttpConnection, type ConnectionOwner } from "./http-connection.ts";
import type { HttpExchange } from "./http-exchange.ts";

export interface HttpPoolOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly connect: buildConnector.connector;
  readonly keepAliveMs: number;
  readonly clock: Clock;
  /** Called when nothing is open any more. */
  onEmpty(): void;
}

/** Taken off what a server says of how long it keeps a connection: what is sent in the last moment may meet its end. */
const keepAliveMarginMs = 2_000;
/** A server's word may shorten the time but not stretch it to hours. */
const longestKeepAliveMs = 600_000;

/** The connections to one origin, as many as there are exchanges at a time. The one that was used last is used first, so that the others age. */
export class HttpPool implements ConnectionOwner {
  readonly #options: HttpPoolOptions;
  readonly #target: buildConnector.Options;
  readonly #open = new Set<HttpConnection>();
  /** The one that was used last at the end. */
  readonly #free: HttpConnection[] = [];
  /** Without a connection yet, oldest first. */
  readonly #waiting: HttpExchange[] = [];
  /** About to be written on the connection that they have been given. */
  #outgoing: { readonly connection: HttpConnection; readonly exchange: HttpExchange }[] = [];
  #connecting = 0;
  #sweep: Timer | undefined;
  #isDestroyed = false;

  constructor(options: HttpPoolOptions) {
    this.#options = options;
    const { protocol, host, hostname, port } = new URL(options.origin);
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

  onClose(connection: HttpConnection): void {
    this.#open.delete(connection);
    const place = this.#free.indexOf(connection);
    if (place !== -1) this.#free.splice(place, 1);
    this.#settle();
  }

  /** Breaks off whatever runs. */
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
   * Writes on a connection that was used before only when all has been looked at that has already come in: that its server has closed it,
   * or has sent what nobody asked for, which would be taken for the answer.
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

  /** Nothing of it has been written. */
  #resend(exchange: HttpExchange): void {
    if (!exchange.isOver) this.send(exchange);
  }

  #connect(): void {
    this.#connecting++;
    this.#options.connect(this.#target, (error, socket) => {
      this.#connecting--;
      if (error === null) this.#connected(socket);
      // Whoever it was for may have been given another one: then those who wait have connections of their own on the way.
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
