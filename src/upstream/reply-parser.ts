import type { UpstreamHeaders } from "../core/upstream.ts";
import { ChunkedBody } from "./chunked-body.ts";
import { readReplyHead, type ReplyHead } from "./reply-head.ts";

/** Told of the replies on one connection, in their order. */
export interface ReplyReader {
  onHead(status: number, headers: UpstreamHeaders): void;
  /** @returns Whether it takes more now; see {@link ReplyParser.resume}. */
  onBody(piece: Buffer): boolean;
  /** @param keptMs For how long the server keeps the connection; 0: not at all; undefined: it does not say. */
  onComplete(keptMs: number | undefined): void;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const switchingProtocols = 101;
const headEnd = "\r\n\r\n";
const version = "HTTP/1.";

/**
 * Reads the replies of HTTP/1.1 out of what a connection receives, strictly: what is not well formed ends the connection. Bodies are views
 * into what was received, which is the parser's from then on.
 */
export class ReplyParser {
  readonly #reader: ReplyReader;
  readonly #maxHeadBytes: number;
  /** Of a head that is not whole yet, or behind a pause. */
  #held: Buffer | undefined;
  #head: ReplyHead | undefined;
  #chunked: ChunkedBody | undefined;
  #left = 0;
  #isPaused = false;
  /** The reply is whole, and its reader has not been told because it takes nothing now. */
  #owesEnd = false;

  constructor(reader: ReplyReader, maxHeadBytes: number) {
    this.#reader = reader;
    this.#maxHeadBytes = maxHeadBytes;
  }

  /** Whether there is nothing of a reply that was not passed on. */
  get isEmpty(): boolean {
    return this.#head === undefined && this.#held === undefined;
  }

  /** @returns What is wrong with the bytes; undefined: nothing. The connection is of no use after it. */
  push(bytes: Buffer): string | undefined {
    const all = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = undefined;
    if (this.#isPaused) {
      this.#held = all;
      return undefined;
    }
    let at = 0;
    while (at < all.length && !this.#isPaused) {
      const next = this.#head === undefined ? this.#readHead(all, at) : this.#readBody(all, at, this.#head);
      if (typeof next === "string") return next;
      if (next === -1) return undefined;
      at = next;
    }
    if (at < all.length) this.#held = all.subarray(at);
    return undefined;
  }

  /** Goes on where the reader did not take more. @returns As {@link push} does. */
  resume(): string | undefined {
    if (!this.#isPaused) return undefined;
    this.#isPaused = false;
    if (this.#owesEnd && this.#head !== undefined) this.#finish(this.#head);
    const held = this.#held;
    this.#held = undefined;
    return held === undefined ? undefined : this.push(held);
  }

  /** Whether the reply that has begun is all there, and its end waits for {@link resume}. */
  get owesEnd(): boolean {
    return this.#owesEnd;
  }

  /** The connection has ended: so has a reply that has no other end. */
  end(): void {
    const head = this.#head;
    if (head?.bodyLength === "until close" && this.#held === undefined) this.#finish(head);
  }

  /** @returns Where the head ends; -1: it is not whole. */
  #readHead(bytes: Buffer, from: number): number | string {
    let at = from;
    // Some servers end a reply with an empty line too many.
    while (bytes[at] === carriageReturn || bytes[at] === lineFeed) at++;
    const end = bytes.indexOf(headEnd, at, "latin1");
    if ((end === -1 ? bytes.length : end) - at > this.#maxHeadBytes) return "its head is too long";
    if (end === -1) {
      const fault = beginningFault(bytes, at);
      if (fault === undefined && at < bytes.length) this.#held = at === 0 ? bytes : bytes.subarray(at);
      return fault ?? -1;
    }
    const head = readReplyHead(bytes.toString("latin1", at, end + 2));
    if (typeof head === "string") return head;
    // It was not asked for.
    if (head.status === switchingProtocols) return "it changes the protocol";
    if (head.status >= 200) this.#begin(head);
    return end + headEnd.length;
  }

  #begin(head: ReplyHead): void {
    this.#head = head;
    const { bodyLength } = head;
    this.#chunked = bodyLength === "chunked" ? new ChunkedBody() : undefined;
    this.#left = typeof bodyLength === "number" ? bodyLength : Number.POSITIVE_INFINITY;
    this.#reader.onHead(head.status, head.headers);
    if (this.#left === 0) this.#finish(head);
  }

  /** @returns How far it went. */
  #readBody(bytes: Buffer, from: number, head: ReplyHead): number | string {
    const chunked = this.#chunked;
    if (chunked !== undefined) {
      if (!chunked.push(bytes, from)) return "its chunks are malformed";
      if (chunked.end > chunked.start) this.#give(bytes.subarray(chunked.start, chunked.end));
      if (chunked.isOver) this.#finish(head);
      return chunked.next;
    }
    const end = Math.min(bytes.length, from + this.#left);
    this.#left -= end - from;
    this.#give(from === 0 && end === bytes.length ? bytes : bytes.subarray(from, end));
    if (this.#left === 0) this.#finish(head);
    return end;
  }

  #give(piece: Buffer): void {
    if (!this.#reader.onBody(piece)) this.#isPaused = true;
  }

  #finish(head: ReplyHead): void {
    this.#owesEnd = this.#isPaused;
    if (this.#isPaused) return;
    this.#head = undefined;
    this.#chunked = undefined;
    this.#reader.onComplete(head.isKept ? head.keptMs : 0);
  }
}

/** What can already be said of a head that is not whole; without it, another protocol would be waited for until the call's time is over. */
function beginningFault(bytes: Buffer, at: number): string | undefined {
  const text = bytes.toString("latin1", at);
  if (!text.startsWith(version.slice(0, text.length))) return "it is not HTTP/1.1";
  return /[^\r]\n/.test(text) ? "its lines end in a bare line feed" : undefined;
}
