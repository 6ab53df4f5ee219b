/**
 * Finds what may end or break a string of JSON: a quote, a backslash, or a control character. Sixteen bytes at a time, by a few
 * instructions of WebAssembly, as the language has none that look at more than one; a prompt is looked through about ten times as fast.
 */

/** What is looked at is copied into the module's memory, so much at a time. */
const windowBytes = 65_536;
/** Up to here a text is looked at where it stands: shorter than that, going over costs more than it saves. */
const shortBytes = 24;

const quote = 0x22;
const backslash = 0x5c;
const firstOrdinary = 0x20;

/** The opcodes that are used: https://webassembly.github.io/spec/core/appendix/index-instructions.html */
const op = {
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  br: 0x0c,
  return: 0x0f,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  i32Const: 0x41,
  i32GeU: 0x4f,
  i32Ctz: 0x68,
  i32Add: 0x6a,
  unreachable: 0x00,
  load: [0xfd, 0x00, 0x00, 0x00],
  splat: [0xfd, 0x0f],
  equal: [0xfd, 0x23],
  lessU: [0xfd, 0x26],
  or: [0xfd, 0x50],
  bitmask: [0xfd, 0x64],
} as const;
const noResult = 0x40;
const [i32, v128] = [0x7f, 0x7b];
/** Parameters and local variables of the one function. */
const [at, end, bytes16, found] = [0, 1, 2, 3];

/** `find(at, end)`: where the first such byte stands; `end` or more where there is none before it. */
const find: readonly number[] = [
  // Two local variables: sixteen bytes, and a bit for each of them that is one.
  [2, 1, v128, 1, i32],
  [op.loop, noResult],
  [op.get, at, op.get, end, op.i32GeU, op.if, noResult, op.get, end, op.return, op.end],
  [op.get, at, ...op.load, op.tee, bytes16, op.i32Const, firstOrdinary, ...op.splat, ...op.lessU],
  [op.get, bytes16, op.i32Const, quote, ...op.splat, ...op.equal, ...op.or],
  // 0x5c as a signed LEB128.
  [op.get, bytes16, op.i32Const, 0x80 | backslash, 0x00, ...op.splat, ...op.equal, ...op.or],
  [...op.bitmask, op.tee, found, op.if, noResult, op.get, at, op.get, found, op.i32Ctz, op.i32Add, op.return, op.end],
  [op.get, at, op.i32Const, 16, op.i32Add, op.set, at, op.br, 0],
  [op.end, op.unreachable, op.end],
].flat();

function section(id: number, content: readonly number[]): readonly number[] {
  return [id, content.length, ...content];
}

const wasm = new Uint8Array(
  [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    // Two numbers to one; one function of that type; two pages of memory, the second for what is read behind a window's end.
    section(1, [1, 0x60, 2, i32, i32, 1, i32]),
    section(3, [1, 0]),
    section(5, [1, 0, 2]),
    // "m" is the memory, "f" the function.
    section(7, [2, 1, 0x6d, 2, 0, 1, 0x66, 0, 0]),
    section(10, [1, find.length, ...find]),
  ].flat(),
);

interface Exports {
  readonly m: { readonly buffer: ArrayBuffer };
  f(at: number, end: number): number;
}

/** What is used of it: the compiler knows WebAssembly as a browser's only. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Exports };
}

const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
const { exports: exported } = new Instance(new Module(wasm));
const memory = new Uint8Array(exported.m.buffer);

/** Looks through one text. Not to be used any more once another one was begun: all share the module's memory. */
export class TextScanner {
  readonly #bytes: Buffer;
  /** What of the text is in the module's memory. */
  #windowStart = 0;
  #windowEnd = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** @returns Where the next quote, backslash or control character stands, from `from` on; the text's length where there is none. */
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
