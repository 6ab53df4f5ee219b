import type { LeaseAnswer, LeaseStore, PotEntry } from "./lease-store.ts";
import type { SenderState } from "./pot-message.ts";
import type { EpochState, PotState } from "./pot-state.ts";
import { emptyPot, syncPot, tellingMs } from "./sync-pot.ts";

/** A store in this process, for simulations: the same rules as the script of the real one. */
export class MemoryStore implements LeaseStore {
  readonly pots = new Map<string, PotState>();
  readonly #now: () => number;
  #epoch: EpochState | undefined;
  #run: string;

  /** @param now Its own clock, in milliseconds. @param run What it calls its present run. */
  constructor(now: () => number, run: string) {
    this.#now = now;
    this.#run = run;
  }

  /** It begins anew: empty, or with what it had. */
  restart(run: string, isEmpty: boolean): void {
    this.#run = run;
    if (!isEmpty) return;
    this.#epoch = undefined;
    this.pots.clear();
  }

  /** What {@link sync} does, at once. */
  syncNow(sender: SenderState, entries: readonly PotEntry[]): LeaseAnswer {
    const storeMs = this.#now();
    if (this.#epoch?.run !== this.#run) this.#epoch = { run: this.#run, since: storeMs, isLater: this.#epoch !== undefined };
    const epoch = this.#epoch;
    if (sender.knownRun !== "" && sender.knownRun !== epoch.run) epoch.isLater = true;
    const replies = entries.map(({ id, message }) => {
      let pot = this.pots.get(id);
      if (pot === undefined) this.pots.set(id, (pot = emptyPot()));
      // Another run has another clock.
      const acknowledged = sender.knownRun === epoch.run ? sender.acknowledged : 0;
      return syncPot(pot, epoch, { ...sender, acknowledged }, message, storeMs);
    });
    return { run: this.#run, storeMs, isWaiting: storeMs - epoch.since < tellingMs, replies };
  }

  sync(sender: SenderState, entries: readonly PotEntry[]): Promise<LeaseAnswer> {
    return Promise.resolve(this.syncNow(sender, entries));
  }
}
