import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { SharedLock } from "./shared-lock.ts";

/** Before each text: what it is kept by, when it was last asked for, its length. */
const head = { digestBytes: 16, usedAt: 16, length: 24, bytes: 32 } as const;
const align = 8;
/** A digest's place is one of so many, side by side. */
const ways = 4;
const buckets = 8_192;
/** Word 0 is how many bytes were ever written; the others tell at which of them a text begins, plus 1. */
const slotWords = 1 + buckets * ways;
/** So that one text does not drive out all others, nor hold the lock for long. */
const largestShare = 16;

/** The memory of a {@link SharedShelf}. */
export interface ShelfMemory {
  readonly slots: SharedArrayBuffer;
  readonly texts: SharedArrayBuffer;
  readonly lock: SharedArrayBuffer;
}

interface ShelfOptions {
  readonly memory: ShelfMemory;
  /** This thread's number, from 0. */
  readonly thread: number;
  readonly clock: Pick<Clock, "now">;
  /** For how long a text is kept that nobody asks for. */
  readonly keptMs: number;
}

/**
 * Keeps texts for a while, the same on all threads. They lie one behind another in a ring, so that the newest drive out those that nobody has
 * asked for longest; a text that is asked for is put to the front before its turn comes.
 */
export class SharedShelf {
  readonly #words: Float64Array;
  readonly #texts: Buffer;
  readonly #lock: SharedLock;
  readonly #clock: Pick<Clock, "now">;
  readonly #keptMs: number;

  constructor({ memory, thread, clock, keptMs }: ShelfOptions) {
    this.#words = new Float64Array(memory.slots);
    this.#texts = Buffer.from(memory.texts);
    this.#lock = new SharedLock(memory.lock, thread);
    this.#clock = clock;
    this.#keptMs = keptMs;
  }

  /** @param bytes Of all texts together with what is noted of each, a multiple of 8. The system gives memory only to what is used. */
  static memory(bytes: number): ShelfMemory {
    return {
      slots: new SharedArrayBuffer(slotWords * Float64Array.BYTES_PER_ELEMENT),
      texts: new SharedArrayBuffer(bytes),
      lock: new SharedArrayBuffer(SharedLock.bytes),
    };
  }

  /** @returns False for a text that is too large to be kept. */
  put(key: string, text: Buffer): boolean {
    if (head.bytes + text.length > this.#texts.length / largestShare) return false;
    const digest = digestOf(key);
    this.#lock.lock();
    try {
      this.#write(digest, text);
    } finally {
      this.#lock.unlock();
    }
    return true;
  }

  /** @returns A copy. Undefined for what was never kept, or is no longer. */
  get(key: string): Buffer | undefined {
    const digest = digestOf(key);
    const now = this.#clock.now();
    this.#lock.lock();
    try {
      const slot = this.#find(digest);
      if (slot === undefined) return undefined;
      const at = this.#start(slot);
      const place = at % this.#texts.length;
      if (now - this.#texts.readDoubleLE(place + head.usedAt) > this.#keptMs) return undefined;
      const start = place + head.bytes;
      const text = Buffer.from(this.#texts.subarray(start, start + this.#texts.readUInt32LE(place + head.length)));
      if (this.#written - at > this.#texts.length / 2) this.#write(digest, text);
      else this.#texts.writeDoubleLE(now, place + head.usedAt);
      return text;
    } finally {
      this.#lock.unlock();
    }
  }

  get #written(): number {
    return this.#words[0] ?? 0;
  }

  #start(slot: number): number {
    return (this.#words[slot] ?? 0) - 1;
  }

  /** Whether what a slot names has not been written over. */
  #isLive(slot: number): boolean {
    const at = this.#start(slot);
    return at >= 0 && this.#written - at <= this.#texts.length;
  }

  #holds(slot: number, digest: Buffer): boolean {
    const place = this.#start(slot) % this.#texts.length;
    return this.#isLive(slot) && digest.compare(this.#texts, place, place + head.digestBytes) === 0;
  }

  #find(digest: Buffer): number | undefined {
    const first = firstSlot(digest);
    for (let slot = first; slot < first + ways; slot++) if (this.#holds(slot, digest)) return slot;
    return undefined;
  }

  #write(digest: Buffer, text: Buffer): void {
    const size = Math.ceil((head.bytes + text.length) / align) * align;
    const left = this.#texts.length - (this.#written % this.#texts.length);
    const at = this.#written + (size > left ? left : 0);
    const slot = this.#find(digest) ?? this.#oldest(firstSlot(digest));
    // What lay there is gone before it is written over, and what is there now is found when all of it is written: a thread may die in between.
    this.#words[slot] = 0;
    this.#words[0] = at + size;
    const place = at % this.#texts.length;
    digest.copy(this.#texts, place);
    this.#texts.writeDoubleLE(this.#clock.now(), place + head.usedAt);
    this.#texts.writeUInt32LE(text.length, place + head.length);
    text.copy(this.#texts, place + head.bytes);
    this.#words[slot] = at + 1;
  }

  #oldest(first: number): number {
    let oldest = first;
    for (let slot = first; slot < first + ways; slot++) if (this.#start(slot) < this.#start(oldest)) oldest = slot;
    return oldest;
  }
}

function digestOf(key: string): Buffer {
  return createHash("sha256").update(key).digest().subarray(0, head.digestBytes);
}

function firstSlot(digest: Buffer): number {
  return 1 + (digest.readUInt32LE(0) % buckets) * ways;
}
