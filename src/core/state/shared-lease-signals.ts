import { SharedSignal } from "../../lib/shared/shared-signal.ts";
import type { LeaseSignals } from "./lease-signals.ts";

/** {@link LeaseSignals} between threads. */
export class SharedLeaseSignals implements LeaseSignals {
  readonly lacking: SharedSignal;
  readonly answered: SharedSignal;
  readonly #mode: Int32Array<SharedArrayBuffer>;

  /** @param memory From {@link SharedLeaseSignals.memory}: the same on all threads. */
  constructor(memory: SharedArrayBuffer) {
    this.lacking = new SharedSignal(new Int32Array(memory, 0, 1));
    this.answered = new SharedSignal(new Int32Array(memory, 4, 1));
    this.#mode = new Int32Array(memory, 8, 1);
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT);
  }

  get isLive(): boolean {
    return Atomics.load(this.#mode, 0) === 1;
  }

  set isLive(isLive: boolean) {
    Atomics.store(this.#mode, 0, isLive ? 1 : 0);
  }
}
