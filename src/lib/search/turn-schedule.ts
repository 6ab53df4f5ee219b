import { SlotHeap } from "./slot-heap.ts";

/** Turns are sums of fractions such as 1/7: what is due within this much is due. */
const rounding = 1e-6;

/** No weight makes a slot wait for ever; a share this small of all is as good as none. */
const leastShare = 1e-12;

/**
 * Turns by weight, smooth, in logarithmic time: earliest eligible virtual deadline first (Stoica and Abdel-Wahab, 1995). A slot's share of the
 * turns comes as one turn for each `period`; the next one may not be taken before its period begins, and of those that have begun the one whose
 * ends first is taken. So no slot is ever ahead of or behind its share by a whole turn, however many slots there are.
 *
 * A slot that is not accepted when its turn comes loses this turn: it has nothing to catch up on later.
 */
export class TurnSchedule {
  readonly #periods: Float64Array;
  /** When a slot's next period begins, counted in turns. */
  readonly #begins: Float64Array;
  /** The slots whose period has begun, by its end. */
  #ready: SlotHeap;
  /** The others, by their period's begin. */
  #waiting: SlotHeap;
  #turn = 0;

  /**
   * @param weights Of the slots 0, 1, 2, …. When all are 0, all count alike.
   * @param credits How many turns a slot is behind its share to begin with, -1 … 1: what {@link credit} said of it elsewhere.
   */
  constructor(weights: readonly number[], credits: readonly number[]) {
    const { length } = weights;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    this.#periods = Float64Array.from(weights, (weight) => (total > 0 ? 1 / Math.max(weight / total, leastShare) : length));
    this.#begins = Float64Array.from(weights, (_, slot) => -(credits[slot] ?? 0) * (this.#periods[slot] ?? 1));
    this.#ready = new SlotHeap(length);
    this.#waiting = new SlotHeap(length);
    for (let slot = 0; slot < length; slot++) this.#waiting.push(slot, this.#begin(slot));
  }

  /** The turns that a slot is behind its share. */
  credit(slot: number): number {
    return (this.#turn - this.#begin(slot)) / this.#period(slot);
  }

  /** A schedule that goes on from where this one stands, to the last bit: its turns are those that this one would give. */
  copy(): TurnSchedule {
    const same = new TurnSchedule(Array.from(this.#periods), []);
    same.#periods.set(this.#periods);
    same.#begins.set(this.#begins);
    same.#ready = this.#ready.copy();
    same.#waiting = this.#waiting.copy();
    same.#turn = this.#turn;
    return same;
  }

  /**
   * Gives the next turn to the slot that it belongs to.
   * @param isAccepted Whether a slot can take its turn now.
   * @param patience How many slots may lose their turn.
   * @returns The slot; -1 when too many lost their turn.
   */
  next(isAccepted: (slot: number) => boolean, patience: number): number {
    for (let passed = 0; passed <= patience; passed++) {
      if (this.#ready.size === 0) this.#turn = Math.max(this.#turn, this.#waiting.lowestKey);
      while (this.#waiting.lowestKey <= this.#turn + rounding) {
        const begun = this.#waiting.pop();
        this.#ready.push(begun, this.#begin(begun) + this.#period(begun));
      }
      const slot = this.#ready.pop();
      this.#spend(slot);
      if (isAccepted(slot)) return slot;
    }
    return -1;
  }

  /** When a slot's next period ends, counted in turns: of two, the earlier one comes first. */
  deadline(slot: number): number {
    return this.#begin(slot) + this.#period(slot);
  }

  /** Gives a slot a turn out of order. Time moves on to it, so that others do not get in a row what they could not take meanwhile. */
  take(slot: number): void {
    this.#ready.remove(slot);
    this.#waiting.remove(slot);
    this.#turn = Math.max(this.#turn, this.#begin(slot));
    this.#spend(slot);
  }

  /** Takes a turn, and time goes on. Of what was missed for other reasons than the order of turns, one turn at most is kept. */
  #spend(slot: number): void {
    const period = this.#period(slot);
    this.#turn += 1;
    this.#begins[slot] = Math.max(this.#begin(slot) + period, this.#turn - period * (1 + rounding));
    this.#waiting.push(slot, this.#begin(slot));
  }

  #period(slot: number): number {
    return this.#periods[slot] ?? 1;
  }

  #begin(slot: number): number {
    return this.#begins[slot] ?? 0;
  }
}
