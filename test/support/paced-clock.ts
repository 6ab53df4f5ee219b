import { FakeClock } from "./fake-clock.ts";

const stepMs = 10;
const pauseMs = 2;

/**
 * Virtual time that runs by itself, one step for each turn in which this process got to all that was ready for it. Where the processor is
 * shared it runs slowly, as everything does then; so nothing is late that would not be late alone. For tests over real sockets whose
 * parties all live in this process and on this clock.
 */
export class PacedClock extends FakeClock {
  readonly #pacer = setInterval(() => this.advance(stepMs), pauseMs);

  stop(): void {
    clearInterval(this.#pacer);
  }
}
