import { STATUS_CODES } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { Duplex } from "node:stream";
import { RouterError } from "../core/errors.ts";
import { errorBody } from "../formats/kit/chat/error-body.ts";

/**
 * Answers bytes that never became a request, and closes the connection.
 * @param code The platform's code of what was wrong with them, such as `HPE_HEADER_OVERFLOW`.
 */
export function answerBadRequest(socket: Duplex, code: string | undefined): void {
  const { status, message } = refusal(code);
  const body = JSON.stringify(errorBody(new RouterError("invalid_request", message)));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

const largeHeaders = "The request line and headers together are too large.";

/** Answers a request of HTTP/2 whose headers are too large. Its stream ends; the connection goes on. */
export function answerLargeHeaders(response: Http2ServerResponse): void {
  const body = JSON.stringify(errorBody(new RouterError("invalid_request", largeHeaders)));
  response.writeHead(431, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}

function refusal(code: string | undefined): { status: number; message: string } {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return { status: 431, message: largeHeaders };
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return { status: 413, message: "The request's chunk extensions are too large." };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, message: "The request did not arrive in time." };
    default:
      return { status: 400, message: "This is not a valid HTTP request." };
  }
}
