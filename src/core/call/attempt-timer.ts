import type { Clock, Timer } from "../../lib/clock.ts";
import type { AttemptBounds, BoundSetter } from "./attempt-bounds.ts";

/** What ran out. */
export interface TimeRunOut {
  readonly bound: "deadline" | "whole" | "content" | "gap" | "pause";
  readonly afterMs: number;
  readonly by: BoundSetter;
}

/** How long a caller may leave a stream paused without reading any of it. It is no fault of the deployment, whose connection it holds. */
const longestPauseMs = 600_000;

/**
 * All that bounds an attempt's time, with one timer: when it runs out, it looks what is due, and waits on for what is next. What happens
 * often (bytes come) is only written down.
 */
export class AttemptTimer {
  readonly #clock: Clock;
  readonly #onRunOut: (what: TimeRunOut) => void;
  readonly #bounds: AttemptBounds;
  readonly #startedAt: number;
  readonly #deadline: number;
  #timer: Timer | undefined;
  #hasContent = false;
  #heardAt: number;
  #pausedAt: number | undefined;

  /**
   * Begins to count.
   * @param startedAt Now, on the clock's scale.
   * @param deadline The caller's, on the same scale.
   * @param onRunOut Called once, when a bound has run out.
   */
  constructor(
    clock: Clock,
    { bounds, startedAt, deadline }: { readonly bounds: AttemptBounds; readonly startedAt: number; readonly deadline: number | undefined },
    onRunOut: (what: TimeRunOut) => void,
  ) {
    this.#clock = clock;
    this.#bounds = bounds;
    this.#startedAt = startedAt;
    this.#deadline = deadline ?? Number.POSITIVE_INFINITY;
    this.#heardAt = startedAt;
    this.#onRunOut = onRunOut;
    this.#await(startedAt);
  }

  /** When bytes came last; before the first content, when the attempt began. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Bytes came. Called for each piece that the connection gives. */
  heard(): void {
    // Before the first content nothing asks for it.
    if (this.#hasContent) this.#heardAt = this.#clock.now();
  }

  /** The first content came: from here on the gaps are bounded. */
  begun(now: number): void {
    this.#hasContent = true;
    this.#heardAt = now;
  }

  /** The caller takes no more for now: what it makes wait is no gap. */
  paused(): void {
    this.#pausedAt ??= this.#clock.now();
  }

  /** The caller takes more. */
  resumed(): void {
    this.#pausedAt = undefined;
    this.#heardAt = this.#clock.now();
  }

  /** Counts no more. */
  stop(): void {
    this.#clock.cancel(this.#timer);
    this.#timer = undefined;
  }

  #await(now: number): void {
    this.#clock.cancel(this.#timer);
    // No later than a gap that begins now would end, so that the first content need not move the timer.
    const waitMs = Math.min(this.#nextAt() - now, this.#bounds.gapMs);
    this.#timer = waitMs === Number.POSITIVE_INFINITY ? undefined : this.#clock.schedule(waitMs, () => this.#look(this.#clock.now()));
  }

  #look(now: number): void {
    if (this.#nextAt() > now) {
      this.#await(now);
      return;
    }
    this.#timer = undefined;
    this.#onRunOut(this.#due(now));
  }

  #nextAt(): number {
    return Math.min(this.#deadline, this.#startedAt + this.#bounds.wholeMs, this.#nextPieceAt());
  }

  /** When the wait for the next thing to read ends. */
  #nextPieceAt(): number {
    if (this.#pausedAt !== undefined) return this.#pausedAt + longestPauseMs;
    return this.#hasContent ? this.#heardAt + this.#bounds.gapMs : this.#startedAt + this.#bounds.contentMs;
  }

  #due(now: number): TimeRunOut {
    const { wholeMs, wholeBy, contentMs, contentBy, gapMs, gapBy } = this.#bounds;
    if (now >= this.#deadline) return { bound: "deadline", afterMs: this.#deadline - this.#startedAt, by: "caller" };
    if (now >= this.#startedAt + wholeMs) return { bound: "whole", afterMs: wholeMs, by: wholeBy };
    if (this.#pausedAt !== undefined) return { bound: "pause", afterMs: longestPauseMs, by: "default" };
    if (this.#hasContent) return { bound: "gap", afterMs: gapMs, by: gapBy };
    return { bound: "content", afterMs: contentMs, by: contentBy };
  }
}
