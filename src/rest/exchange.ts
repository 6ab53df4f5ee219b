import { constants } from "node:http2";
import { RouterError } from "../core/errors.ts";
import type { CallerFormat } from "../core/format.ts";
import { openAi } from "../formats/openai/index.ts";
import type { CorsHeaders } from "../inbound/cors.ts";
import type { HttpRequest, HttpResponse } from "../inbound/http-handler.ts";
import { addRateLimitHeaders } from "../inbound/rate-limit-headers.ts";
import { httpStatus, retryAfterHeaders } from "./errors.ts";

/** Names are in lower case. */
export type ResponseHeaders = Record<string, string | number>;

/** What is used of a response: what HTTP/1.1's and HTTP/2's have in common, for a compiler that cannot call a union of overloads. */
interface ResponseWriter {
  readonly headersSent: boolean;
  writeHead(status: number, headers: ResponseHeaders): unknown;
  write(chunk: Buffer | string): boolean;
  end(): unknown;
  end(body: Buffer | string): unknown;
  end(body: string, encoding: "latin1"): unknown;
  on(event: "close" | "drain", listener: () => void): unknown;
  writeContinue(): void;
}

/**
 * A body up to this size is handed over as a string of its bytes. The platform joins a string with the head and writes one piece; a buffer
 * makes two, which costs the system call half as much again.
 */
const onePieceBytes = 32_768;

/** To read and forget a body up to this size is cheaper than to tell the client to stop. */
const discardableBodyBytes = 65_536;

/** One request and its response, over HTTP/1.1 or HTTP/2. It adds what every response carries and writes the frames of streams. */
export class Exchange {
  readonly request: HttpRequest;
  /** Sent in every response, as `x-request-id`, `x-huntgroup-call-id` and `x-litellm-call-id`. */
  readonly callId: string;
  /** The format that errors are written in: the one that the path belongs to, otherwise OpenAI's. */
  format: CallerFormat = openAi.caller;
  readonly #response: HttpResponse;
  readonly #writer: ResponseWriter;
  readonly #cors: CorsHeaders | undefined;
  readonly #onRefused: ((error: RouterError) => void) | undefined;
  readonly #onInternalError: (error: unknown) => void;
  /** Whether what is written has to be framed as HTTP/1.1's chunks. */
  #isChunked = false;

  constructor(options: {
    request: HttpRequest;
    response: HttpResponse;
    callId: string;
    cors: CorsHeaders | undefined;
    /** Called at each {@link refuse}. */
    onRefused?: ((error: RouterError) => void) | undefined;
    onInternalError: (error: unknown) => void;
  }) {
    this.request = options.request;
    this.callId = options.callId;
    this.#response = options.response;
    this.#writer = options.response;
    this.#cors = options.cors;
    this.#onRefused = options.onRefused;
    this.#onInternalError = options.onInternalError;
  }

  /** Whether the head of the response was written. */
  get headersSent(): boolean {
    return this.#writer.headersSent;
  }

  /** Whether the caller is still there. */
  get isOpen(): boolean {
    return !this.#response.destroyed;
  }

  /** Runs `listener` when the response was sent to its last byte, or can no longer be: the caller hung up. */
  onClose(listener: () => void): void {
    this.#writer.on("close", listener);
  }

  /** Runs `listener` each time that everything which {@link write} had to keep back has gone out. */
  onDrain(listener: () => void): void {
    this.#writer.on("drain", listener);
  }

  /** Lets a caller that asked first (`expect: 100-continue`) send its body. HTTP/1.0 does not know this. */
  invite(): void {
    if (this.request.headers.expect !== undefined && this.request.httpVersion !== "1.0") this.#writer.writeContinue();
  }

  /** Sends the head. @param headers Is changed: the headers of every response are added. */
  writeHead(status: number, headers: ResponseHeaders): void {
    headers["x-request-id"] = this.callId;
    headers["x-huntgroup-call-id"] = this.callId;
    headers["x-litellm-call-id"] = this.callId;
    if (this.format.requestIdHeader !== undefined) headers[this.format.requestIdHeader] = this.callId;
    if (this.#cors !== undefined) Object.assign(headers, this.#cors);
    this.#writer.writeHead(status, headers);
  }

  /** Sends the head of a body of unknown length; {@link write} and {@link endStream} follow. `headers` as for {@link writeHead}. */
  startStream(headers: ResponseHeaders): void {
    this.writeHead(200, headers);
    const response = this.#response;
    if ("stream" in response || !response.chunkedEncoding) return;
    // The head announces the chunked coding already; from now on the frames are made here.
    response.chunkedEncoding = false;
    this.#isChunked = true;
  }

  /**
   * Writes pieces of a stream, `bytes` in all.
   * @returns false when the caller reads more slowly than this is written: wait for {@link onDrain}.
   */
  write(pieces: readonly Buffer[], bytes: number): boolean {
    return this.#writer.write(this.#framed(pieces, bytes, false));
  }

  /** Writes the last pieces of a stream, `bytes` in all, which may be none. */
  endStream(pieces: readonly Buffer[], bytes: number): void {
    const last = this.#framed(pieces, bytes, true);
    if (last.length === 0) this.#writer.end();
    else this.#endWith(last);
  }

  /** Ends a response whose head was written. */
  end(chunk?: Buffer | string): void {
    if (chunk === undefined) this.#writer.end();
    else this.#writer.end(chunk);
  }

  /** Sends a whole JSON response. `headers` as for {@link writeHead}. */
  sendJson(status: number, body: Buffer | string, headers: ResponseHeaders = {}): void {
    this.sendWhole(status, body, headers);
  }

  /** Sends a whole response of any type. `headers` as for {@link writeHead}. */
  sendWhole(status: number, body: Buffer | string, headers: ResponseHeaders, contentType = "application/json"): void {
    headers["content-type"] = contentType;
    headers["content-length"] = Buffer.byteLength(body);
    this.writeHead(status, headers);
    // The platform leaves the body out of an answer to HEAD.
    if (typeof body === "string") this.#writer.end(body);
    else this.#endWith(body);
  }

  /** Sends an error in the caller's format. @param status Given where HTTP says more than the error's code does. */
  sendError(error: RouterError, status?: number, headers: ResponseHeaders = {}): void {
    const written = this.format.writeError(error, status ?? httpStatus(error), this.callId);
    if (error.rateLimits !== undefined) addRateLimitHeaders(headers, error.rateLimits);
    this.sendJson(status ?? written.status, written.body, Object.assign(headers, retryAfterHeaders(error), written.headers));
  }

  /** Like {@link sendError}, for a request that is turned away, whose body may not have been read to its end. */
  refuse(error: RouterError, status?: number, headers: ResponseHeaders = {}): void {
    this.#onRefused?.(error);
    this.sendError(error, status, headers);
    // HTTP/1.1's response sees to such a body by itself.
    if (!("stream" in this.#response) || this.request.complete || this.#bodyIsSmall()) return;
    // Tells the client to stop sending, once the response is out. NO_ERROR, so that it reads the response.
    this.#response.stream.close(constants.NGHTTP2_NO_ERROR);
  }

  /** Runs a part of this request's work. What it throws is reported, and ends this request alone. */
  guard(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.break(error);
    }
  }

  /** Reports a fault of this program and ends the request by it, whatever was written so far. Does not throw. */
  break(fault: unknown): void {
    this.#onInternalError(fault);
    if (this.headersSent) this.cutShort();
    else this.sendError(new RouterError("internal", "Internal error."));
  }

  /** Breaks a response off, so that the caller does not take what was sent for the whole. */
  cutShort(): void {
    if ("stream" in this.#response) this.#response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    else this.#response.destroy();
  }

  /** Where no length is declared, there may be a body, whose end will be seen when it comes. */
  #bodyIsSmall(): boolean {
    const declared = this.request.headers["content-length"];
    return declared !== undefined && Number(declared) <= discardableBodyBytes;
  }

  #framed(pieces: readonly Buffer[], bytes: number, isLast: boolean): Buffer {
    if (this.#isChunked) return chunkFrame(pieces, bytes, isLast);
    const [only] = pieces;
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, bytes);
  }

  #endWith(body: Buffer): void {
    if (body.length > onePieceBytes) this.#writer.end(body);
    else this.#writer.end(body.toString("latin1"), "latin1");
  }
}

/**
 * One chunk of HTTP/1.1's chunked coding in one piece: https://www.rfc-editor.org/rfc/rfc9112#section-7.1
 * The platform writes each chunk as four pieces, which costs more than to copy what is small.
 * @param pieces What the chunk holds, `bytes` in all.
 * @param isLast Whether the body ends with it. Nothing may be written behind it then.
 */
function chunkFrame(pieces: readonly Buffer[], bytes: number, isLast: boolean): Buffer {
  const head = bytes === 0 ? "" : `${bytes.toString(16)}\r\n`;
  const tail = `${bytes === 0 ? "" : "\r\n"}${isLast ? "0\r\n\r\n" : ""}`;
  const frame = Buffer.allocUnsafe(head.length + bytes + tail.length);
  let at = frame.write(head, 0, "latin1");
  for (const piece of pieces) {
    frame.set(piece, at);
    at += piece.length;
  }
  frame.write(tail, at, "latin1");
  return frame;
}
