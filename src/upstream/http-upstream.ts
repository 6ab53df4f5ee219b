import { buildConnector, errors } from "undici";
import type { Upstream, UpstreamExchange, UpstreamListener, UpstreamRequest } from "../core/upstream.ts";
import { systemClock, type Clock } from "../lib/clock.ts";
import { HttpExchange } from "./http-exchange.ts";
import { HttpPool } from "./http-pool.ts";
import { requestHead } from "./request-head.ts";

export interface HttpUpstreamOptions {
  /** The longest wait for a connection, TLS included, in milliseconds. Default 10,000: a host that takes longer is as good as down. */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How long an idle connection is kept for the next request, in milliseconds. Default 30,000: shorter than what common load
   * balancers allow (60 s and more), since a request on a connection that the other side is just closing is lost.
   */
  readonly keepAliveMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Carries requests over HTTP/1.1, plain or TLS: one call to a connection, so that one that breaks takes one call with it, and a paused
 * reply holds nobody up. Redirects are not followed and replies not unpacked: the bytes are the provider's. Connecting is undici's; what is
 * said on a connection is written and read here, since a general client costs as much as all of the routing.
 */
export class HttpUpstream implements Upstream {
  readonly #connect: buildConnector.connector;
  readonly #keepAliveMs: number;
  readonly #clock: Clock;
  /** By origin; one that has nothing open is forgotten. */
  readonly #pools = new Map<string, HttpPool>();
  #onAllClosed: (() => void) | undefined;
  #isDestroyed = false;

  constructor(options: HttpUpstreamOptions = {}) {
    this.#connect = buildConnector({ timeout: options.connectTimeoutMs ?? 10_000, allowH2: false });
    this.#keepAliveMs = options.keepAliveMs ?? 30_000;
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

  /** Breaks off whatever runs, and closes all connections. */
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
