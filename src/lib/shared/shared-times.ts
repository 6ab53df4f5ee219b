import type { SharedLock } from "./shared-lock.ts";

/** Places for one hash: when all are taken, a new name takes the one that was set longest ago. */
const ways = 8;
/** Int32 of a place: the two halves of its name's hash, both zero where it is free. */
const intsPerPlace = 2;
/** Float64 of a place: the moment that is remembered, and when it was. */
const realsPerPlace = 2;

/** Memory of {@link SharedTimes}: zero in the beginning. */
export interface TimesMemory {
  readonly hashes: SharedArrayBuffer;
  readonly times: SharedArrayBuffer;
  /** Random, so that names that share a hash cannot be made on purpose. */
  readonly seeds: readonly [number, number];
}

/** Moments by name, the same on all threads. Bounded: what was set longest ago is forgotten first, by and large. */
export class SharedTimes {
  readonly #lock: SharedLock;
  readonly #hashes: Int32Array;
  readonly #times: Float64Array;
  readonly #seeds: readonly [number, number];
  readonly #sets: number;

  constructor({ hashes, times, seeds }: TimesMemory, lock: SharedLock) {
    this.#lock = lock;
    this.#hashes = new Int32Array(hashes);
    this.#times = new Float64Array(times);
    this.#seeds = seeds;
    this.#sets = this.#hashes.length / (ways * intsPerPlace);
  }

  /**
   * @param most How many names to remember, roughly.
   * @param seeds Two random whole numbers.
   */
  static memory(most: number, seeds: readonly [number, number]): TimesMemory {
    const places = Math.ceil(most / ways) * ways;
    return {
      hashes: new SharedArrayBuffer(places * intsPerPlace * Int32Array.BYTES_PER_ELEMENT),
      times: new SharedArrayBuffer(places * realsPerPlace * Float64Array.BYTES_PER_ELEMENT),
      seeds,
    };
  }

  get(name: string): number | undefined {
    const { low, high, set } = this.#hash(name);
    this.#lock.lock();
    try {
      const place = this.#find(low, high, set);
      return place === undefined ? undefined : this.#times[place * realsPerPlace];
    } finally {
      this.#lock.unlock();
    }
  }

  /** @param now The time on the caller's clock, not earlier than in any call before. */
  set(name: string, time: number, now: number): void {
    const { low, high, set } = this.#hash(name);
    this.#lock.lock();
    try {
      const place = this.#find(low, high, set) ?? this.#oldest(set);
      this.#hashes[place * intsPerPlace] = low;
      this.#hashes[place * intsPerPlace + 1] = high;
      this.#times[place * realsPerPlace] = time;
      this.#times[place * realsPerPlace + 1] = now;
    } finally {
      this.#lock.unlock();
    }
  }

  /** How many names are remembered. */
  get size(): number {
    let size = 0;
    for (let at = 0; at < this.#hashes.length; at += intsPerPlace) if (this.#hashes[at] !== 0 || this.#hashes[at + 1] !== 0) size++;
    return size;
  }

  #find(low: number, high: number, set: number): number | undefined {
    for (let place = set * ways; place < (set + 1) * ways; place++) {
      if (this.#hashes[place * intsPerPlace] === low && this.#hashes[place * intsPerPlace + 1] === high) return place;
    }
    return undefined;
  }

  /** A free place has the oldest time there is. */
  #oldest(set: number): number {
    let oldest = set * ways;
    for (let place = oldest + 1; place < (set + 1) * ways; place++) {
      if ((this.#times[place * realsPerPlace + 1] ?? 0) < (this.#times[oldest * realsPerPlace + 1] ?? 0)) oldest = place;
    }
    return oldest;
  }

  #hash(name: string): { readonly low: number; readonly high: number; readonly set: number } {
    let [low, high] = this.#seeds;
    for (let at = 0; at < name.length; at++) {
      const code = name.charCodeAt(at);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ code, 0x85ebca6b) ^ (high >>> 15);
    }
    // Never both zero.
    return { low: low | 0, high: high | 1, set: (low >>> 0) % this.#sets };
  }
}
