import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import type { ThreadChange } from "./messages.ts";

/**
 * The way that changes come to a thread: {@link refresh} before each request costs one look at a number, and takes up what there is before
 * anything else happens.
 */
export class ThreadLink {
  readonly #epoch: Int32Array;
  readonly #changes: MessagePort;
  readonly #apply: (change: ThreadChange) => void;
  #seen: number;

  /**
   * @param epoch The number of the latest change.
   * @param seen The number of the change that the thread began with.
   */
  constructor(epoch: SharedArrayBuffer, changes: MessagePort, seen: number, apply: (change: ThreadChange) => void) {
    this.#epoch = new Int32Array(epoch);
    this.#changes = changes;
    this.#seen = seen;
    this.#apply = apply;
    changes.on("message", (change: ThreadChange) => this.#take(change));
    changes.unref();
  }

  /** Every change is posted before its number can be seen. */
  refresh(): void {
    if (Atomics.load(this.#epoch, 0) === this.#seen) return;
    for (let next = receiveMessageOnPort(this.#changes); next !== undefined; next = receiveMessageOnPort(this.#changes)) {
      this.#take(next.message as ThreadChange);
    }
  }

  #take(change: ThreadChange): void {
    this.#seen = change.epoch;
    this.#apply(change);
  }
}
