import type { Clock, Timer } from "../../lib/clock.ts";
import type { LeaseSignals } from "../state/lease-signals.ts";

/** A store that has not answered for so long is not waited for. */
const longestWaitMs = 250;

/** Where a call's wait is accounted for. */
interface WaitAccount {
  elsewhereMs: number;
  queued(ms: number): void;
}

/** A wait that has not ended. */
interface LeaseWait {
  cancel(): void;
}

/**
 * Calls that lack something of a limit that nodes share, while the store is asked for it. Others never wait for the store: a node holds what it is
 * likely to need. All of a thread's look again when the store has answered.
 */
export class LeaseWaits {
  readonly #clock: Clock;
  readonly #signals: LeaseSignals;
  readonly #waits = new Map<() => void, () => boolean>();
  #isListening = false;

  constructor(clock: Clock, signals: LeaseSignals) {
    this.#clock = clock;
    this.#signals = signals;
  }

  /** Until when a call may wait in all that begins to now. */
  latest(): number {
    return this.#clock.now() + longestWaitMs;
  }

  /**
   * Begins a wait of a call.
   * @param isAsked Whether what it lacks is still being asked for: the store may have to hear from other nodes first.
   * @param until When it is to end at the latest; see {@link latest}.
   * @param onOver Called once, in a later turn: the store has answered, or is not waited for any longer.
   */
  begin(accounting: WaitAccount, until: number, isAsked: () => boolean, onOver: () => void): LeaseWait {
    const begunAt = this.#clock.now();
    let timer: Timer | undefined;
    const over = (): void => {
      this.#waits.delete(over);
      this.#clock.cancel(timer);
      const waitedMs = this.#clock.now() - begunAt;
      accounting.elsewhereMs += waitedMs;
      accounting.queued(waitedMs);
      onOver();
    };
    timer = this.#clock.schedule(until - begunAt, over);
    this.#waits.set(over, isAsked);
    void this.#listen();
    return {
      cancel: () => {
        this.#waits.delete(over);
        this.#clock.cancel(timer);
      },
    };
  }

  async #listen(): Promise<void> {
    if (this.#isListening) return;
    this.#isListening = true;
    const { answered } = this.#signals;
    let heard = answered.count;
    while (this.#waits.size > 0) {
      await answered.raisedAfter(heard);
      heard = answered.count;
      for (const [over, isAsked] of Array.from(this.#waits)) if (!isAsked()) over();
    }
    this.#isListening = false;
  }
}
