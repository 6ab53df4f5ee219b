import type { SharedLock } from "./shared-lock.ts";

/** Of a slot: the words before its text (whose it is + 1 or 0, how many bytes it has), and all of it. */
const headBytes = 8;
const slotBytes = 4_096;
const slots = 512;

/**
 * A text for each of some numbers, the same on all threads. The room is bounded: a text is cut where it is longer than a slot, and lost when
 * another number needs its slot.
 */
export class SharedTexts {
  readonly #memory: SharedArrayBuffer;
  readonly #lock: SharedLock;

  /** @param memory Of {@link memory}. @param lock Held while a text is read or written. */
  constructor(memory: SharedArrayBuffer, lock: SharedLock) {
    this.#memory = memory;
    this.#lock = lock;
  }

  /** The system gives memory only to what is used. */
  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(slots * slotBytes);
  }

  get(number: number): string | undefined {
    this.#lock.lock();
    try {
      const [owner, length = 0] = this.#head(number);
      return owner === number + 1 ? Buffer.from(this.#memory, textAt(number), length).toString() : undefined;
    } finally {
      this.#lock.unlock();
    }
  }

  set(number: number, text: string): void {
    this.#lock.lock();
    try {
      const head = this.#head(number);
      // Nobody's while it is written: the thread may die before it is done.
      head[0] = 0;
      const room = new Uint8Array(this.#memory, textAt(number), slotBytes - headBytes);
      head[1] = new TextEncoder().encodeInto(text, room).written;
      head[0] = number + 1;
    } finally {
      this.#lock.unlock();
    }
  }

  delete(number: number): void {
    this.#lock.lock();
    try {
      const head = this.#head(number);
      if (head[0] === number + 1) head[0] = 0;
    } finally {
      this.#lock.unlock();
    }
  }

  #head(number: number): Int32Array {
    return new Int32Array(this.#memory, slotAt(number), 2);
  }
}

function slotAt(number: number): number {
  return (number % slots) * slotBytes;
}

function textAt(number: number): number {
  return slotAt(number) + headBytes;
}
