import { maxHeaderSize } from "node:http";
import type { Socket } from "node:net";
import { errors } from "undici";
import { afterPoll } from "../lib/clock.ts";
import type { UpstreamHeaders } from "../core/upstream.ts";
import type { HttpExchange } from "./http-exchange.ts";
import { ReplyParser, type ReplyReader } from "./reply-parser.ts";

/** Up to this size a request goes out in one piece: a small copy costs less than to hand over several. */
const joinUpToBytes = 16 * 1024;

/** What a connection reports to. */
export interface ConnectionOwner {
  /** The connection can carry the next request. @param keptMs How long the server keeps it, in milliseconds; undefined when it does not say. */
  onFree(connection: HttpConnection, keptMs: number | undefined): void;
  /** The connection is closed, with the exchange that it carried. */
  onClose(connection: HttpConnection): void;
  /** A used connection was closed without a byte of a reply: its server had given it up. The exchange may be sent again. */
  onStale(exchange: HttpExchange): void;
}

/** One connection of HTTP/1.1, plain or TLS, with one exchange at a time. */
export class HttpConnection implements ReplyReader {
  /** Until when it may be used again, on the pool's clock. */
  usableUntil = 0;
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #parser: ReplyParser;
  #exchange: HttpExchange | undefined;
  #error: Error | undefined;
  /** Replies that this connection has carried. */
  #replies = 0;
  /** Whether anything came after the request that is under way. */
  #heard = false;
  /** Whether the listener asked for more since the last piece was handed over. */
  #wasResumed = false;

  /** @param socket Connected. */
  constructor(socket: Socket, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#parser = new ReplyParser(this, maxHeaderSize);
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
    socket.on("end", () => this.#end());
    socket.on("error", (error) => (this.#error ??= error));
    socket.on("close", () => this.#closed());
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** Writes a request. Call it only while no other exchange is under way. */
  send(exchange: HttpExchange): void {
    this.#exchange = exchange;
    this.#heard = false;
    exchange.sentOn(this);
    const { method, body } = exchange.request;
    let bodyBytes = 0;
    for (const piece of body) bodyBytes += piece.length;
    const headEnd = method === "GET" && bodyBytes === 0 ? "\r\n" : `content-length: ${bodyBytes}\r\n\r\n`;
    const isJoined = bodyBytes <= joinUpToBytes;
    const first = Buffer.allocUnsafe(exchange.head.length + headEnd.length + (isJoined ? bodyBytes : 0));
    first.set(exchange.head, 0);
    let end = exchange.head.length;
    end += first.write(headEnd, end, "latin1");
    if (!isJoined) {
      this.#writeAll([first, ...body]);
      return;
    }
    for (const piece of body) {
      first.set(piece, end);
      end += piece.length;
    }
    this.#socket.write(first);
  }

  resume(): void {
    this.#wasResumed = true;
    this.#socket.resume();
    this.#check(this.#parser.resume());
  }

  /** Closes the connection at once, with the exchange that it carries. */
  drop(error?: Error): void {
    this.#error ??= error;
    this.#socket.destroy();
  }

  onHead(status: number, headers: UpstreamHeaders, mayTellLimits: boolean): void {
    const exchange = this.#exchange;
    // Nothing was asked for: what comes now would be taken for the answer to the next request.
    if (exchange === undefined) this.drop();
    else if (!exchange.isOver) exchange.begin(status, headers, mayTellLimits);
  }

  onBody(piece: Buffer): boolean {
    const exchange = this.#exchange;
    if (exchange === undefined || exchange.isOver) return true;
    this.#wasResumed = false;
    if (exchange.listener.onData(piece) || this.#wasResumed || exchange.isOver) return true;
    this.#socket.pause();
    return false;
  }

  onComplete(keptMs: number | undefined): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    this.#exchange = undefined;
    this.#replies++;
    const isKept = keptMs !== 0 && !exchange.isOver;
    exchange.complete();
    if (!isKept) this.drop();
    else if (this.#socket.writableLength === 0) this.#owner.onFree(this, keptMs);
    // Over TLS, a reply can arrive before the socket reports that its request was written.
    else afterPoll(() => this.#freeIfWritten(keptMs));
  }

  /** Whether the server has closed an idle connection at the moment at which it was used again, and so has not seen the request. */
  #isStale(exchange: HttpExchange): boolean {
    const isClosedByServer = this.#error === undefined || isReset(this.#error);
    return this.#replies > 0 && !this.#heard && isClosedByServer && !exchange.wasResent && !exchange.isOver;
  }

  /** Drops the connection where a reply came before its request was written, since the rest of that request is still to go out. */
  #freeIfWritten(keptMs: number | undefined): void {
    if (this.#socket.destroyed) return;
    if (this.#socket.writableLength === 0) this.#owner.onFree(this, keptMs);
    else this.drop();
  }

  #writeAll(pieces: readonly Uint8Array[]): void {
    this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.uncork();
  }

  #read(bytes: Buffer): void {
    if (this.#socket.destroyed) return;
    this.#heard = true;
    this.#check(this.#parser.push(bytes));
  }

  #check(fault: string | undefined): void {
    if (fault !== undefined) this.drop(new MalformedReply(fault));
    else if (this.#exchange === undefined && !this.#parser.isEmpty) this.drop();
  }

  #end(): void {
    this.#parser.end();
    this.drop();
  }

  #closed(): void {
    this.#owner.onClose(this);
    // A server that has sent its whole reply resets the connection when it has not read all of the request.
    if (isReset(this.#error)) this.#parser.end();
    const isBrokenOff = this.#error !== undefined && !isReset(this.#error);
    // The whole reply is here, and its end is reported when the listener asks for more.
    if (this.#parser.owesEnd && !isBrokenOff) return;
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange === undefined) return;
    if (this.#isStale(exchange)) this.#owner.onStale(exchange);
    else exchange.fail(this.#error ?? new errors.SocketError("other side closed"));
  }
}

/** An error for a connection that carries something else than HTTP/1.1, or not all of it. */
class MalformedReply extends Error {
  /** As the platform's own parser names its faults. */
  readonly code: string;

  /** @param fault Goes on after "…, because"; fit to be shown. */
  constructor(fault: string) {
    super(`The reply cannot be read, because ${fault}.`);
    this.name = "MalformedReply";
    this.code = `HPE_INVALID_REPLY: ${fault}`;
  }
}

function isReset(error: Error | undefined): boolean {
  return error !== undefined && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
}
