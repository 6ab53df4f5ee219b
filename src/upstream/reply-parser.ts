import type { UpstreamHeaders } from "../core/upstream.ts";
import { ChunkedBody } from "./chunked-body.ts";
import { readReplyHead, type ReplyHead } from "./reply-head.ts";

/** Receives the replies on one connection, in their order. */
export interface ReplyReader {
  /** A reply begins. */
  onHead(status: number, headers: UpstreamHeaders, mayTellLimits: boolean): void;
  /** @returns Whether it takes more now; see {@link ReplyParser.resume}. */
  onBody(piece: Buffer): boolean;
  /** The reply is whole. @param keptMs How long the server keeps the connection, in milliseconds; 0 when it does not; undefined when it does not say. */
  onComplete(keptMs: number | undefined): void;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const switchingProtocols = 101;
const headEnd = "\r\n\r\n";
const version = "HTTP/1.";

/**
 * Reads the replies of HTTP/1.1 out of what a connection receives. It is strict: bytes that are not well formed end the connection. Bodies are
 * views into what was received, which belongs to the parser from then on.
 */
export class ReplyParser {
  readonly #reader: ReplyReader;
  readonly #maxHeadBytes: number;
  /** Bytes of a head that is not whole yet, or bytes that came during a pause. */
  #held: Buffer | undefined;
  #head: ReplyHead | undefined;
  #chunked: ChunkedBody | undefined;
  #left = 0;
  #isPaused = false;
  /** The reply is whole, but its reader has paused and was not told. */
  #owesEnd = false;

  constructor(reader: ReplyReader, maxHeadBytes: number) {
    this.#reader = reader;
    this.#maxHeadBytes = maxHeadBytes;
  }

  /** Whether every byte that was received has been passed on. */
  get isEmpty(): boolean {
    return this.#head === undefined && this.#held === undefined;
  }

  /** @returns What is wrong with the bytes, after which the connection is of no use; undefined when they are well formed. */
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

  /** Continues after the reader has paused. @returns As {@link push} does. */
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

  /** Called when the connection has ended, which is also the end of a reply without a length. */
  end(): void {
    const head = this.#head;
    if (head?.bodyLength === "until close" && this.#held === undefined) this.#finish(head);
  }

  /** @returns Where the head ends; -1 when it is not whole; a text that says what is wrong with it. */
  #readHead(bytes: Buffer, from: number): number | string {
    let at = from;
    // Some servers send an empty line too many after a reply.
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
    // A change of protocol was not asked for.
    if (head.status === switchingProtocols) return "it changes the protocol";
    if (head.status >= 200) this.#begin(head);
    return end + headEnd.length;
  }

  #begin(head: ReplyHead): void {
    this.#head = head;
    const { bodyLength } = head;
    this.#chunked = bodyLength === "chunked" ? new ChunkedBody() : undefined;
    this.#left = typeof bodyLength === "number" ? bodyLength : Number.POSITIVE_INFINITY;
    this.#reader.onHead(head.status, head.headers, head.mayTellLimits);
    if (this.#left === 0) this.#finish(head);
  }

  /** @returns The offset of the first byte that was not read, or what is wrong. */
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

/** What is wrong with a head that is not whole yet. Without this check, a server of another protocol would be waited for until the call's time is over. */
function beginningFault(bytes: Buffer, at: number): string | undefined {
  const text = bytes.toString("latin1", at);
  if (!text.startsWith(version.slice(0, text.length))) return "it is not HTTP/1.1";
  return /[^\r]\n/.test(text) ? "its lines end in a bare line feed" : undefined;
}
