import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { RouterError } from "../core/errors.ts";
import { errorBody } from "../openai/error-body.ts";

/**
 * Answers bytes that never became a request, and closes the connection.
 * @param code The platform's code of what was wrong with them.
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

function refusal(code: string | undefined): { status: number; message: string } {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return { status: 431, message: "The request line and headers together are too large." };
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return { status: 413, message: "The request's chunk extensions are too large." };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, message: "The request did not arrive in time." };
    default:
      return { status: 400, message: "This is not a valid HTTP request." };
  }
}
