import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { ClientIdentity } from "./client-identity.ts";

/** A request of HTTP/2 before its body. */
export interface StreamHead {
  readonly headers: IncomingHttpHeaders;
  /** The headers as they came: names and values by turns. */
  readonly rawHeaders: string[];
  /** The address that the connection comes from. Undefined where it has none. */
  readonly address: string | undefined;
  /** Who the client is by its certificate. Omit it where none was shown. */
  readonly identity?: ClientIdentity | undefined;
}

/**
 * Answers a request straight on its HTTP/2 stream, without the request and response objects of the platform. The server offers each stream
 * before it makes those, and listens to the stream's errors, each of which closes it.
 * @returns Whether the stream was taken. If not, nothing was touched.
 *
 * @example
 * const ping: StreamHandler = (stream, { headers }) => {
 *   if (headers[":path"] !== "/ping") return false;
 *   stream.respond({ ":status": 204 }, { endStream: true });
 *   return true;
 * };
 */
export type StreamHandler = (stream: ServerHttp2Stream, head: StreamHead) => boolean;
