/**
 * Finds what may end or break a string of JSON: a quote, a backslash or a control character. Sixteen bytes at a time, by a few instructions of
 * WebAssembly (`text-scanner.wat`), as JavaScript has none that look at more than one: a prompt is scanned about ten times as fast.
 */

/** How much of a text is copied into the module's memory at a time. */
const windowBytes = 65_536;
/** The first bytes are looked at where they stand: for a shorter text, the call into the module costs more than it saves. */
const shortBytes = 24;

const quote = 0x22;
const backslash = 0x5c;
const firstOrdinary = 0x20;

/** What `text-scanner.wat` assembles to. */
export const scannerModule =
  "AGFzbQEAAAABBwFgAn9/AX8DAgEABQMBAAIHCQIBbQIAAWYAAApRAU8CAXsBfwNAIAAgAU8EQCABDwsgAP0AAAAiAkEg/Q/9JiACQSL9D/0j/VAgAkHcAP0P/SP9UP1kIgMEQCAAIANoag8LIABBEGohAAwACwAL";

interface Exports {
  /** The memory. */
  readonly m: { readonly buffer: ArrayBuffer };
  /** Where the first such byte stands from `at` on; `end` or more where there is none before `end`. */
  f(at: number, end: number): number;
}

/** The part of it that is used. The compiler's types know WebAssembly in browsers only. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Exports };
}

const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
const { exports: exported } = new Instance(new Module(Buffer.from(scannerModule, "base64")));
const memory = new Uint8Array(exported.m.buffer);

/** Scans one text. All scanners share the module's memory, so do not use one any more once the next is created. */
export class TextScanner {
  readonly #bytes: Buffer;
  /** The part of the text that is in the module's memory. */
  #windowStart = 0;
  #windowEnd = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** @returns Where the next quote, backslash or control character stands from `from` on; the text's length where there is none. */
  next(from: number): number {
    const bytes = this.#bytes;
    const { length } = bytes;
    const near = Math.min(from + shortBytes, length);
    for (let index = from; index < near; index++) {
      const byte = bytes[index] ?? 0;
      if (byte < firstOrdinary || byte === quote || byte === backslash) return index;
    }
    let start = near;
    while (start < length) {
      if (start < this.#windowStart || start >= this.#windowEnd) this.#moveTo(start);
      const hit = this.#windowStart + exported.f(start - this.#windowStart, this.#windowEnd - this.#windowStart);
      if (hit < this.#windowEnd) return hit;
      start = this.#windowEnd;
    }
    return length;
  }

  #moveTo(start: number): void {
    const stop = Math.min(start + windowBytes, this.#bytes.length);
    memory.set(this.#bytes.subarray(start, stop));
    this.#windowStart = start;
    this.#windowEnd = stop;
  }
}
