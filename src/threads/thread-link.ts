import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import type { ThreadChange } from "./messages.ts";

/**
 * Brings changes to a thread. {@link refresh} is called before each request: it costs one look at a number, and takes up what there is
 * before anything else happens.
 */
export class ThreadLink {
  readonly #epoch: Int32Array;
  readonly #changes: MessagePort;
  #apply: ((change: ThreadChange) => void) | undefined;
  #seen: number;

  /**
   * @param epoch The number of the latest change.
   * @param seen The number of the change that the thread began with.
   */
  constructor(epoch: SharedArrayBuffer, changes: MessagePort, seen: number) {
    this.#epoch = new Int32Array(epoch);
    this.#changes = changes;
    this.#seen = seen;
  }

  /** Takes up changes from now on, those that came meanwhile included. */
  begin(apply: (change: ThreadChange) => void): void {
    this.#apply = apply;
    this.#changes.on("message", (change: ThreadChange) => this.#take(change));
    this.#changes.unref();
  }

  /** Takes up what there is. Every change is posted before its number can be seen. */
  refresh(): void {
    if (Atomics.load(this.#epoch, 0) === this.#seen) return;
    for (let next = receiveMessageOnPort(this.#changes); next !== undefined; next = receiveMessageOnPort(this.#changes)) {
      this.#take(next.message as ThreadChange);
    }
  }

  #take(change: ThreadChange): void {
    this.#seen = change.epoch;
    this.#apply?.(change);
  }
}
