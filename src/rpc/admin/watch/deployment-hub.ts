import type { OperatedDeployment, Operator } from "../../../control/operator.ts";
import { RouterError } from "../../../core/errors.ts";
import type { Clock, Timer } from "../../../lib/clock.ts";
import { isChanged, type Look } from "./deployment-change.ts";
import { DeploymentWatch } from "./deployment-watch.ts";

/** Ten messages a second are as many as a person can follow. */
const tickMs = 100;
/** After a look, the hub pauses for at least this many times as long as it took: with ten thousand deployments, ticks come less often. */
const pausePerLook = 20;
const longestTickMs = 5_000;

interface Known extends Look {
  /** The number of the look that saw it last. */
  look: number;
}

/**
 * All watchers of the deployments share one look at them: one comparison a tick, however many watch, and no ticks without a watcher.
 */
export class DeploymentHub {
  readonly #operator: Pick<Operator, "deployments" | "etag">;
  readonly #clock: Clock;
  readonly #watches = new Set<DeploymentWatch>();
  /** By id, what the watchers know or are about to learn. */
  readonly #known = new Map<string, Known>();
  /** The deployments of the latest look, in the configuration's order. */
  #listed: readonly OperatedDeployment[] = [];
  #etag = "";
  #looks = 0;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(operator: Pick<Operator, "deployments" | "etag">, clock: Clock) {
    this.#operator = operator;
    this.#clock = clock;
  }

  /**
   * Begins a watch, which ends with {@link leave}.
   * @param group Watches this group only. Undefined: all groups.
   * @throws RouterError `shutting_down` once the hub is closed.
   */
  watch(group: string | undefined): DeploymentWatch {
    if (this.#isClosed) throw stopping();
    // The snapshot holds every change that was answered; its counts may be as old as the latest tick.
    if (this.#watches.size === 0 || this.#etag !== this.#operator.etag) this.#look();
    const watch = new DeploymentWatch(group, this.#listed, this.#etag);
    this.#watches.add(watch);
    if (this.#timer === undefined) this.#schedule(tickMs);
    return watch;
  }

  /** Ends a watch. The last one that leaves stops the ticks. */
  leave(watch: DeploymentWatch): void {
    this.#watches.delete(watch);
    watch.end(undefined);
    if (this.#watches.size > 0) return;
    this.#clock.cancel(this.#timer);
    this.#timer = undefined;
  }

  /** Ends all watches with `shutting_down` and refuses new ones: the server stops. */
  close(): void {
    this.#isClosed = true;
    this.#clock.cancel(this.#timer);
    this.#timer = undefined;
    for (const watch of this.#watches) watch.end(stopping());
    this.#watches.clear();
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#clock.schedule(delayMs, () => {
      const tookMs = this.#look();
      for (const watch of this.#watches) watch.release(this.#etag);
      this.#schedule(Math.min(Math.max(tickMs, tookMs * pausePerLook), longestTickMs));
    });
  }

  /** Finds what has changed since the look before, and notes it for each watcher. @returns How long that took, in milliseconds. */
  #look(): number {
    const at = this.#clock.now();
    const look = ++this.#looks;
    this.#etag = this.#operator.etag;
    const listed: OperatedDeployment[] = [];
    for (const status of this.#operator.deployments()) {
      const known = this.#known.get(status.id);
      // A deployment that was left out because its id is taken is listed too; the one that has the id counts.
      if (known?.look === look) continue;
      listed.push(status);
      if (known === undefined || isChanged(known, { status, at })) {
        this.#known.set(status.id, { status, at, look });
        this.#note(known?.status, status);
      } else known.look = look;
    }
    this.#listed = listed;
    if (this.#known.size > listed.length) this.#forget(look);
    return this.#clock.now() - at;
  }

  #forget(look: number): void {
    for (const [id, known] of this.#known) {
      if (known.look === look) continue;
      this.#known.delete(id);
      this.#note(known.status, undefined);
    }
  }

  #note(before: OperatedDeployment | undefined, after: OperatedDeployment | undefined): void {
    for (const watch of this.#watches) watch.note(before, after);
  }
}

function stopping(): RouterError {
  return new RouterError("shutting_down", "This server is stopping; watch again in a moment.");
}
