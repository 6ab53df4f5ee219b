import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";

/** Where a request's connection comes from; undefined once it is gone. */
export function remoteAddress(request: IncomingMessage | Http2ServerRequest): string | undefined {
  try {
    return request.socket.remoteAddress;
  } catch {
    // The socket of an HTTP/2 session that has ended cannot be asked.
    return undefined;
  }
}
