import type { UpstreamExchange, UpstreamHeaders, UpstreamListener } from "../core/upstream.ts";
import type { Clock, Timer } from "../lib/clock.ts";

/** A reply, and when its parts come. */
export interface MockScript {
  readonly status: number;
  readonly headers: UpstreamHeaders;
  /** In the order in which they come. The head comes with the first one. */
  readonly parts: readonly MockPart[];
}

/** A piece of a reply's body. */
export interface MockPart {
  /** Milliseconds after the request. */
  readonly dueMs: number;
  readonly bytes: Buffer;
}

/** Plays a script to a listener. It has one timer at a time, and none during a pause. */
export class MockExchange implements UpstreamExchange {
  readonly #clock: Clock;
  readonly #listener: UpstreamListener;
  readonly #script: MockScript;
  readonly #startAt: number;
  #timer: Timer | undefined;
  #next = 0;
  #headSent = false;
  #paused = false;
  #over = false;
  #playing = false;

  constructor(clock: Clock, listener: UpstreamListener, script: MockScript) {
    this.#clock = clock;
    this.#listener = listener;
    this.#script = script;
    this.#startAt = clock.now();
    this.#schedule(script.parts[0]?.dueMs ?? 0);
  }

  abort(): void {
    this.#over = true;
    this.#clock.cancel(this.#timer);
  }

  resume(): void {
    if (this.#over || !this.#paused) return;
    this.#paused = false;
    // While `play` hands over a chunk there is no timer, and none is needed: it goes on by itself.
    if (this.#timer === undefined && !this.#playing) this.#schedule(0);
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#clock.schedule(delayMs, () => {
      this.#timer = undefined;
      this.#playing = true;
      this.#play();
      this.#playing = false;
    });
  }

  /** Hands over all chunks that are due: with many tokens per second, or after a pause, that is more than one. */
  #play(): void {
    const { parts, status, headers } = this.#script;
    if (!this.#headSent) {
      this.#headSent = true;
      this.#listener.onHead(status, headers);
    }
    while (!this.#over) {
      const part = parts[this.#next];
      if (part === undefined) {
        this.#over = true;
        this.#listener.onEnd();
        return;
      }
      const waitMs = this.#startAt + part.dueMs - this.#clock.now();
      // A clock that counts in fractions may fire a timer slightly too early.
      if (waitMs > 0.001) {
        this.#schedule(waitMs);
        return;
      }
      this.#next++;
      this.#paused = true;
      if (this.#listener.onData(part.bytes)) this.#paused = false;
      if (this.#paused) return;
    }
  }
}
