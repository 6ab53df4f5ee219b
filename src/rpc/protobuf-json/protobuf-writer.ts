/** Texts up to this length are written byte by byte: for those, a call into the platform costs more than it saves. */
const shortText = 24;
const firstSize = 16_384;
/** A larger buffer is not kept for the next message. */
const largestKept = 1_048_576;

/**
 * Writes protobuf's wire format from the end to the beginning: a message's length stands before it, and is known once the message is
 * written. The caller begins with the last value.
 */
export class ProtobufWriter {
  #bytes: Buffer = Buffer.allocUnsafeSlow(firstSize);
  #at = firstSize;

  /** Bytes written so far. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }

  /** @param value From 0 to 2^32 - 1. */
  varint(value: number): void {
    this.#reserve(5);
    const bytes = this.#bytes;
    let count = 1;
    for (let rest = value >>> 7; rest !== 0; rest >>>= 7) count++;
    let at = (this.#at -= count);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at] = rest;
  }

  /** A negative number takes ten bytes, as the format has it. */
  int32(value: number): void {
    if (value >= 0) {
      this.varint(value);
      return;
    }
    this.#reserve(10);
    const bytes = this.#bytes;
    this.#at -= 10;
    for (let index = 0; index < 9; index++) bytes[this.#at + index] = ((value >> Math.min(index * 7, 31)) & 0x7f) | 0x80;
    bytes[this.#at + 9] = 1;
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at -= 8;
    this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** Writes a text with its length before it. */
  text(text: string): void {
    const length = this.#shortAscii(text) ? text.length : this.#anyText(text);
    this.varint(length);
  }

  uint32BE(value: number): void {
    this.#reserve(4);
    this.#at -= 4;
    this.#bytes.writeUInt32BE(value, this.#at);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#at -= 1;
    this.#bytes[this.#at] = value;
  }

  /** @returns A copy of what was written since the last time. The next message may begin. */
  take(): Buffer {
    const taken = Buffer.allocUnsafe(this.length);
    this.#bytes.copy(taken, 0, this.#at);
    this.clear();
    return taken;
  }

  /** Forgets what was written. */
  clear(): void {
    if (this.#bytes.length > largestKept) this.#bytes = Buffer.allocUnsafeSlow(firstSize);
    this.#at = this.#bytes.length;
  }

  #shortAscii(text: string): boolean {
    const { length } = text;
    if (length > shortText) return false;
    this.#reserve(length);
    const bytes = this.#bytes;
    const start = this.#at - length;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[start + index] = code;
    }
    this.#at = start;
    return true;
  }

  #anyText(text: string): number {
    const length = Buffer.byteLength(text);
    this.#reserve(length);
    this.#at -= length;
    this.#bytes.write(text, this.#at, length);
    return length;
  }

  #reserve(count: number): void {
    if (this.#at >= count) return;
    const { length } = this;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, length + count));
    this.#bytes.copy(larger, larger.length - length, this.#at);
    this.#bytes = larger;
    this.#at = larger.length - length;
  }
}
