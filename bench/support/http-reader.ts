const endOfHead = "\r\n\r\n";
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

export interface HttpListener {
  /** @param head The start line and the headers. */
  onHead(head: string): void;
  /** A piece of the body, without the framing of its transfer. It is not to be kept. */
  onBody(data: Buffer): void;
  /** The message is whole. */
  onEnd(): void;
}

/**
 * Takes HTTP/1.1 messages apart, requests or replies, one after another on a connection. It knows as much of HTTP as two ends need that
 * trust each other, so that load and upstream cost a fraction of what is measured. A body without a length or chunks is taken as empty.
 */
export class HttpReader {
  readonly #listener: HttpListener;
  #state: "head" | "body" | "chunk-size" | "chunk" | "chunk-end" | "trailers" = "head";
  /** Of a head, until it is whole. */
  #pending: Buffer | undefined;
  /** Bytes of the body, or of its chunk, that are still to come. */
  #left = 0;
  #size = 0;
  #inExtension = false;
  #lineLength = 0;

  constructor(listener: HttpListener) {
    this.#listener = listener;
  }

  push(received: Buffer): void {
    const data = this.#pending === undefined ? received : Buffer.concat([this.#pending, received]);
    this.#pending = undefined;
    let at = 0;
    while (at < data.length) {
      switch (this.#state) {
        case "head": {
          const end = data.indexOf(endOfHead, at);
          if (end === -1) {
            this.#pending = data.subarray(at);
            return;
          }
          at = this.#readHead(data.toString("latin1", at, end), end + endOfHead.length);
          break;
        }
        case "body":
          at = this.#readPiece(data, at);
          if (this.#left === 0) this.#end();
          break;
        case "chunk-size":
          this.#readSize(data[at++] ?? 0);
          break;
        case "chunk":
          at = this.#readPiece(data, at);
          if (this.#left === 0) this.#state = "chunk-end";
          break;
        case "chunk-end":
          if (data[at++] === lineFeed) this.#state = "chunk-size";
          break;
        case "trailers":
          this.#readTrailer(data[at++] ?? 0);
          break;
      }
    }
  }

  #readHead(head: string, next: number): number {
    const lower = head.toLowerCase();
    const length = lower.indexOf("\r\ncontent-length:");
    this.#left = length === -1 ? 0 : Number.parseInt(lower.slice(length + 17, length + 40), 10);
    const chunked = lower.includes("\r\ntransfer-encoding: chunked");
    this.#state = chunked ? "chunk-size" : "body";
    this.#listener.onHead(head);
    if (!chunked && this.#left === 0) this.#end();
    return next;
  }

  #readPiece(data: Buffer, at: number): number {
    const until = Math.min(data.length, at + this.#left);
    this.#left -= until - at;
    this.#listener.onBody(at === 0 && until === data.length ? data : data.subarray(at, until));
    return until;
  }

  #readSize(byte: number): void {
    if (byte === lineFeed) {
      this.#left = this.#size;
      this.#size = 0;
      this.#inExtension = false;
      this.#state = this.#left === 0 ? "trailers" : "chunk";
      return;
    }
    const digit = byte < 0x3a ? byte - 0x30 : (byte | 0x20) - 0x61 + 10;
    if (digit < 0 || digit > 15) this.#inExtension = true;
    else if (!this.#inExtension) this.#size = this.#size * 16 + digit;
  }

  /** An empty line is the end. */
  #readTrailer(byte: number): void {
    if (byte === lineFeed) {
      const empty = this.#lineLength === 0;
      this.#lineLength = 0;
      if (empty) this.#end();
    } else if (byte !== carriageReturn) this.#lineLength++;
  }

  #end(): void {
    this.#state = "head";
    this.#listener.onEnd();
  }
}
