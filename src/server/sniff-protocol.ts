/** The protocols that a connection's first bytes tell apart. */
export type WireProtocol = "http1" | "http2" | "tls";

/** The beginning of every HTTP/2 connection with prior knowledge (RFC 9113, section 3.4), as far as it fits on a request line. */
const http2Preface = Buffer.from("PRI * HTTP/2.0\r\n", "latin1");

/** The record type that a TLS ClientHello begins with. No HTTP message begins with it. */
const tlsHandshakeRecord = 0x16;

/**
 * Tells the protocol from what has arrived so far.
 * @param head The connection's bytes from its first one on.
 * @returns undefined while the bytes could still become the HTTP/2 preface.
 */
export function sniffProtocol(head: Uint8Array): WireProtocol | undefined {
  if (head[0] === tlsHandshakeRecord) return "tls";
  const length = Math.min(head.length, http2Preface.length);
  for (let index = 0; index < length; index++) if (head[index] !== http2Preface[index]) return "http1";
  return length === http2Preface.length ? "http2" : undefined;
}
