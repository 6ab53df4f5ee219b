import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { CorsHeaders } from "../inbound/cors.ts";
import { RouterError } from "../core/errors.ts";
import type { Clock } from "../lib/clock.ts";
import { errorBody } from "../formats/openai/errors/error-body.ts";
import { chunkFrame } from "./chunk-frame.ts";
import { httpStatus, retryAfterHeaders } from "./errors.ts";

export type RestRequest = IncomingMessage | Http2ServerRequest;
export type RestResponse = ServerResponse | Http2ServerResponse;

/** Lower-case names. */
export type ResponseHeaders = Record<string, string | number>;

/** What this door uses of a response: what HTTP/1.1's and HTTP/2's have in common, for a compiler that cannot call a union of overloads. */
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
 * A body up to this size is handed over as a string of its bytes: the platform joins strings with the head and writes one piece, where a
 * buffer makes two, which costs the system's call half as much again.
 */
const onePieceBytes = 32_768;

/** A body up to this size is cheaper to read and forget than a connection is to open anew. */
const discardableBodyBytes = 65_536;

/**
 * How long a refused upload is read and forgotten before its connection is closed. Closing at once would make the system
 * send a reset, which often overtakes the refusal: the client would see a broken connection and not learn why.
 */
const lingerMs = 2_000;

/** One request and its response, in whatever version of HTTP: knows what every response carries. */
export class Exchange {
  readonly request: RestRequest;
  readonly callId: string;
  readonly #response: RestResponse;
  readonly #writer: ResponseWriter;
  readonly #cors: CorsHeaders | undefined;
  readonly #clock: Clock;
  readonly #onRefused: ((error: RouterError) => void) | undefined;
  readonly #onInternalError: (error: unknown) => void;
  /** Whether what is written has to be framed as HTTP/1.1's chunks. */
  #isChunked = false;

  constructor(options: {
    request: RestRequest;
    response: RestResponse;
    callId: string;
    cors: CorsHeaders | undefined;
    clock: Clock;
    /** Told of each {@link refuse}. */
    onRefused?: ((error: RouterError) => void) | undefined;
    onInternalError: (error: unknown) => void;
  }) {
    this.request = options.request;
    this.callId = options.callId;
    this.#response = options.response;
    this.#writer = options.response;
    this.#cors = options.cors;
    this.#clock = options.clock;
    this.#onRefused = options.onRefused;
    this.#onInternalError = options.onInternalError;
  }

  get headersSent(): boolean {
    return this.#writer.headersSent;
  }

  /** Whether anybody is still there to be answered. */
  get isOpen(): boolean {
    return !this.#response.destroyed;
  }

  /** Runs `listener` when the response was sent to its last byte, or can no longer be: the caller hung up. */
  onClose(listener: () => void): void {
    this.#writer.on("close", listener);
  }

  /** Runs `listener` whenever what {@link write} had to keep back has gone out. */
  onDrain(listener: () => void): void {
    this.#writer.on("drain", listener);
  }

  /** Lets a caller that asked first (`expect: 100-continue`) send its body. HTTP/1.0 has no such asking. */
  invite(): void {
    if (this.request.headers.expect !== undefined && this.request.httpVersion !== "1.0") this.#writer.writeContinue();
  }

  /** @param headers Taken over and completed. */
  writeHead(status: number, headers: ResponseHeaders): void {
    headers["x-request-id"] = this.callId;
    headers["x-huntgroup-call-id"] = this.callId;
    if (this.#cors !== undefined) Object.assign(headers, this.#cors);
    this.#writer.writeHead(status, headers);
  }

  /** The head of a body whose length is not known: {@link write} and {@link endStream} go on with it. `headers` as for {@link writeHead}. */
  startStream(headers: ResponseHeaders): void {
    this.writeHead(200, headers);
    const response = this.#response;
    if ("stream" in response || !response.chunkedEncoding) return;
    // The head says so already; from here on the frames are made here.
    response.chunkedEncoding = false;
    this.#isChunked = true;
  }

  /**
   * Pieces of a stream, `bytes` in all.
   * @returns false when the caller reads more slowly than this is written: see {@link onDrain}.
   */
  write(pieces: readonly Buffer[], bytes: number): boolean {
    return this.#writer.write(this.#framed(pieces, bytes, false));
  }

  /** The last pieces of a stream. */
  endStream(pieces: readonly Buffer[], bytes: number): void {
    const last = this.#framed(pieces, bytes, true);
    if (last.length === 0) this.#writer.end();
    else this.#endWith(last);
  }

  end(chunk?: Buffer | string): void {
    if (chunk === undefined) this.#writer.end();
    else this.#writer.end(chunk);
  }

  /** A whole JSON response. `headers` as for {@link writeHead}. */
  sendJson(status: number, body: Buffer | string, headers: ResponseHeaders = {}): void {
    headers["content-type"] = "application/json";
    headers["content-length"] = Buffer.byteLength(body);
    this.writeHead(status, headers);
    // In answer to HEAD the platform leaves the body out.
    if (typeof body === "string") this.#writer.end(body);
    else this.#endWith(body);
  }

  /** An OpenAI error object. `status`: where HTTP knows it better than the error's code. */
  sendError(error: RouterError, status: number = httpStatus(error), headers: ResponseHeaders = {}): void {
    this.sendJson(status, JSON.stringify(errorBody(error)), Object.assign(headers, retryAfterHeaders(error)));
  }

  /** Like {@link sendError}, for a request that does not become a call; its body may not have been read to its end. */
  refuse(error: RouterError, status: number = httpStatus(error), headers: ResponseHeaders = {}): void {
    this.#onRefused?.(error);
    if (this.#bodyIsDiscardable()) {
      this.sendError(error, status, headers);
      return;
    }
    if ("stream" in this.#response) {
      this.sendError(error, status, headers);
      // Once the response is out, tells the client to stop sending: of no error, so that it reads what it was sent.
      this.#response.stream.close(constants.NGHTTP2_NO_ERROR);
      return;
    }
    this.#refuseAndHangUp(error, status, headers);
  }

  /** Runs a part of this request's work such that its failure stays with this request. */
  guard(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#onInternalError(error);
      if (this.headersSent) this.cutShort();
      else this.sendError(new RouterError("internal", "Internal error."));
    }
  }

  /** Breaks a response off such that nobody takes what was sent for the whole. */
  cutShort(): void {
    if ("stream" in this.#response) this.#response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    else this.#response.destroy();
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

  #bodyIsDiscardable(): boolean {
    const { headers } = this.request;
    if (this.request.complete) return true;
    if (headers["transfer-encoding"] !== undefined) return false;
    const declared = headers["content-length"];
    // In HTTP/1.1 this means that there is no body, in HTTP/2 that its end will be seen when it comes.
    if (declared === undefined) return !("stream" in this.request);
    return Number(declared) <= discardableBodyBytes;
  }

  #refuseAndHangUp(error: RouterError, status: number, headers: ResponseHeaders): void {
    const body = JSON.stringify(errorBody(error));
    headers["content-type"] = "application/json";
    headers["content-length"] = Buffer.byteLength(body);
    headers["connection"] = "close";
    this.writeHead(status, headers);
    this.#writer.write(body);
    const hangUp = () => this.#writer.end();
    const timer = this.#clock.schedule(lingerMs, hangUp);
    this.request.once("end", hangUp);
    this.request.resume();
    this.onClose(() => this.#clock.cancel(timer));
  }
}
