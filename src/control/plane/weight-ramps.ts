import type { Clock, Timer } from "../../lib/clock.ts";
import type { WeightMove } from "../state/control-state.ts";
import { arrivesAt } from "../state/weight-move.ts";

/** How often a weight is moved on. Finer steps would not be seen. */
const tickMs = 1_000;

/** How many steps a slow move has at most. Each costs a new table, and finer ones are lost in the noise of picks. */
const mostSteps = 500;

/** Calls back when moving weights are to be moved on. */
export class WeightRamps {
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #onTick: () => void;
  #timer: Timer | undefined;

  /** @param now The moment that moves go by, in milliseconds since the Unix epoch. */
  constructor(clock: Clock, now: () => number, onTick: () => void) {
    this.#clock = clock;
    this.#now = now;
    this.#onTick = onTick;
  }

  /** @param moves Takes the place of those of before. Moves that have arrived are ignored. */
  follow(moves: Iterable<WeightMove>): void {
    this.stop();
    const now = this.#now();
    let waitMs = Number.POSITIVE_INFINITY;
    for (const move of moves) {
      const leftMs = arrivesAt(move) - now;
      if (leftMs > 0) waitMs = Math.min(waitMs, leftMs, Math.max(tickMs, move.overMs / mostSteps));
    }
    if (waitMs === Number.POSITIVE_INFINITY) return;
    // Timers may be early by a fraction of a millisecond, and a move that is short of its end by that much would need another one.
    this.#timer = this.#clock.schedule(Math.ceil(waitMs), () => this.#onTick());
  }

  stop(): void {
    this.#clock.cancel(this.#timer);
    this.#timer = undefined;
  }
}
