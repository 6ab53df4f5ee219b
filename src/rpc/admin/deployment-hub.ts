import type { OperatedDeployment, Operator } from "../../control/operator.ts";
import { RouterError } from "../../core/errors.ts";
import type { Clock, Timer } from "../../lib/clock.ts";
import { isChanged, type Look } from "./deployment-change.ts";
import { DeploymentWatch } from "./deployment-watch.ts";

/** Ten messages a second are as many as a person sees. */
const tickMs = 100;
/** Looking at all deployments takes one part in so many of the time, at most: with ten thousand of them, ticks come less often. */
const restPerLook = 20;
const longestTickMs = 5_000;

interface Known extends Look {
  /** The look that it was last seen in. */
  look: number;
}

/**
 * Everybody who watches the deployments shares this one look at them: one comparison for each tick, however many watch, and no tick while
 * nobody does.
 */
export class DeploymentHub {
  readonly #operator: Pick<Operator, "deployments" | "etag">;
  readonly #clock: Clock;
  readonly #watches = new Set<DeploymentWatch>();
  /** By id, what the watchers know or are about to be told. */
  readonly #known = new Map<string, Known>();
  /** The latest look's, in the configuration's order. */
  #listed: readonly OperatedDeployment[] = [];
  #etag = "";
  #looks = 0;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(operator: Pick<Operator, "deployments" | "etag">, clock: Clock) {
    this.#operator = operator;
    this.#clock = clock;
  }

  /** To be left by {@link leave}. @param group Only this group's; undefined: all. */
  watch(group: string | undefined): DeploymentWatch {
    if (this.#isClosed) throw stopping();
    // A change that was answered is in the snapshot; numbers may be as old as the latest tick.
    if (this.#watches.size === 0 || this.#etag !== this.#operator.etag) this.#look();
    const watch = new DeploymentWatch(group, this.#listed, this.#etag);
    this.#watches.add(watch);
    if (this.#timer === undefined) this.#schedule(tickMs);
    return watch;
  }

  leave(watch: DeploymentWatch): void {
    this.#watches.delete(watch);
    watch.end(undefined);
    if (this.#watches.size > 0) return;
    this.#clock.cancel(this.#timer);
    this.#timer = undefined;
  }

  /** The server stops: all watches end, and there will be none. */
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
      this.#schedule(Math.min(Math.max(tickMs, tookMs * restPerLook), longestTickMs));
    });
  }

  /** Finds what has changed since the look before, and takes it down for each watcher. @returns How long that took, in milliseconds. */
  #look(): number {
    const at = this.#clock.now();
    const look = ++this.#looks;
    this.#etag = this.#operator.etag;
    const listed: OperatedDeployment[] = [];
    for (const status of this.#operator.deployments()) {
      const known = this.#known.get(status.id);
      // One that was left out for its id, which another one has, is listed too: that other one counts.
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
