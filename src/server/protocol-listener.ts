import type { Duplex } from "node:stream";

/** Serves one version of HTTP over connections that the listener accepted and recognised. */
export interface ProtocolListener {
  /** Requests whose response is not over. */
  readonly openRequests: number;
  /** Takes over a connection; bytes that were read to recognise it have been put back. */
  accept(socket: Duplex): void;
  /** From now on, clients are told where the protocol has a word for it that the next request had better go elsewhere; it is still served. */
  discourage(): void;
  /** From now on: no connection is kept for a next request; what is open is finished. */
  drain(): void;
  /** Drops every connection at once. */
  destroy(): void;
}
