import type { Clock, Timer } from "../../lib/clock.ts";
import type { Call } from "../call.ts";
import type { Deployment } from "../deployment.ts";
import { RouterError } from "../errors.ts";
import type { ReplySink } from "../reply-sink.ts";
import type { CallAccounting } from "./accounting.ts";
import type { CallState } from "./call-state.ts";

interface KeepaliveOptions {
  readonly accounting: CallAccounting;
  readonly clock: Clock;
  /** How long a silence may be, in milliseconds, where the deployment that is asked does not say; 0 for any length. */
  readonly usualMs: number;
}

/** As in LiteLLM. More often, signs of life would be a load that callers make. */
const shortestAskedMs = 1_000;
const longestAskedMs = 300_000;

/**
 * Has a stream's caller sent a sign of life whenever nothing has come for a while, since what stands between the two (load balancers,
 * proxies) cuts connections that are silent. One timer: it looks when something was sent last, and waits on for what is left.
 */
export class Keepalive {
  /** What the caller asks for. */
  readonly #asked: number | undefined;
  readonly #sink: ReplySink;
  readonly #options: KeepaliveOptions;
  readonly #onFault: (error: RouterError) => void;
  /** How long a silence may be now. */
  #intervalMs = 0;
  /** When the silence began. What the caller waits for from the moment that its request is whole is silence. */
  #quietSince: number;
  #state: CallState | undefined;
  #timer: Timer | undefined;

  private constructor(call: Call, sink: ReplySink, options: KeepaliveOptions, onFault: (error: RouterError) => void) {
    this.#asked = call.keepaliveMs;
    this.#sink = sink;
    this.#options = options;
    this.#onFault = onFault;
    this.#quietSince = call.arrivedAt;
    this.#every(options.usualMs);
  }

  /**
   * Begins to watch a call; undefined for one whose caller can be sent no signs of life.
   * @param onFault Called with the error that the call fails with where one could not be written.
   */
  static of(call: Call, sink: ReplySink, options: KeepaliveOptions, onFault: (error: RouterError) => void): Keepalive | undefined {
    return call.stream && sink.onPing !== undefined ? new Keepalive(call, sink, options, onFault) : undefined;
  }

  /** The call goes on so. */
  follow(state: CallState): void {
    this.#state = state;
    if (state.name === "ended") this.#stop();
    else if (state.name === "attempting" || state.name === "streaming") {
      this.#every(this.#intervalOf(state.attempt.entry.deployment));
    }
  }

  #intervalOf({ keepaliveMs, takesCallersKeepalive }: Deployment): number {
    const asked = takesCallersKeepalive === true && keepaliveMs !== 0 ? this.#asked : undefined;
    if (asked === undefined) return keepaliveMs ?? this.#options.usualMs;
    return asked === 0 ? 0 : Math.min(Math.max(asked, shortestAskedMs), longestAskedMs);
  }

  #every(intervalMs: number): void {
    if (intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    this.#stop();
    if (intervalMs > 0) this.#await(this.#options.clock.now());
  }

  #await(now: number): void {
    const restMs = Math.max(this.#quietSince + this.#intervalMs - now, 0);
    // In whole milliseconds: timers of the same length are cheaper for the platform.
    this.#timer = this.#options.clock.schedule(Math.ceil(restMs), () => this.#look());
  }

  #look(): void {
    const now = this.#options.clock.now();
    if (this.#state?.name === "streaming") this.#quietSince = Math.max(this.#quietSince, this.#state.attempt.heardAt);
    if (now >= this.#quietSince + this.#intervalMs) {
      this.#quietSince = now;
      this.#ping();
    }
    // What goes wrong in a ping ends the call.
    if (this.#state?.name !== "ended") this.#await(now);
  }

  #ping(): void {
    const { accounting } = this.#options;
    if (!accounting.isStreaming) accounting.isOpenedEarly = true;
    try {
      this.#sink.onPing?.();
    } catch (cause) {
      this.#onFault(new RouterError("internal", "The answer could not be written.", { cause }));
    }
  }

  #stop(): void {
    this.#options.clock.cancel(this.#timer);
    this.#timer = undefined;
  }
}
