import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request of HTTP/1.1 or HTTP/2. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** A response of HTTP/1.1 or HTTP/2. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/**
 * Answers requests: REST, RPC and the console each have one, and the server chooses among them by the path. It must end every response. What
 * it throws is reported, and answered with a 500.
 *
 * @example
 * const ping: HttpHandler = (request, response) => {
 *   request.resume();
 *   response.end("pong");
 * };
 */
export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void;
