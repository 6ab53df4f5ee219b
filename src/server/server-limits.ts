/** How much of the server one client may use before it is cut off. Times are in milliseconds, sizes in bytes. */
export interface ServerLimits {
  /** From the connection (or the TLS handshake) to the end of a request's headers. Also ends the connections of silent clients. */
  readonly headersTimeoutMs: number;
  /** From a request's first byte to the end of its body. */
  readonly requestTimeoutMs: number;
  /** How long an HTTP/1.1 connection may idle between requests. */
  readonly keepAliveTimeoutMs: number;
  /** How long an HTTP/2 connection without open streams may idle. */
  readonly idleSessionTimeoutMs: number;
  /** Request line and headers together. */
  readonly maxHeaderBytes: number;
  /** Open streams on one HTTP/2 connection. */
  readonly maxConcurrentStreams: number;
  /** How many streams of one HTTP/2 connection its client may reset at once, and how many in each second from then on. */
  readonly resetBurst: number;
  readonly resetsPerSecond: number;
  /** While the server stops: how long a client that has just connected may take to begin, and a client of HTTP/2 to hear of the stop. */
  readonly lastWordMs: number;
}

/** The limits where nothing else is asked for. */
export const defaultServerLimits: ServerLimits = {
  // Generous for the slowest honest network, short enough that silent connections do not pile up.
  headersTimeoutMs: 15_000,
  // 32 MiB, the default body limit, at 1 Mbit/s take 268 s.
  requestTimeoutMs: 300_000,
  // Longer than the 60 s of the usual load balancers, so that they close first and no request meets a closing socket.
  keepAliveTimeoutMs: 75_000,
  // gRPC channels idle for long by design and reconnect by themselves after a GOAWAY.
  idleSessionTimeoutMs: 600_000,
  // Room for the longest tokens and cookies; the platform's own default of 16 KiB is tight behind some gateways.
  maxHeaderBytes: 65_536,
  // A client process often puts all of its calls on one connection; beyond this it opens a second one.
  maxConcurrentStreams: 2_000,
  // The platform's own 1,000 and 33 a second end the connections of honest clients, with all their other streams: a process whose deadlines
  // fire while a provider is slow cancels every call that it has. A client that only opens and resets is still cut off within seconds.
  resetBurst: 20_000,
  resetsPerSecond: 500,
  // A slow round trip with one packet lost.
  lastWordMs: 1_000,
};
