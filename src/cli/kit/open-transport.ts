import type { Interceptor, Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { rootCertificates } from "node:tls";

/** Which server is asked, and how. */
export interface TransportOptions {
  readonly url: string;
  /** Certificates in PEM, trusted besides the usual ones. */
  readonly ca: string | undefined;
  readonly timeoutMs: number;
  readonly interceptors: Interceptor[];
}

/**
 * Opens a transport that speaks Connect over HTTP/1.1, which serves streams from the server as well as HTTP/2 does and gets through any
 * proxy in front of a router.
 */
export function openTransport({ url, ca, timeoutMs, interceptors }: TransportOptions): Transport {
  const socketPath = /^unix:(?:\/\/(?=\/))?(.+)$/.exec(url)?.[1];
  return createConnectTransport({
    baseUrl: socketPath === undefined ? url : "http://localhost",
    httpVersion: "1.1",
    defaultTimeoutMs: timeoutMs,
    interceptors,
    nodeOptions: {
      ...(socketPath !== undefined && { socketPath }),
      ...(ca !== undefined && { ca: [...rootCertificates, ca] }),
    },
  });
}
