import type { SharedLock } from "./shared-lock.ts";

/** Words before the slots: how many names there are, and how many bytes they have together. */
const head = { count: 0, bytes: 1 } as const;
const headLength = 2;

/** Memory of {@link SharedNames}: zero in the beginning. */
export interface NamesMemory {
  /** The head, then a hash table of numbers + 1, then for each name where it begins and ends in `text`. */
  readonly index: SharedArrayBuffer;
  readonly text: SharedArrayBuffer;
}

/**
 * Numbers for names, from 0, the same on all threads. The thread that first asks for a name makes its number, which the name keeps for good.
 */
export class SharedNames {
  readonly #lock: SharedLock;
  readonly #index: Int32Array;
  readonly #text: SharedArrayBuffer;
  readonly #most: number;
  readonly #slots: number;
  /** The names that this thread has asked for. */
  readonly #known = new Map<string, number>();

  /** @param most How many names there is room for. */
  constructor(memory: NamesMemory, most: number, lock: SharedLock) {
    this.#lock = lock;
    this.#index = new Int32Array(memory.index);
    this.#text = memory.text;
    this.#most = most;
    this.#slots = slotsFor(most);
  }

  /** Room for `most` names of `meanBytes` each; the system gives memory only to what is used. */
  static memory(most: number, meanBytes: number): NamesMemory {
    return {
      index: new SharedArrayBuffer((headLength + slotsFor(most) + 2 * most) * Int32Array.BYTES_PER_ELEMENT),
      text: new SharedArrayBuffer(4_096, { maxByteLength: Math.max(most * meanBytes, 4_096) }),
    };
  }

  /** How many names have a number. */
  get count(): number {
    return Atomics.load(this.#index, head.count);
  }

  /**
   * The number of a name, made when it is new. Throws a RangeError when there is no room left.
   * @param onNew Called for a name that had no number, while no other thread can ask.
   */
  numberOf(name: string, onNew: (number: number) => void): number {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    this.#lock.lock();
    try {
      const number = this.#findOrAdd(Buffer.from(name), onNew);
      this.#known.set(name, number);
      return number;
    } finally {
      this.#lock.unlock();
    }
  }

  /** All names, in the order of their numbers. */
  all(): readonly string[] {
    return Array.from({ length: this.count }, (_, number) => this.#bytes(number).toString());
  }

  #findOrAdd(name: Buffer, onNew: (number: number) => void): number {
    const index = this.#index;
    let slot = headLength + (hashOf(name) & (this.#slots - 1));
    for (;;) {
      const taken = (index[slot] ?? 0) - 1;
      if (taken === -1) break;
      if (this.#bytes(taken).equals(name)) return taken;
      slot = slot + 1 === headLength + this.#slots ? headLength : slot + 1;
    }
    const number = this.count;
    if (number === this.#most) throw new RangeError(`there is no room for more than ${this.#most} names until the next start`);
    this.#append(number, name);
    onNew(number);
    // Last: a thread that dies before this has added nothing.
    index[slot] = number + 1;
    Atomics.store(index, head.count, number + 1);
    return number;
  }

  #append(number: number, name: Buffer): void {
    const start = this.#index[head.bytes] ?? 0;
    const end = start + name.length;
    if (end > this.#text.byteLength) {
      if (end > this.#text.maxByteLength) throw new RangeError("there is no room for more names until the next start");
      this.#text.grow(Math.min(Math.max(end, this.#text.byteLength * 2), this.#text.maxByteLength));
    }
    name.copy(new Uint8Array(this.#text), start);
    const at = headLength + this.#slots + 2 * number;
    this.#index[at] = start;
    this.#index[at + 1] = end;
    this.#index[head.bytes] = end;
  }

  #bytes(number: number): Buffer {
    const at = headLength + this.#slots + 2 * number;
    const start = this.#index[at] ?? 0;
    return Buffer.from(this.#text, start, (this.#index[at + 1] ?? 0) - start);
  }
}

/** At most half full, and a power of two so that a place is one mask. */
function slotsFor(most: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(most, 1) * 2));
}

/** FNV-1a: names are compared too, so it need only spread. */
function hashOf(bytes: Buffer): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
