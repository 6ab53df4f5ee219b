import type { OperatedDeployment } from "../../control/operator.ts";

/** What a watcher is told at once. */
export interface DeploymentUpdate {
  /** Whether these are all deployments, rather than those that changed. */
  readonly snapshot: boolean;
  readonly deployments: readonly OperatedDeployment[];
  readonly removedIds: readonly string[];
  readonly etag: string;
}

/**
 * One watcher's end: what it has not fetched yet, the latest state of each deployment only. So a watcher that reads slowly misses states in
 * between, and never what is.
 */
export class DeploymentWatch implements AsyncIterable<DeploymentUpdate> {
  /** Only this group's; undefined: all. */
  readonly group: string | undefined;
  /** By id; undefined: it is gone. */
  #pending = new Map<string, OperatedDeployment | undefined>();
  #etag: string;
  #isSnapshot = true;
  #isReady = true;
  #end: { readonly error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  /** @param deployments The snapshot, of all groups. */
  constructor(group: string | undefined, deployments: readonly OperatedDeployment[], etag: string) {
    this.group = group;
    this.#etag = etag;
    for (const deployment of deployments) this.note(deployment, deployment);
  }

  /** Takes in a deployment's state; `release` tells the watcher. Undefined: there was, or is, none. */
  note(before: OperatedDeployment | undefined, after: OperatedDeployment | undefined): void {
    const now = after !== undefined && this.#includes(after) ? after : undefined;
    const was = before !== undefined && this.#includes(before) ? before : undefined;
    const id = now?.id ?? was?.id;
    if (id !== undefined) this.#pending.set(id, now);
  }

  /** Lets the watcher have what there is, if anything. */
  release(etag: string): void {
    if (this.#pending.size === 0 && etag === this.#etag) return;
    this.#etag = etag;
    this.#isReady = true;
    this.#awake();
  }

  /** @param error What the watcher ends with, dropping what it has not fetched; undefined: it went by itself. */
  end(error: Error | undefined): void {
    this.#end ??= { error };
    this.#awake();
  }

  /** To be iterated once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<DeploymentUpdate> {
    for (;;) {
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return;
      if (this.#isReady) yield this.#take();
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #take(): DeploymentUpdate {
    const pending = this.#pending;
    const snapshot = this.#isSnapshot;
    this.#pending = new Map();
    this.#isReady = false;
    this.#isSnapshot = false;
    const gone = [...pending].filter(([, status]) => status === undefined).map(([id]) => id);
    return {
      snapshot,
      deployments: [...pending.values()].filter((status) => status !== undefined),
      // Whoever gets everything knows of none that could be gone.
      removedIds: snapshot ? [] : gone,
      etag: this.#etag,
    };
  }

  #includes(deployment: OperatedDeployment): boolean {
    return this.group === undefined || deployment.group === this.group;
  }

  #awake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
