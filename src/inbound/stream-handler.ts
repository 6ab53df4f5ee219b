import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";

/** What is known of a request of HTTP/2 before its body. */
export interface StreamHead {
  readonly headers: IncomingHttpHeaders;
  /** As they came: names and values by turns. */
  readonly rawHeaders: string[];
  /** Where the connection comes from; undefined where it has no address. */
  readonly address: string | undefined;
}

/**
 * Answers a request straight on its stream, where nothing of what the platform makes of requests and responses is needed. Whoever calls it
 * listens to the stream's errors, each of which closes it.
 * @returns Whether it does; if not, nothing was touched.
 */
export type StreamHandler = (stream: ServerHttp2Stream, head: StreamHead) => boolean;
