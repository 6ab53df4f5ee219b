import { ProxyAgent } from "undici";
import type { Upstream, UpstreamExchange, UpstreamLink, UpstreamListener, UpstreamRequest } from "../core/upstream.ts";
import { DispatcherUpstream } from "./dispatcher-upstream.ts";
import { tlsOf } from "./link-tls.ts";
import { type ProxyRules, proxyUrl } from "./proxy-rules.ts";

/** What carries requests to origins that no proxy stands before. */
type Direct = Upstream & { destroy(): Promise<void> };

/** Sends each request directly or by the proxy of its origin, which is looked up once for each origin. */
export class ProxiedUpstream implements Upstream {
  readonly #direct: Direct;
  readonly #link: UpstreamLink | undefined;
  readonly #rules: ProxyRules;
  readonly #connectTimeoutMs: number;
  readonly #byOrigin = new Map<string, Upstream>();
  readonly #byProxy = new Map<string, DispatcherUpstream>();

  /** @param link How deployments behind the proxies are reached. Omit it for the usual way. */
  constructor(direct: Direct, rules: ProxyRules, connectTimeoutMs: number, link?: UpstreamLink) {
    this.#direct = direct;
    this.#link = link;
    this.#rules = rules;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamExchange {
    let upstream = this.#byOrigin.get(request.origin);
    if (upstream === undefined) this.#byOrigin.set(request.origin, (upstream = this.#choose(request.origin)));
    return upstream.send(request, listener);
  }

  async destroy(): Promise<void> {
    await Promise.all([this.#direct.destroy(), ...Array.from(this.#byProxy.values(), (upstream) => upstream.destroy())]);
  }

  #choose(origin: string): Upstream {
    const address = this.#rules.proxyFor(origin);
    if (address === undefined) return this.#direct;
    const uri = proxyUrl(address)?.href;
    if (uri === undefined) return unusable;
    let upstream = this.#byProxy.get(uri);
    if (upstream === undefined) {
      const connect = { timeout: this.#connectTimeoutMs };
      const allowH2 = this.#link?.http2 === true;
      // What the link says is between this server and the deployment's host. The proxy sees none of it.
      const requestTls = this.#link === undefined ? connect : { ...connect, ...tlsOf(this.#link), allowH2, preferH2: allowH2 };
      const agent = new ProxyAgent({ uri, headersTimeout: 0, bodyTimeout: 0, allowH2, connect, requestTls, proxyTls: connect });
      this.#byProxy.set(uri, (upstream = new DispatcherUpstream(agent)));
    }
    return upstream;
  }
}

/** Stands for a proxy whose address is none. Going without it would be no better: it stands there for a reason. */
const unusable: Upstream = {
  send(_request, listener) {
    let isOver = false;
    queueMicrotask(() => {
      if (!isOver) listener.onFailure({ kind: "connect", reason: "INVALID_PROXY_ADDRESS" });
    });
    return {
      abort() {
        isOver = true;
      },
      resume() {},
    };
  },
};
