import type { SharedLock } from "./shared-lock.ts";
import { SharedNames, type NamesMemory } from "./shared-names.ts";

/** How many numbers a row has, in each of several arrays. */
export interface RowLayout {
  /** Int32. */
  readonly ints: readonly number[];
  /** Float64. */
  readonly reals: readonly number[];
  /** Float64: the part of a row's numbers that belongs to one thread and ends with it. */
  readonly own: number;
}

/** The memory behind a {@link RowMemory} that threads share. Hand it to each of them. */
export interface RowShare {
  readonly names: NamesMemory;
  readonly ints: readonly SharedArrayBuffer[];
  readonly reals: readonly SharedArrayBuffer[];
  /** By thread. */
  readonly own: readonly SharedArrayBuffer[];
}

/** How one thread reaches a share. */
export interface RowAccess {
  readonly share: RowShare;
  readonly lock: SharedLock;
  /** This thread's number, from 0. */
  readonly thread: number;
}

/** How many rows threads have room for, and the mean length of a name. The system gives memory only to what is used. */
const mostRows = 262_144;
const meanNameBytes = 64;
/** Room in the beginning. */
const firstRows = 16;

/**
 * Rows of numbers by name, in flat arrays: a thread's own, or shared between threads. Larger arrays replace them as rows are added; see
 * {@link ensure}.
 */
export class RowMemory {
  readonly #layout: RowLayout;
  readonly #access: RowAccess | undefined;
  readonly #names: SharedNames | undefined;
  readonly #privateNames = new Map<string, number>();
  #capacity = 0;
  /** In the layout's order, like {@link reals}. */
  ints: readonly Int32Array[] = [];
  reals: readonly Float64Array[] = [];
  /** This thread's part. Undefined when no other thread shares the rows. */
  own: Float64Array | undefined;

  /** @param access To rows that threads share. Omit it for rows of this thread alone. */
  constructor(layout: RowLayout, access?: RowAccess) {
    this.#layout = layout;
    this.#access = access;
    this.#names = access && new SharedNames(access.share.names, mostRows, access.lock);
    this.#take(access === undefined ? firstRows : Math.max(this.count, firstRows));
  }

  /** Memory for rows on so many threads. */
  static share(layout: RowLayout, threads: number): RowShare {
    const reserve = (bytes: number): SharedArrayBuffer =>
      new SharedArrayBuffer(firstRows * bytes, { maxByteLength: mostRows * Math.max(bytes, 1) });
    return {
      names: SharedNames.memory(mostRows, meanNameBytes),
      ints: layout.ints.map((length) => reserve(length * Int32Array.BYTES_PER_ELEMENT)),
      reals: layout.reals.map((length) => reserve(length * Float64Array.BYTES_PER_ELEMENT)),
      own: Array.from({ length: threads }, () => reserve(layout.own * Float64Array.BYTES_PER_ELEMENT)),
    };
  }

  /** Undefined when no other thread shares the rows. */
  get lock(): SharedLock | undefined {
    return this.#access?.lock;
  }

  /** How many rows there are, on all threads together. */
  get count(): number {
    return this.#names?.count ?? this.#privateNames.size;
  }

  /** In the order of the rows. */
  names(): readonly string[] {
    return this.#names?.all() ?? [...this.#privateNames.keys()];
  }

  /** @param onNew Called for a name that had no row, before another thread can see it. */
  rowOf(name: string, onNew: (row: number) => void): number {
    if (this.#names !== undefined) return this.#names.numberOf(name, onNew);
    const known = this.#privateNames.get(name);
    if (known !== undefined) return known;
    const row = this.#privateNames.size;
    onNew(row);
    this.#privateNames.set(name, row);
    return row;
  }

  /** Makes room for `rows` rows. @returns Whether the arrays were replaced. */
  ensure(rows: number): boolean {
    if (rows <= this.#capacity) return false;
    this.#take(Math.max(rows, this.#capacity * 2));
    return true;
  }

  /** Drops the part of a thread that has died. @returns What the other threads have together, row by row as in {@link own}. */
  ownWithout(thread: number): Float64Array {
    const sums = new Float64Array(this.#capacity * this.#layout.own);
    this.#access?.share.own.forEach((buffer, index) => {
      const values = new Float64Array(buffer, 0, Math.floor(buffer.byteLength / Float64Array.BYTES_PER_ELEMENT));
      if (index === thread) values.fill(0);
      for (let at = 0; at < Math.min(values.length, sums.length); at++) sums[at] = (sums[at] ?? 0) + (values[at] ?? 0);
    });
    return sums;
  }

  #take(rows: number): void {
    const { ints, reals, own } = this.#layout;
    if (this.#access === undefined) {
      this.ints = ints.map((length, index) => enlarged(new Int32Array(rows * length), this.ints[index]));
      this.reals = reals.map((length, index) => enlarged(new Float64Array(rows * length), this.reals[index]));
    } else {
      const { share, lock, thread } = this.#access;
      const fits = Math.min(rows, mostRows);
      lock.lock();
      try {
        this.ints = ints.map(
          (length, index) => new Int32Array(grown(share.ints[index], fits * length * Int32Array.BYTES_PER_ELEMENT), 0, fits * length),
        );
        this.reals = reals.map(
          (length, index) => new Float64Array(grown(share.reals[index], fits * length * Float64Array.BYTES_PER_ELEMENT), 0, fits * length),
        );
        this.own = new Float64Array(grown(share.own[thread], fits * own * Float64Array.BYTES_PER_ELEMENT), 0, fits * own);
      } finally {
        lock.unlock();
      }
    }
    this.#capacity = rows;
  }
}

function enlarged<Values extends Int32Array | Float64Array>(values: Values, before: Values | undefined): Values {
  if (before !== undefined) values.set(before);
  return values;
}

function grown(buffer: SharedArrayBuffer | undefined, bytes: number): SharedArrayBuffer {
  if (buffer === undefined) throw new RangeError("the shared rows have fewer arrays, or threads, than their user");
  if (bytes > buffer.byteLength) buffer.grow(bytes);
  return buffer;
}
