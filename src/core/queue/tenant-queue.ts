import { ageingMs, stepsOf, type Waiter } from "./waiter.ts";

/** Short calls, usual ones and long ones, by what they are expected to use. */
export type SizeClass = 0 | 1 | 2;

/** A call's place among those of its tenant. */
export interface QueuePlace {
  readonly waiter: Waiter;
  /** Of the prompt and the answer together, at least 1. */
  readonly tokens: number;
  readonly size: SizeClass;
}

/**
 * Calls of one tenant that wait for one group: first by priority, which waiting raises, then shorter classes before longer ones, then by deadline,
 * then by arrival.
 */
export class TenantQueue {
  readonly name: string;
  /** Tokens of its calls that have gone, counted on from what others had when it came. */
  served: number;
  /** Since when no call of its has gone. */
  turnSince: number;
  /** Of all that wait here. */
  tokens = 0;
  #places: QueuePlace[] = [];
  /** Until when the order holds: then a call has waited for a step of priority more. */
  #orderedUntil = Number.NEGATIVE_INFINITY;

  constructor(name: string, served: number, now: number) {
    this.name = name;
    this.served = served;
    this.turnSince = now;
  }

  get length(): number {
    return this.#places.length;
  }

  /** Those that wait, in any order. */
  get places(): readonly QueuePlace[] {
    return this.#places;
  }

  add(place: QueuePlace): void {
    this.#places.push(place);
    this.tokens += place.tokens;
    this.#orderedUntil = Number.NEGATIVE_INFINITY;
  }

  /** @returns Whether it was here. */
  remove(place: QueuePlace): boolean {
    const at = this.#places.indexOf(place);
    if (at === -1) return false;
    this.#places.splice(at, 1);
    this.tokens -= place.tokens;
    return true;
  }

  inOrder(now: number): readonly QueuePlace[] {
    if (now < this.#orderedUntil) return this.#places;
    this.#places.sort((a, b) => compare(a, b, now));
    let until = Number.POSITIVE_INFINITY;
    for (const { waiter } of this.#places) until = Math.min(until, nextStepAt(waiter, now));
    this.#orderedUntil = until;
    return this.#places;
  }

  /** The priority of its first call beside other tenants': each step of waiting without any turn makes it one better. */
  rank(now: number): number {
    return (this.inOrder(now)[0]?.waiter.priority ?? Number.POSITIVE_INFINITY) - stepsOf(now - this.turnSince);
  }

  /** Tokens of the calls that go before this one. */
  tokensBefore(place: QueuePlace, now: number): number {
    let sum = 0;
    for (const other of this.#places) if (other !== place && compare(other, place, now) <= 0) sum += other.tokens;
    return sum;
  }
}

function compare(a: QueuePlace, b: QueuePlace, now: number): number {
  return (
    standing(a.waiter, now) - standing(b.waiter, now) ||
    a.size - b.size ||
    a.waiter.until - b.waiter.until ||
    a.waiter.arrivedAt - b.waiter.arrivedAt
  );
}

function standing({ priority, arrivedAt }: Waiter, now: number): number {
  return priority - stepsOf(now - arrivedAt);
}

/** When a call's standing changes next. */
function nextStepAt({ arrivedAt }: Waiter, now: number): number {
  return arrivedAt + (stepsOf(now - arrivedAt) + 1) * ageingMs;
}
