import type { Clock, Timer } from "../lib/clock.ts";

/** A call that waits for capacity. */
export interface Waiter {
  /** The group that it waits for. */
  readonly group: string;
  readonly priority: number;
  /** When it must have its turn, on the router's clock. */
  readonly until: number;
  readonly arrivedAt: number;
  /** Tries to go ahead. @returns Whether it did; if not, when (on the clock) capacity is expected at the earliest. */
  tryNow(): true | number | undefined;
  giveUp(): void;
}

/** With each such span of waiting a call counts as one step of priority better, so that nobody waits for ever behind the important. */
const ageingMs = 10_000;

/**
 * Calls that wait for capacity: first by priority, then by deadline, then by arrival. Woken when an attempt ends and when a limit
 * is known to give way.
 */
export class WaitQueue {
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #timer: Timer | undefined;
  #wakePlanned = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get length(): number {
    return this.#waiters.size;
  }

  /** @param expectedAt When capacity is expected at the earliest; undefined: with the end of some attempt. */
  add(waiter: Waiter, expectedAt: number | undefined): void {
    this.#waiters.add(waiter);
    this.#arm(Math.min(expectedAt ?? Number.POSITIVE_INFINITY, waiter.until));
  }

  remove(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    if (this.#waiters.size === 0) this.#disarm();
  }

  /** Whether somebody has waited for this group so long that new calls have to stand behind. */
  isHeld(group: string): boolean {
    if (this.#waiters.size === 0) return false;
    const now = this.#clock.now();
    for (const waiter of this.#waiters) if (waiter.group === group && this.#isOld(waiter, now)) return true;
    return false;
  }

  #isOld(waiter: Waiter, now: number): boolean {
    return now - waiter.arrivedAt > ageingMs;
  }

  /** An attempt has ended: lets those go ahead who can, in a step of its own. */
  wake(): void {
    if (this.#waiters.size === 0 || this.#wakePlanned) return;
    this.#wakePlanned = true;
    queueMicrotask(() => {
      this.#wakePlanned = false;
      this.#run();
    });
  }

  #run(): void {
    this.#disarm();
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    const held = new Set<string>();
    for (const waiter of this.#inOrder(now)) {
      if (!this.#waiters.has(waiter)) continue;
      if (now >= waiter.until) {
        this.#waiters.delete(waiter);
        waiter.giveUp();
        continue;
      }
      // Who needs much would wait for ever while others take each bit that comes free: from a certain age on, nobody passes it.
      const gone = held.has(waiter.group) ? undefined : waiter.tryNow();
      if (gone === true) this.#waiters.delete(waiter);
      else if (this.#isOld(waiter, now)) held.add(waiter.group);
      if (gone !== true) next = Math.min(next, gone ?? Number.POSITIVE_INFINITY, waiter.until);
    }
    this.#arm(next);
  }

  #inOrder(now: number): readonly Waiter[] {
    const rank = (waiter: Waiter): number => waiter.priority - (now - waiter.arrivedAt) / ageingMs;
    return [...this.#waiters].toSorted((a, b) => rank(a) - rank(b) || a.until - b.until || a.arrivedAt - b.arrivedAt);
  }

  #nextAt = Number.POSITIVE_INFINITY;

  #arm(at: number): void {
    if (at === Number.POSITIVE_INFINITY || (this.#timer !== undefined && this.#nextAt <= at)) return;
    this.#disarm();
    this.#nextAt = at;
    this.#timer = this.#clock.schedule(at - this.#clock.now(), () => {
      this.#timer = undefined;
      this.#run();
    });
  }

  #disarm(): void {
    this.#clock.cancel(this.#timer);
    this.#timer = undefined;
    this.#nextAt = Number.POSITIVE_INFINITY;
  }
}
