import type { Call } from "../../src/core/call.ts";
import type { CallHandle, ReplySink } from "../../src/core/reply-sink.ts";
import { Router } from "../../src/core/router/router.ts";
import type { RouterOptions, TableChange } from "../../src/core/router/router-options.ts";
import { accessRouterShare, createRouterShare, type RouterAccess } from "../../src/core/router/router-share.ts";
import type { SharedSignal } from "../../src/lib/shared/shared-signal.ts";

/**
 * A router that is several, as on so many threads, over one shared memory: calls go to them in turn. All of them run on this thread, so
 * that tests on virtual time see each step.
 */
export class JoinedRouters extends Router {
  readonly #others: readonly Router[];
  #turn = 0;

  constructor(options: RouterOptions, threads: number) {
    const share = createRouterShare(threads);
    const ended = new PromptSignal();
    const access = (thread: number): RouterAccess => {
      const plain = accessRouterShare(share, thread);
      return { ...plain, queue: { ...plain.queue, ended } };
    };
    super({ ...options, access: access(0) });
    this.#others = Array.from({ length: threads - 1 }, (_, index) => new Router({ ...options, access: access(index + 1) }));
  }

  override start(call: Call, sink: ReplySink): CallHandle {
    const turn = this.#turn++ % (this.#others.length + 1);
    const other = this.#others[turn - 1];
    return other === undefined ? super.start(call, sink) : other.start(call, sink);
  }

  override apply(change: TableChange): void {
    super.apply(change);
    for (const other of this.#others) other.apply({ ...change, states: undefined });
  }
}

/** The signal between threads, without the way through the system: heard in the next microtask. */
class PromptSignal implements Pick<SharedSignal, "raise" | "count" | "raisedAfter"> {
  #count = 0;
  #listeners: (() => void)[] = [];

  get count(): number {
    return this.#count;
  }

  raise(): void {
    this.#count++;
    for (const listener of this.#listeners.splice(0)) listener();
  }

  async raisedAfter(count: number): Promise<void> {
    if (this.#count === count) await new Promise<void>((resolve) => this.#listeners.push(resolve));
  }
}
