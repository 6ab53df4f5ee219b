import { Agent } from "undici";
import type { Upstream, UpstreamExchange, UpstreamLink, UpstreamListener, UpstreamRequest } from "../core/upstream.ts";
import type { Clock } from "../lib/clock.ts";
import { DispatcherUpstream } from "./dispatcher-upstream.ts";
import { HttpUpstream } from "./http-upstream.ts";
import { tlsOf } from "./link-tls.ts";
import { ProxiedUpstream } from "./proxied-upstream.ts";
import type { ProxyRules } from "./proxy-rules.ts";

/** Settings that hold for all links. */
export interface LinkedUpstreamOptions {
  readonly rules: ProxyRules;
  /** The longest wait for a connection, TLS included. */
  readonly connectTimeoutMs: number;
  /** How long an idle connection is kept where its server does not say. */
  readonly keepAliveMs: number;
  readonly clock: Clock;
}

/** Carries requests to the origins of one link. */
type Transport = Upstream & { destroy(): Promise<void> };

/** More links than any configuration has at a time. Those of earlier ones (a certificate that was renewed) are forgotten beyond. */
const mostLinks = 256;

/**
 * Sends each request by its deployment's link: certificates of one's own, HTTP/2. Each link has connections of its own, since a connection
 * that one link allows is not one that another may use.
 */
export class LinkedUpstream implements Upstream {
  readonly #options: LinkedUpstreamOptions;
  readonly #usual: Transport;
  readonly #byKey = new Map<string, Transport>();

  constructor(options: LinkedUpstreamOptions) {
    this.#options = options;
    this.#usual = this.#proxied(this.#http(undefined), undefined);
  }

  send(request: UpstreamRequest, listener: UpstreamListener, link?: UpstreamLink): UpstreamExchange {
    return (link === undefined ? this.#usual : this.#linked(link)).send(request, listener);
  }

  async destroy(): Promise<void> {
    await Promise.all([this.#usual, ...this.#byKey.values()].map((transport) => transport.destroy()));
  }

  #linked(link: UpstreamLink): Transport {
    let transport = this.#byKey.get(link.key);
    if (transport === undefined) {
      transport = this.#proxied(link.http2 ? this.#http2(link) : this.#http(link), link);
      this.#byKey.set(link.key, transport);
      if (this.#byKey.size > mostLinks) this.#forgetOldest();
    }
    return transport;
  }

  /** Its exchanges go on, and its idle connections close by themselves. */
  #forgetOldest(): void {
    for (const key of this.#byKey.keys()) {
      this.#byKey.delete(key);
      return;
    }
  }

  #proxied(direct: Transport, link: UpstreamLink | undefined): Transport {
    const { rules, connectTimeoutMs } = this.#options;
    return rules.isEmpty ? direct : new ProxiedUpstream(direct, rules, connectTimeoutMs, link);
  }

  #http(link: UpstreamLink | undefined): Transport {
    const { connectTimeoutMs, keepAliveMs, clock } = this.#options;
    return new HttpUpstream({ connectTimeoutMs, keepAliveMs, clock, tls: link && tlsOf(link) });
  }

  /** A host that knows HTTP/1.1 alone is served by that. */
  #http2(link: UpstreamLink): Transport {
    const { connectTimeoutMs, keepAliveMs } = this.#options;
    const connect = { ...tlsOf(link), timeout: connectTimeoutMs, preferH2: true };
    // The call's own timers bound the waits.
    const waits = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: keepAliveMs };
    return new DispatcherUpstream(new Agent({ allowH2: true, connect, ...waits }));
  }
}
