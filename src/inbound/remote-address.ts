import type { HttpRequest } from "./http-handler.ts";

/** Tells a thread of this program where a request comes from that another thread has passed on. It is ignored on other connections. */
export const relayedAddressHeader = "x-huntgroup-relayed-address";

const relayed = new WeakMap<HttpRequest, string>();

/** Notes the address that another thread names for a request. Call it only for requests that another thread has passed on. */
export function noteRelayed(request: HttpRequest): void {
  const address = request.headers[relayedAddressHeader];
  if (typeof address === "string" && address !== "") relayed.set(request, address);
}

/** The address that a request's connection comes from. Undefined once the connection is gone. */
export function remoteAddress(request: HttpRequest): string | undefined {
  try {
    return relayed.get(request) ?? request.socket.remoteAddress;
  } catch {
    // The socket of an HTTP/2 session that has ended cannot be asked.
    return undefined;
  }
}
