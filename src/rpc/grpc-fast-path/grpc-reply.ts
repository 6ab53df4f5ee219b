import type { ConnectError } from "@connectrpc/connect";
import { contentTypeProto, grpcStatusOk, headerGrpcStatus, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type { OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { respell } from "../kit/status-message.ts";

const respondOptions = { waitForTrailers: true };
const okTrailers: OutgoingHttpHeaders = { [headerGrpcStatus]: grpcStatusOk };

/** Holds the wire to gRPC's order: headers, whole messages, trailers with the status. Harmless once the caller is gone. */
export class GrpcReply {
  readonly #stream: ServerHttp2Stream;
  /** No list of names and values, which Node takes from 22.20 on only. */
  readonly #headers: OutgoingHttpHeaders = { ":status": 200, "content-type": contentTypeProto };

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
  }

  /** Sent with the first message, or at the end. */
  setHeaders(headers: Readonly<Record<string, string>>): void {
    Object.assign(this.#headers, headers);
  }

  /** @param frames Whole messages in their envelopes. @returns Whether more should follow before `onDrain` was called. */
  write(frames: Buffer): boolean {
    return this.#begin() && this.#stream.write(frames);
  }

  onDrain(task: () => void): void {
    this.#stream.once("drain", task);
  }

  /** @param frames What is left to be sent before it. */
  end(frames?: Buffer): void {
    if (this.#begin()) this.#finish(frames, okTrailers);
  }

  fail(error: ConnectError, frames?: Buffer): void {
    if (!this.#begin()) return;
    const trailers = setTrailerStatus(new Headers(), error);
    respell(trailers);
    this.#finish(frames, Object.fromEntries(trailers));
  }

  /** @returns Whether there is anybody to send to. */
  #begin(): boolean {
    const stream = this.#stream;
    if (stream.closed || stream.destroyed) return false;
    if (!stream.headersSent) stream.respond(this.#headers, respondOptions);
    return true;
  }

  #finish(frames: Buffer | undefined, trailers: OutgoingHttpHeaders): void {
    const stream = this.#stream;
    stream.on("wantTrailers", () => stream.sendTrailers(trailers));
    if (frames === undefined) stream.end();
    else stream.end(frames);
  }
}
