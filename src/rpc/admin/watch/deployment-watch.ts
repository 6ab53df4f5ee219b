import type { OperatedDeployment } from "../../../control/operator.ts";

/** One message to a watcher. */
export interface DeploymentUpdate {
  /** True for the first message, which holds all deployments; later ones hold those that changed. */
  readonly snapshot: boolean;
  readonly deployments: readonly OperatedDeployment[];
  /** The deployments that are gone. Empty in a snapshot. */
  readonly removedIds: readonly string[];
  /** The state of the router's configuration that this message shows. */
  readonly etag: string;
}

/**
 * One watcher: what it has not fetched yet, of each deployment the latest state only. So a watcher that reads slowly misses states in
 * between, but always ends at the present one.
 */
export class DeploymentWatch implements AsyncIterable<DeploymentUpdate> {
  /** The group that is watched. Undefined: all groups. */
  readonly group: string | undefined;
  /** By id. The value is undefined for a deployment that is gone. */
  #pending = new Map<string, OperatedDeployment | undefined>();
  #etag: string;
  #isSnapshot = true;
  #isReady = true;
  #end: { readonly error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  /**
   * @param group Watches this group only. Undefined: all groups.
   * @param deployments The deployments of all groups, for the snapshot.
   */
  constructor(group: string | undefined, deployments: readonly OperatedDeployment[], etag: string) {
    this.group = group;
    this.#etag = etag;
    for (const deployment of deployments) this.note(deployment, deployment);
  }

  /**
   * Keeps a deployment's new state until {@link release} hands it to the watcher.
   * @param before Undefined for a deployment that is new.
   * @param after Undefined for a deployment that is gone.
   */
  note(before: OperatedDeployment | undefined, after: OperatedDeployment | undefined): void {
    const now = after !== undefined && this.#includes(after) ? after : undefined;
    const was = before !== undefined && this.#includes(before) ? before : undefined;
    const id = now?.id ?? was?.id;
    if (id !== undefined) this.#pending.set(id, now);
  }

  /** Hands the watcher what was noted, if anything was or the etag is another one. */
  release(etag: string): void {
    if (this.#pending.size === 0 && etag === this.#etag) return;
    this.#etag = etag;
    this.#isReady = true;
    this.#awake();
  }

  /**
   * Ends the iteration.
   * @param error Is thrown to the watcher, which loses what it has not fetched. Undefined where the watcher left by itself.
   */
  end(error: Error | undefined): void {
    this.#end ??= { error };
    this.#awake();
  }

  /** The watcher's messages. To be iterated once. */
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
      // A watcher that gets its first message knows of no deployment that could be gone.
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
