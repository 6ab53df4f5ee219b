import type { Upstream, UpstreamExchange, UpstreamListener, UpstreamRequest } from "../core/upstream.ts";

/** Hands each request to the transport of its origin's scheme: sockets for `http` and `https`, the built-in one for `mock`. */
export class SchemeUpstream implements Upstream {
  readonly #transports: Readonly<Record<string, Upstream>>;

  /** @param transports By scheme, without the colon. */
  constructor(transports: Readonly<Record<string, Upstream>>) {
    this.#transports = transports;
  }

  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamExchange {
    const scheme = request.origin.slice(0, request.origin.indexOf(":"));
    const transport = this.#transports[scheme];
    if (transport === undefined) {
      throw new TypeError(`no transport for ${scheme}:// origins; there are ${Object.keys(this.#transports).join(", ")}`);
    }
    return transport.send(request, listener);
  }
}
