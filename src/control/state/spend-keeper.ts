import type { Clock, Timer } from "../../lib/clock.ts";

/** Calls that end within this time are written down together. */
const togetherMs = 1_000;

/** Sees to it that what keys have spent is kept, soon after a call of theirs has ended. */
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
