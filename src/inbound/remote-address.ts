import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";

type AnyRequest = IncomingMessage | Http2ServerRequest;

/** Between the threads of this program: where a request comes from that another thread has handed on. From anywhere else it means nothing. */
export const relayedAddressHeader = "x-huntgroup-relayed-address";

const relayed = new WeakMap<AnyRequest, string>();

/** Takes the word of another thread for where a request comes from. */
export function noteRelayed(request: AnyRequest): void {
  const address = request.headers[relayedAddressHeader];
  if (typeof address === "string" && address !== "") relayed.set(request, address);
}

/** Where a request's connection comes from; undefined once it is gone. */
export function remoteAddress(request: AnyRequest): string | undefined {
  try {
    return relayed.get(request) ?? request.socket.remoteAddress;
  } catch {
    // The socket of an HTTP/2 session that has ended cannot be asked.
    return undefined;
  }
}
