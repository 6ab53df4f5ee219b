import type { ConnectError } from "@connectrpc/connect";
import { contentTypeProto, grpcStatusOk, headerGrpcStatus, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { respell } from "../kit/status-message.ts";

const respondOptions = { waitForTrailers: true };
const okTrailers: OutgoingHttpHeaders = { [headerGrpcStatus]: grpcStatusOk };

/**
 * Writes one response in gRPC's order: headers, whole messages, trailers with the status. Does nothing once the caller is gone. Where it
 * throws, because something cannot be written, it has broken the stream off: no caller is left to wait.
 */
export class GrpcReply {
  readonly #stream: ServerHttp2Stream;
  /** An object, because Node takes a list of names and values from 22.20 on only. */
  readonly #headers: OutgoingHttpHeaders = { ":status": 200, "content-type": contentTypeProto };

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
  }

  /** Adds headers, which are sent with the first message or at the end. */
  setHeaders(headers: Readonly<Record<string, string>>): void {
    Object.assign(this.#headers, headers);
  }

  /** @param frames Whole messages in their envelopes. @returns Whether more may follow at once; if not, wait for {@link onDrain}. */
  write(frames: Buffer): boolean {
    return this.#begin() && this.#stream.write(frames);
  }

  /** Runs `task`, once, when what was written has gone out. */
  onDrain(task: () => void): void {
    this.#stream.once("drain", task);
  }

  /** Sends the headers now, before there is a message. */
  open(): void {
    this.#begin();
  }

  /** Ends the response with status OK. @param frames The last messages. @param metadata Sent in the trailers. */
  end(frames?: Buffer, metadata?: Readonly<Record<string, string>>): void {
    if (this.#begin()) this.#finish(frames, metadata === undefined ? okTrailers : { ...okTrailers, ...metadata });
  }

  /** Ends the response with an error's status. @param frames The last messages before it. */
  fail(error: ConnectError, frames?: Buffer): void {
    if (!this.#begin()) return;
    try {
      this.#finish(frames, trailersOf(error));
    } catch (cause) {
      this.#cutShort();
      throw cause;
    }
  }

  /** Sends the headers where they were not sent yet. @returns Whether the caller is still there. */
  #begin(): boolean {
    const stream = this.#stream;
    if (stream.closed || stream.destroyed) return false;
    if (stream.headersSent) return true;
    try {
      stream.respond(this.#headers, respondOptions);
    } catch (cause) {
      this.#cutShort();
      throw cause;
    }
    return true;
  }

  #finish(frames: Buffer | undefined, trailers: OutgoingHttpHeaders): void {
    const stream = this.#stream;
    stream.on("wantTrailers", () => {
      try {
        stream.sendTrailers(trailers);
      } catch {
        // Trailers that cannot be sent.
        this.#cutShort();
      }
    });
    // What is left of the request would use up the window that all calls of the connection share.
    if (!stream.readableEnded) stream.resume();
    if (frames === undefined) stream.end();
    else stream.end(frames);
  }

  /** Breaks the response off, so that the caller does not take what was sent for the whole. */
  #cutShort(): void {
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }
}

function trailersOf(error: ConnectError): OutgoingHttpHeaders {
  const trailers = setTrailerStatus(new Headers(), error);
  respell(trailers);
  return Object.fromEntries(trailers);
}
