import type { Clock, Timer } from "../../lib/clock.ts";

/** What calls that end within this time have spent is kept together. */
const togetherMs = 1_000;

/** Has what keys have spent kept, soon after one of their calls has ended. */
export class SpendKeeper {
  readonly #clock: Clock;
  #save: (() => void) | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param save Keeps what is spent by now. Calls that end before are not kept. */
  begin(save: () => void): void {
    this.#save = save;
  }

  callEnded({ call }: { readonly call: { readonly caller: unknown } }): void {
    if (call.caller === undefined) return;
    this.#timer ??= this.#clock.schedule(togetherMs, () => this.#now());
  }

  /** Keeps what would have been kept later. */
  flush(): void {
    if (this.#timer === undefined) return;
    this.#clock.cancel(this.#timer);
    this.#now();
  }

  #now(): void {
    this.#timer = undefined;
    this.#save?.();
  }
}
