import type { Clock, Timer } from "../../lib/clock.ts";
import type { SharedSignal } from "../../lib/shared/shared-signal.ts";

/** A call that waits for capacity. */
export interface Waiter {
  /** The group that it waits for. */
  readonly group: string;
  readonly priority: number;
  /** When it must have had its turn, on the router's clock. */
  readonly until: number;
  /** On the router's clock. */
  readonly arrivedAt: number;
  /** Tries to go ahead. @returns true when it did; otherwise when (on the clock) capacity is expected at the earliest, where known. */
  tryNow(): true | number | undefined;
  /** Called once when its time has run out. */
  giveUp(): void;
}

/** With each such span of waiting a call counts as one step of priority better, so that no call waits for ever behind important ones. */
const ageingMs = 10_000;

/** What the queues of several threads share. */
export interface QueueAccess {
  /** How many wait, by thread. */
  readonly waiting: Int32Array;
  readonly thread: number;
  /** Raised when an attempt has ended while others wait. */
  readonly ended: Pick<SharedSignal, "raise" | "count" | "raisedAfter">;
}

/**
 * Calls that wait for capacity: first by priority, then by deadline, then by arrival. Woken when an attempt ends, on whichever thread, and
 * when a limit is known to give way. The order holds within a thread.
 */
export class WaitQueue {
  readonly #clock: Clock;
  readonly #access: QueueAccess | undefined;
  readonly #waiters = new Set<Waiter>();
  #isListening = false;
  #timer: Timer | undefined;
  #wakePlanned = false;

  /** @param access To the other threads' queues. Omit it when there are none. */
  constructor(clock: Clock, access?: QueueAccess) {
    this.#clock = clock;
    this.#access = access;
  }

  /** How many wait, on all threads together. */
  get length(): number {
    const access = this.#access;
    if (access === undefined) return this.#waiters.size;
    let sum = 0;
    for (let thread = 0; thread < access.waiting.length; thread++) sum += Atomics.load(access.waiting, thread);
    return sum;
  }

  /** Takes the calls of a thread that died out of the count. */
  forget(thread: number): void {
    if (this.#access !== undefined) Atomics.store(this.#access.waiting, thread, 0);
  }

  /** @param expectedAt When capacity is expected at the earliest. Undefined when only the end of an attempt can bring it. */
  add(waiter: Waiter, expectedAt: number | undefined): void {
    this.#waiters.add(waiter);
    this.#tellLength();
    this.#arm(Math.min(expectedAt ?? Number.POSITIVE_INFINITY, waiter.until));
    if (this.#access === undefined) return;
    void this.#listen(this.#access);
    // An attempt that ended elsewhere between this call's look and its place in the queue did not wake it.
    this.#wakeOwn();
  }

  /** Takes a call out. Ignored when it is not in the queue. */
  remove(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    this.#tellLength();
    if (this.#waiters.size === 0) this.#disarm();
  }

  /** Whether a call has waited for this group so long that new calls have to stand behind it. */
  isHeld(group: string): boolean {
    if (this.#waiters.size === 0) return false;
    const now = this.#clock.now();
    for (const waiter of this.#waiters) if (waiter.group === group && this.#isOld(waiter, now)) return true;
    return false;
  }

  #isOld(waiter: Waiter, now: number): boolean {
    return now - waiter.arrivedAt > ageingMs;
  }

  /** Called when an attempt has ended: lets calls go ahead that can, in a microtask. */
  wake(): void {
    this.#wakeOthers();
    this.#wakeOwn();
  }

  #wakeOwn(): void {
    if (this.#waiters.size === 0 || this.#wakePlanned) return;
    this.#wakePlanned = true;
    queueMicrotask(() => {
      this.#wakePlanned = false;
      this.#run();
    });
  }

  /** Has other threads look again when calls wait there. */
  #wakeOthers(): void {
    const access = this.#access;
    if (access === undefined) return;
    for (let thread = 0; thread < access.waiting.length; thread++) {
      if (thread === access.thread || Atomics.load(access.waiting, thread) === 0) continue;
      access.ended.raise();
      return;
    }
  }

  /** Looks again whenever another thread says so, as long as calls wait here. */
  async #listen({ ended }: QueueAccess): Promise<void> {
    if (this.#isListening) return;
    this.#isListening = true;
    let heard = ended.count;
    while (this.#waiters.size > 0) {
      await ended.raisedAfter(heard);
      heard = ended.count;
      this.#run();
    }
    this.#isListening = false;
  }

  #tellLength(): void {
    if (this.#access !== undefined) Atomics.store(this.#access.waiting, this.#access.thread, this.#waiters.size);
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
      // A call that needs much would wait for ever while others take each bit that comes free: from a certain age on, none passes it.
      const gone = held.has(waiter.group) ? undefined : waiter.tryNow();
      if (gone === true) this.#waiters.delete(waiter);
      else if (this.#isOld(waiter, now)) held.add(waiter.group);
      if (gone !== true) next = Math.min(next, gone ?? Number.POSITIVE_INFINITY, waiter.until);
    }
    this.#tellLength();
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
