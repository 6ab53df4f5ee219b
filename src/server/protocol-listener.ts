import type { Duplex } from "node:stream";

/**
 * Serves one version of HTTP over connections that the server accepted and whose protocol it recognised.
 *
 * @example
 * const http1: ProtocolListener = createHttp1Listener({ limits, clock, handle });
 * http1.accept(socket);
 * http1.drain(); // What is open is finished, and then the connections end.
 */
export interface ProtocolListener {
  /** Requests whose response is not over. */
  readonly openRequests: number;
  /** Takes over a connection. The bytes that were read to recognise its protocol have been put back. */
  accept(socket: Duplex): void;
  /** From now on, clients are told to send their next request elsewhere, where the protocol can say so. Requests are still served. */
  discourage(): void;
  /** From now on, open requests are finished, and no connection is kept for another one. */
  drain(): void;
  /** Drops every connection at once. */
  destroy(): void;
}
