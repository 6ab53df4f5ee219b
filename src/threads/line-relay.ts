import type { Clock, Timer } from "../lib/clock.ts";

/** How long lines are gathered: sooner than people look. */
const gatherMs = 50;
const fullBatch = 64;

/** Hands a thread's log lines to the first thread, which writes for all. The lines of two writers would run into each other. */
export class LineRelay {
  readonly #clock: Clock;
  readonly #send: (lines: readonly string[]) => void;
  #lines: string[] = [];
  #timer: Timer | undefined;

  constructor(clock: Clock, send: (lines: readonly string[]) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  write(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length >= fullBatch) this.flush();
    else this.#timer ??= this.#clock.schedule(gatherMs, () => this.flush());
  }

  /** Sends what would be sent later. */
  flush(): void {
    this.#clock.cancel(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0) return;
    this.#send(this.#lines);
    this.#lines = [];
  }
}
