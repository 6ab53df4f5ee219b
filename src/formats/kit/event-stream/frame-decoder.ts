import { crc32 } from "node:zlib";
import { PieceGatherer } from "../../../lib/piece-gatherer.ts";

/** The content type of AWS's streams. */
export const eventStreamType = "application/vnd.amazon.eventstream";

/** One message of a stream. Texts are empty where the message has no such header. */
export interface Frame {
  /** `:message-type`: `event`, `exception` or `error`. */
  readonly messageType: string;
  /** What it is of its type: `:event-type`, `:exception-type` or `:error-code`. */
  readonly name: string;
  /** `:error-message`, of an `error`. */
  readonly errorMessage: string;
  /** A view of the bytes that came. */
  readonly payload: Buffer;
}

type FrameHead = Omit<Frame, "payload">;

/** AWS's bounds of a message: two lengths, two checksums, and 16 MiB in all. */
const [smallestFrame, largestFrame] = [16, 16 * 1024 * 1024];
const [preludeBytes, checksumBytes] = [12, 4];

/**
 * Cuts a stream of AWS's framing (`application/vnd.amazon.eventstream`) into its messages, however it was split on its way: total length, length of
 * the headers, checksum of both, headers, payload, checksum of all before it; numbers are big-endian.
 */
export class FrameDecoder {
  /** What of a message has come, put together when it is whole; undefined between two messages. */
  #begun: PieceGatherer | undefined;
  /** The bytes that are needed before anything can be read. */
  #needed = preludeBytes;
  #isBroken = false;
  /** What the headers of the message before say, and their bytes. */
  #head: FrameHead | undefined;
  #headBytes: Buffer = Buffer.alloc(0);

  /**
   * Takes the next bytes, and calls `read` for each message that they complete.
   * @returns What is wrong with the stream, once; nothing more is read of it then. Undefined where nothing is.
   */
  push(chunk: Buffer, read: (frame: Frame) => void): string | undefined {
    if (this.#isBroken || chunk.length === 0) return undefined;
    let bytes = chunk;
    if (this.#begun !== undefined) {
      this.#begun.push(chunk);
      if (this.#begun.length < this.#needed) return undefined;
      bytes = Buffer.concat(this.#begun.take());
      this.#begun = undefined;
    }
    const fault = this.#readFrom(bytes, read);
    if (fault === undefined) return undefined;
    this.#isBroken = true;
    return fault;
  }

  #readFrom(bytes: Buffer, read: (frame: Frame) => void): string | undefined {
    let at = 0;
    this.#needed = preludeBytes;
    while (bytes.length - at >= preludeBytes) {
      const total = bytes.readUInt32BE(at);
      const headerBytes = bytes.readUInt32BE(at + 4);
      const isWhole = total >= smallestFrame && bytes.length - at >= total;
      // The checksum of a whole message covers its head as well.
      if (!isWhole && crc32(bytes.subarray(at, at + 8)) !== bytes.readUInt32BE(at + 8)) return "a message whose head has another checksum";
      if (total < smallestFrame || total > largestFrame) return `a message of ${total} bytes`;
      if (headerBytes > total - smallestFrame) return "a message whose headers are longer than all of it";
      if (!isWhole) {
        this.#needed = total;
        break;
      }
      const end = at + total - checksumBytes;
      if (crc32(bytes.subarray(at, end)) !== bytes.readUInt32BE(end)) return "a message that has another checksum";
      const payload = at + preludeBytes + headerBytes;
      const head = this.#headOf(bytes.subarray(at + preludeBytes, payload));
      if (head === undefined) return "a message with headers that are none";
      read({ ...head, payload: bytes.subarray(payload, end) });
      at += total;
    }
    if (at < bytes.length) {
      this.#begun = new PieceGatherer();
      this.#begun.push(bytes.subarray(at));
    }
    return undefined;
  }

  /** Nearly all messages of a stream have the same headers as the one before. */
  #headOf(bytes: Buffer): FrameHead | undefined {
    if (this.#head !== undefined && bytes.equals(this.#headBytes)) return this.#head;
    const head = readHeaders(bytes);
    if (head !== undefined) {
      this.#head = head;
      this.#headBytes = Buffer.from(bytes);
    }
    return head;
  }
}

/** The bytes of a header's value by its type; those of types 6 and 7, bytes and texts, say it themselves. */
const valueBytes = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];
const textType = 7;

/** @returns Undefined where the headers do not end where they should. */
function readHeaders(bytes: Buffer): FrameHead | undefined {
  let messageType = "";
  let name = "";
  let errorMessage = "";
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 1 + (bytes[at] ?? 0);
    const type = bytes[nameEnd] ?? valueBytes.length;
    if (type >= valueBytes.length) return undefined;
    let value = nameEnd + 1;
    let length = valueBytes[type];
    if (length === undefined) {
      if (value + 2 > bytes.length) return undefined;
      length = bytes.readUInt16BE(value);
      value += 2;
    }
    if (value + length > bytes.length) return undefined;
    if (type === textType) {
      switch (bytes.toString("latin1", at + 1, nameEnd)) {
        case ":message-type":
          messageType = bytes.toString("utf8", value, value + length);
          break;
        case ":event-type":
        case ":exception-type":
        case ":error-code":
          name = bytes.toString("utf8", value, value + length);
          break;
        case ":error-message":
          errorMessage = bytes.toString("utf8", value, value + length);
          break;
        default:
      }
    }
    at = value + length;
  }
  return { messageType, name, errorMessage };
}
