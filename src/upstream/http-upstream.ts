import { buildConnector, errors } from "undici";
import type { Upstream, UpstreamExchange, UpstreamListener, UpstreamRequest } from "../core/upstream.ts";
import { systemClock, type Clock } from "../lib/clock.ts";
import { HttpExchange } from "./http-exchange.ts";
import { HttpPool } from "./http-pool.ts";
import type { LinkTls } from "./link-tls.ts";
import { requestHead } from "./request-head.ts";

/** Settings of the HTTP transport. */
export interface HttpUpstreamOptions {
  /** The longest wait for a connection, TLS included, in milliseconds. Default 10,000: a host that takes longer is as good as down. */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How long an idle connection is kept for the next request, in milliseconds, where its server does not say. Default 4,000: shorter than
   * what common servers allow (uvicorn and Node: 5 s), since a request on a connection that the other side is just closing has to be sent again.
   */
  readonly keepAliveMs?: number | undefined;
  /** What differs from the usual TLS: authorities, a client's certificate. */
  readonly tls?: LinkTls | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

/**
 * Carries requests over HTTP/1.1, plain or TLS. A connection carries one call at a time, so a connection that breaks takes one call with it,
 * and a paused reply delays no other. Redirects are not followed. A reply that comes packed, though that was not asked for, is unpacked. undici opens
 * the connections; requests are written and replies are read here, since a general client costs as much as all of the routing.
 */
export class HttpUpstream implements Upstream {
  readonly #connect: buildConnector.connector;
  readonly #keepAliveMs: number;
  readonly #clock: Clock;
  /** By origin. A pool that has nothing open is removed. */
  readonly #pools = new Map<string, HttpPool>();
  #onAllClosed: (() => void) | undefined;
  #isDestroyed = false;

  constructor(options: HttpUpstreamOptions = {}) {
    this.#connect = buildConnector({ ...options.tls, timeout: options.connectTimeoutMs ?? 10_000, allowH2: false });
    this.#keepAliveMs = options.keepAliveMs ?? 4_000;
    this.#clock = options.clock ?? systemClock;
  }

  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamExchange {
    const head = this.#isDestroyed ? new errors.ClientDestroyedError() : requestHead(request);
    if (head instanceof Error) {
      const exchange = new HttpExchange(request, noBytes, listener);
      queueMicrotask(() => exchange.fail(head));
      return exchange;
    }
    const exchange = new HttpExchange(request, head, listener);
    this.#pool(request.origin).send(exchange);
    return exchange;
  }

  /** Fails all exchanges and closes all connections. @returns Resolves when the last one is closed. */
  destroy(): Promise<void> {
    this.#isDestroyed = true;
    return new Promise((resolve) => {
      this.#onAllClosed = resolve;
      const error = new errors.ClientDestroyedError();
      for (const pool of this.#pools.values()) pool.destroy(error);
      if (this.#pools.size === 0) resolve();
    });
  }

  #pool(origin: string): HttpPool {
    let pool = this.#pools.get(origin);
    if (pool !== undefined) return pool;
    pool = new HttpPool({
      origin,
      connect: this.#connect,
      keepAliveMs: this.#keepAliveMs,
      clock: this.#clock,
      onEmpty: () => {
        this.#pools.delete(origin);
        if (this.#pools.size === 0) this.#onAllClosed?.();
      },
    });
    this.#pools.set(origin, pool);
    return pool;
  }
}

const noBytes = Buffer.alloc(0);
