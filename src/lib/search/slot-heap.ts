/** A binary heap of numbered slots: the lowest key first, of equal keys the lower number. Allocates only when it is created. */
export class SlotHeap {
  readonly #slots: Uint32Array;
  readonly #keys: Float64Array;
  /** By slot, its place in the heap; -1 when it is not there. */
  readonly #places: Int32Array;
  #size = 0;

  /** @param slots How many there are, numbered from 0. The heap begins empty. */
  constructor(slots: number) {
    this.#slots = new Uint32Array(slots);
    this.#keys = new Float64Array(slots);
    this.#places = new Int32Array(slots).fill(-1);
  }

  /** A heap of its own that holds the same. */
  copy(): SlotHeap {
    const same = new SlotHeap(this.#slots.length);
    same.#slots.set(this.#slots);
    same.#keys.set(this.#keys);
    same.#places.set(this.#places);
    same.#size = this.#size;
    return same;
  }

  /** How many slots are in the heap. */
  get size(): number {
    return this.#size;
  }

  /** Infinity when empty. */
  get lowestKey(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#keys[this.#slots[0] ?? 0] ?? 0);
  }

  /** @param slot One that is not in the heap. */
  push(slot: number, key: number): void {
    this.#keys[slot] = key;
    this.#put(this.#size, slot);
    this.#size += 1;
    this.#rise(slot);
  }

  /** Takes out the slot with the lowest key. @returns -1 when empty. */
  pop(): number {
    if (this.#size === 0) return -1;
    const slot = this.#slots[0] ?? 0;
    this.remove(slot);
    return slot;
  }

  /** Does nothing when the slot is not in the heap. */
  remove(slot: number): void {
    const place = this.#places[slot] ?? -1;
    if (place < 0) return;
    this.#places[slot] = -1;
    this.#size -= 1;
    if (place === this.#size) return;
    const last = this.#slots[this.#size] ?? 0;
    this.#put(place, last);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(slot: number): void {
    let place = this.#places[slot] ?? 0;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      const above = this.#slots[parent] ?? 0;
      if (!this.#isBefore(slot, above)) break;
      this.#put(place, above);
      place = parent;
    }
    this.#put(place, slot);
  }

  #sink(slot: number): void {
    let place = this.#places[slot] ?? 0;
    for (let child = 2 * place + 1; child < this.#size; child = 2 * place + 1) {
      let below = this.#slots[child] ?? 0;
      const right = this.#slots[child + 1] ?? 0;
      if (child + 1 < this.#size && this.#isBefore(right, below)) {
        below = right;
        child += 1;
      }
      if (!this.#isBefore(below, slot)) break;
      this.#put(place, below);
      place = child;
    }
    this.#put(place, slot);
  }

  #put(place: number, slot: number): void {
    this.#slots[place] = slot;
    this.#places[slot] = place;
  }

  #isBefore(one: number, other: number): boolean {
    const first = this.#keys[one] ?? 0;
    const second = this.#keys[other] ?? 0;
    return first < second || (first === second && one < other);
  }
}
