import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";

/** Bytes are counted in steps of this size, so that a small request and its reply are counted once. */
const stepBytes = 16_384;
/** A request that holds no more than this is small. */
const smallSteps = 4;
/** This share of the limit is for small requests alone: large ones that fill the rest do not shut them out. */
const keptForSmall = 1 / 8;

/**
 * How many bytes of requests and replies a process holds, over all its threads, and how many it may. One word of memory for each thread:
 * what a thread that has died held is taken out with its word.
 */
export class BufferedBytes {
  readonly #words: Int32Array;
  readonly #thread: number;
  #limitSteps = Number.POSITIVE_INFINITY;
  #limitStepsOfLarge = Number.POSITIVE_INFINITY;

  /**
   * @param memory As {@link memory} makes it, shared by all threads. Omit it when there is one.
   * @param thread This thread's number, from 0.
   */
  constructor(memory: SharedArrayBuffer = BufferedBytes.memory(1), thread = 0) {
    this.#words = new Int32Array(memory);
    this.#thread = thread;
  }

  static memory(threads: number): SharedArrayBuffer {
    return new SharedArrayBuffer(threads * Int32Array.BYTES_PER_ELEMENT);
  }

  /** How many bytes may be held at once. Infinity is no limit. */
  set limit(bytes: number) {
    this.#limitSteps = Math.floor(bytes / stepBytes);
    this.#limitStepsOfLarge = Math.floor(this.#limitSteps * (1 - keptForSmall));
  }

  /** How many are held now, over all threads: whole steps. */
  get bytes(): number {
    return this.#steps * stepBytes;
  }

  /** How many steps so many bytes are. */
  static stepsOf(bytes: number): number {
    return Math.ceil(bytes / stepBytes);
  }

  /**
   * Counts further steps of one request.
   * @param whole How many it has with them.
   * @returns Whether there was room for them; otherwise nothing is counted.
   */
  take(steps: number, whole: number): boolean {
    Atomics.add(this.#words, this.#thread, steps);
    if (this.#steps <= this.#limitFor(whole)) return true;
    Atomics.sub(this.#words, this.#thread, steps);
    return false;
  }

  /** Whether there is room for a request of so many steps now. Counts nothing. */
  fits(steps: number): boolean {
    return this.#steps + steps <= this.#limitFor(steps);
  }

  /** Gives steps back that were taken. */
  give(steps: number): void {
    Atomics.sub(this.#words, this.#thread, steps);
  }

  /** Drops what a thread that has died held. */
  forget(thread: number): void {
    Atomics.store(this.#words, thread, 0);
  }

  #limitFor(steps: number): number {
    return steps <= smallSteps ? this.#limitSteps : this.#limitStepsOfLarge;
  }

  get #steps(): number {
    let steps = 0;
    for (let thread = 0; thread < this.#words.length; thread++) steps += Atomics.load(this.#words, thread);
    return steps;
  }
}

/** The limit where none is given: a quarter of the memory that the process may use. That is the container's or the machine's, or the heap's limit where that is less. */
export function usualBufferedBytes(): number {
  // 0, or more than there is, where nothing constrains it.
  const constrained = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return Math.floor(Math.min(constrained, totalmem(), getHeapStatistics().heap_size_limit) / 4);
}
