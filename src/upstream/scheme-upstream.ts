import type { Upstream, UpstreamExchange, UpstreamLink, UpstreamListener, UpstreamRequest } from "../core/upstream.ts";

/** Hands each request to the transport for its scheme. */
export class SchemeUpstream implements Upstream {
  readonly #transports: ReadonlyMap<string, Upstream>;

  /** @param transports By scheme, without the colon: `{ http, https: http, mock }`. */
  constructor(transports: Readonly<Record<string, Upstream>>) {
    this.#transports = new Map(Object.entries(transports));
  }

  send(request: UpstreamRequest, listener: UpstreamListener, link?: UpstreamLink): UpstreamExchange {
    const scheme = request.origin.slice(0, request.origin.indexOf(":"));
    const transport = this.#transports.get(scheme);
    if (transport !== undefined) return transport.send(request, listener, link);
    let aborted = false;
    queueMicrotask(() => {
      if (!aborted) listener.onFailure({ kind: "connect", reason: "UNKNOWN_SCHEME" });
    });
    return {
      abort() {
        aborted = true;
      },
      resume() {},
    };
  }
}
