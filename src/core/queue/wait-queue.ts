import type { Clock, Timer } from "../../lib/clock.ts";
import type { SharedSignal } from "../../lib/shared/shared-signal.ts";
import { GroupQueue } from "./group-queue.ts";
import type { QueuePlace } from "./tenant-queue.ts";
import type { Waiter } from "./waiter.ts";

/** What the queues of several threads share. */
export interface QueueAccess {
  /** How many wait, by thread. */
  readonly waiting: Int32Array;
  readonly thread: number;
  /** Raised when an attempt has ended while others wait. */
  readonly ended: Pick<SharedSignal, "raise" | "count" | "raisedAfter">;
}

/**
 * Calls that wait for capacity, by group; `group-queue.ts` has their order. Woken when an attempt ends, on whichever thread, and when a limit is known
 * to give way. The order holds within a thread.
 */
export class WaitQueue {
  readonly #clock: Clock;
  readonly #access: QueueAccess | undefined;
  readonly #groups = new Map<string, GroupQueue>();
  readonly #places = new Map<Waiter, QueuePlace>();
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
    if (access === undefined) return this.#places.size;
    let sum = 0;
    for (let thread = 0; thread < access.waiting.length; thread++) sum += Atomics.load(access.waiting, thread);
    return sum;
  }

  /** Takes the calls of a thread that died out of the count. */
  forget(thread: number): void {
    if (this.#access !== undefined) Atomics.store(this.#access.waiting, thread, 0);
  }

  /** Whether calls wait for this group: a new one takes its turn among them. */
  waitsFor(group: string): boolean {
    return this.#places.size > 0 && this.#groups.has(group);
  }

  /** Whether a call has waited for this group for so long that no other of its tenant's passes it. */
  isHeld(group: string): boolean {
    return this.#groups.get(group)?.isHeld(this.#clock.now()) === true;
  }

  /** How long a call is likely to wait, in milliseconds, as far as those that have left tell; 0 while they tell nothing. */
  expectedMs(waiter: Waiter): number {
    return this.#groups.get(waiter.group)?.expectedMs(waiter, this.#clock.now()) ?? 0;
  }

  /** Lets a call take its turn now among those that wait. @returns Whether it has gone. If not, it is not in the queue. */
  offer(waiter: Waiter): boolean {
    this.#insert(waiter);
    this.#runGroup(waiter.group);
    const stays = this.#places.has(waiter);
    if (stays) this.#take(waiter);
    if (this.#places.size === 0) this.#disarm();
    return !stays;
  }

  /** @param expectedAt When capacity is expected at the earliest. Undefined when only the end of an attempt can bring it. */
  add(waiter: Waiter, expectedAt: number | undefined): void {
    this.#insert(waiter);
    this.#arm(Math.min(expectedAt ?? Number.POSITIVE_INFINITY, waiter.until));
    if (this.#access === undefined) return;
    void this.#listen(this.#access);
    // An attempt that ended elsewhere between this call's look and its place in the queue did not wake it.
    this.#wakeOwn();
  }

  /** Makes room for a call of a tenant that has fewer waiting than another, whose last call gives up. @returns Whether there is room now. */
  makeRoom(group: string, tenant: string): boolean {
    const place = this.#groups.get(group)?.owedTo(tenant, this.#clock.now());
    if (place === undefined || !this.#take(place.waiter)) return false;
    place.waiter.giveUp();
    return true;
  }

  /** Takes a call out. Ignored when it is not in the queue. */
  remove(waiter: Waiter): void {
    if (this.#take(waiter) && this.#places.size === 0) this.#disarm();
  }

  #insert(waiter: Waiter): void {
    let group = this.#groups.get(waiter.group);
    if (group === undefined) this.#groups.set(waiter.group, (group = new GroupQueue(this.#onLeft)));
    this.#places.set(waiter, group.add(waiter, this.#clock.now()));
    this.#tellLength();
  }

  /** @returns Whether it was there. */
  #take(waiter: Waiter): boolean {
    const place = this.#places.get(waiter);
    if (place === undefined) return false;
    this.#groups.get(waiter.group)?.remove(place);
    this.#onLeft(waiter);
    return true;
  }

  readonly #onLeft = (waiter: Waiter): void => {
    this.#places.delete(waiter);
    if (this.#groups.get(waiter.group)?.length === 0) this.#groups.delete(waiter.group);
    this.#tellLength();
  };

  /** Called when an attempt has ended: lets calls go ahead that can, in a microtask. */
  wake(): void {
    this.#wakeOthers();
    this.#wakeOwn();
  }

  #wakeOwn(): void {
    if (this.#places.size === 0 || this.#wakePlanned) return;
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
    while (this.#places.size > 0) {
      await ended.raisedAfter(heard);
      heard = ended.count;
      this.#run();
    }
    this.#isListening = false;
  }

  #tellLength(): void {
    if (this.#access !== undefined) Atomics.store(this.#access.waiting, this.#access.thread, this.#places.size);
  }

  #run(): void {
    this.#disarm();
    for (const name of this.#groups.keys()) this.#runGroup(name);
  }

  #runGroup(name: string): void {
    const group = this.#groups.get(name);
    if (group !== undefined) this.#arm(group.run(this.#clock.now()));
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
