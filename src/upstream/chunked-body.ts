/**
 * Takes a body out of HTTP/1.1's chunked coding: https://www.rfc-editor.org/rfc/rfc9112#section-7.1
 * The body's bytes of one packet are moved together in the packet's own memory, so that they go on as one piece, however many chunks the
 * packet has.
 */

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** 2^48 − 1 bytes: no sum of it and an offset is inexact. */
const mostSizeDigits = 12;
/** The limit of what is skipped: extensions, and the fields behind the last chunk. */
const mostIgnoredBytes = 16_384;

type State =
  | "size"
  | "extension"
  | "size end"
  | "data"
  | "data end"
  | "data line end"
  | "trailer"
  | "trailer field"
  | "trailer field end"
  | "end"
  | "over";

/** Decodes one chunked body, packet by packet. */
export class ChunkedBody {
  /** The span of the body's bytes in what was pushed last. */
  start = 0;
  end = 0;
  /** The offset of the first byte that was not read: the one behind the body when it is over. */
  next = 0;
  #state: State = "size";
  #left = 0;
  #digits = 0;
  #ignoredBytes = 0;

  /** Whether the body has ended. */
  get isOver(): boolean {
    return this.#state === "over";
  }

  /**
   * Reads `bytes` from `from` on and moves the body's bytes together within them.
   * @returns Whether it is well formed.
   */
  push(bytes: Buffer, from: number): boolean {
    let at = from;
    let start = -1;
    let end = from;
    while (at < bytes.length && this.#state !== "over") {
      if (this.#state === "data") {
        const length = Math.min(this.#left, bytes.length - at);
        if (start === -1) start = end = at;
        else bytes.copyWithin(end, at, at + length);
        end += length;
        at += length;
        this.#left -= length;
        if (this.#left === 0) this.#state = "data end";
      } else if (!this.#step(bytes[at++] ?? 0)) return false;
    }
    this.start = start === -1 ? end : start;
    this.end = end;
    this.next = at;
    return true;
  }

  /** Reads one byte of the coding. @returns Whether it is well formed. */
  #step(byte: number): boolean {
    switch (this.#state) {
      case "size":
        return this.#sizeByte(byte);
      case "extension":
        if (byte === carriageReturn) this.#state = "size end";
        return this.#ignore(byte);
      case "size end":
        this.#state = this.#left === 0 ? "trailer" : "data";
        this.#digits = 0;
        return byte === lineFeed;
      case "data end":
        this.#state = "data line end";
        return byte === carriageReturn;
      case "data line end":
        this.#state = "size";
        return byte === lineFeed;
      case "trailer":
        this.#state = byte === carriageReturn ? "end" : "trailer field";
        return this.#ignore(byte);
      case "trailer field":
        if (byte === carriageReturn) this.#state = "trailer field end";
        return this.#ignore(byte);
      case "trailer field end":
        this.#state = "trailer";
        return byte === lineFeed;
      case "end":
        this.#state = "over";
        return byte === lineFeed;
      case "data":
      case "over":
        return false;
      default:
        return this.#state satisfies never;
    }
  }

  #sizeByte(byte: number): boolean {
    const digit = hexDigit(byte);
    if (digit !== -1) {
      this.#left = this.#left * 16 + digit;
      return ++this.#digits <= mostSizeDigits;
    }
    // A size has at least one digit.
    if (this.#digits === 0) return false;
    if (byte === carriageReturn) {
      this.#state = "size end";
      return true;
    }
    this.#state = "extension";
    return isExtensionStart(byte) && this.#ignore(byte);
  }

  #ignore(byte: number): boolean {
    return byte !== lineFeed && ++this.#ignoredBytes <= mostIgnoredBytes;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** Whether an extension may begin with this byte: `;`, or white space before it. */
function isExtensionStart(byte: number): boolean {
  return byte === 0x3b || byte === 0x20 || byte === 0x09;
}
