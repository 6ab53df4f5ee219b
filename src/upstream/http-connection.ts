import { maxHeaderSize } from "node:http";
import type { Socket } from "node:net";
import { errors } from "undici";
import { afterPoll } from "../lib/clock.ts";
import type { UpstreamHeaders } from "../core/upstream.ts";
import type { HttpExchange } from "./http-exchange.ts";
import { MalformedReply } from "./malformed-reply.ts";
import { ReplyParser, type ReplyReader } from "./reply-parser.ts";

/** Up to this size a request goes out in one piece: a small copy costs less than to hand over several. */
const joinUpToBytes = 16 * 1024;

/** Told of what becomes of a connection. */
export interface ConnectionOwner {
  /** It can carry the next request. @param keptMs For how long the server keeps it; undefined: it does not say. */
  onFree(connection: HttpConnection, keptMs: number | undefined): void;
  onClose(connection: HttpConnection): void;
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
  /** Whether more was asked for since the last piece was handed over. */
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

  /** Writes a request; only while no other exchange is under way. */
  send(exchange: HttpExchange): void {
    this.#exchange = exchange;
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

  /** Gives it up, with whatever it carries. */
  drop(error?: Error): void {
    this.#error ??= error;
    this.#socket.destroy();
  }

  onHead(status: number, headers: UpstreamHeaders): void {
    const exchange = this.#exchange;
    // Nobody has asked for anything: what comes now would be taken for the answer to the next request.
    if (exchange === undefined) this.drop();
    else if (!exchange.isOver) exchange.listener.onHead(status, headers);
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
    const isKept = keptMs !== 0 && !exchange.isOver;
    exchange.complete();
    if (!isKept) this.drop();
    else if (this.#socket.writableLength === 0) this.#owner.onFree(this, keptMs);
    // Over TLS a reply can be here before the word that its request is out.
    else afterPoll(() => this.#freeIfWritten(keptMs));
  }

  /** A reply that came before its request was written leaves the rest of that behind. */
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
    // A server that has said all closes hard where it has not read all of the request.
    if (isReset(this.#error)) this.#parser.end();
    const isBrokenOff = this.#error !== undefined && !isReset(this.#error);
    // All of the reply is there, and its end is told as soon as it is asked for.
    if (this.#parser.owesEnd && !isBrokenOff) return;
    this.#exchange?.fail(this.#error ?? new errors.SocketError("other side closed"));
    this.#exchange = undefined;
  }
}

function isReset(error: Error | undefined): boolean {
  return error !== undefined && "code" in error && error.code === "ECONNRESET";
}
