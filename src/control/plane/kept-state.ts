import { RouterError } from "../../core/errors.ts";
import type { Clock, Timer } from "../../lib/clock.ts";
import type { OneAtATime } from "../../lib/one-at-a-time.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { ControlState, Spend } from "../state/control-state.ts";
import type { StateContent } from "../state/state-json.ts";
import type { StateStore } from "../state/state-store.ts";

interface KeptStateOptions {
  readonly content: StateContent;
  readonly store: StateStore;
  readonly clock: Clock;
  /** What writes wait for: a state is not written while another one is. */
  readonly queue: OneAtATime;
  onWarning(message: string): void;
}

/** What keys have spent is written so long after it changed: a crash forgets no more. */
const spendDelayMs = 2_000;

/** The state as it is on disk, and what keys have spent, which is written with it. */
export class KeptState {
  readonly #options: KeptStateOptions;
  #state: ControlState;
  #spend: Spend;
  #spendTimer: Timer | undefined;
  #closed = false;

  constructor(options: KeptStateOptions) {
    this.#options = options;
    this.#state = options.content.state;
    this.#spend = options.content.spend;
  }

  get state(): ControlState {
    return this.#state;
  }

  /** The path of the file. Undefined when the state lasts until the server stops. */
  get path(): string | undefined {
    return this.#options.store.path;
  }

  get spend(): Spend {
    return this.#spend;
  }

  /** Makes a state the present one, under the next revision, once it is on disk. To be called from within the queue. */
  async keep(next: ControlState): Promise<Result<undefined, RouterError>> {
    if (next === this.#state) return ok(undefined);
    const state = { ...next, revision: this.#state.revision + 1 };
    const written = await this.#write(state);
    if (!written.ok) return err(new RouterError("internal", `Nothing was changed: ${written.error}.`));
    this.#state = state;
    return ok(undefined);
  }

  /** Keeps what all keys have spent, soon. */
  saveSpend(spend: Spend): void {
    this.#spend = spend;
    if (this.#closed) return;
    this.#spendTimer ??= this.#options.clock.schedule(spendDelayMs, () => void this.#writeSpend());
  }

  /** Resolves when everything is on disk, the last spend included. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#spendTimer !== undefined) await this.#writeSpend();
    await this.#options.queue.idle();
  }

  #write(state: ControlState): Promise<Result<undefined, string>> {
    const { store, content } = this.#options;
    return store.write({ state, spend: this.#spend, idSecret: content.idSecret });
  }

  #writeSpend(): Promise<void> {
    const { clock, queue } = this.#options;
    clock.cancel(this.#spendTimer);
    this.#spendTimer = undefined;
    return queue.run(async () => {
      const written = await this.#write(this.#state);
      if (!written.ok) this.#options.onWarning(`what keys have spent is not kept: ${written.error}`);
    });
  }
}
