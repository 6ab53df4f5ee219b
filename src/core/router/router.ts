import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import type { Result } from "../../lib/result.ts";
import type { Call } from "../call.ts";
import { CallRun } from "../call/run.ts";
import type { RunDeps } from "../call/run-deps.ts";
import type { CallRouter } from "../call-router.ts";
import type { Deployment } from "../deployment.ts";
import { describeDeployments } from "../explain/describe-deployments.ts";
import type { DeploymentStatus } from "../deployment-status.ts";
import type { RouterError } from "../errors.ts";
import type { RouteExplanation, RouteQuery } from "../explain.ts";
import { explainRoute } from "../explain/explain-route.ts";
import type { DeploymentState } from "../deployment-state.ts";
import { HedgeBudget } from "../state/attempt-budgets.ts";
import type { KeySpend } from "../keys/budgets.ts";
import { KeyLimits } from "../keys/key-limits.ts";
import type { KeyUsage } from "../key-record.ts";
import { Ledger } from "../state/ledger.ts";
import { joinObservers } from "./join-observers.ts";
import type { RouterObserver } from "../observer.ts";
import type { RouterAccess } from "./router-share.ts";
import { Picker } from "../pick/picker.ts";
import type { CallHandle, ReplySink } from "../reply-sink.ts";
import { RoutingTable } from "../table/routing-table.ts";
import { StrategyCache } from "../table/strategy-cache.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import type { TableSource } from "../table-source.ts";
import type { Upstream } from "../upstream.ts";
import { WaitQueue } from "../call/wait-queue.ts";

export interface RouterOptions {
  readonly source: TableSource;
  readonly upstream: Upstream;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of every call; none: nobody listens, and nothing is spent on it. */
  readonly observers?: readonly RouterObserver[] | undefined;
  /** What is shared with routers on other threads; undefined: there are none. */
  readonly access?: RouterAccess | undefined;
  /** Called before a call takes its table: the moment to take up a change that was made elsewhere. */
  refresh?(): void;
  /** Told of faults in this program or in a user's strategy. */
  onInternalError(error: unknown): void;
}

/** What is changed at run time, on top of a configuration. */
export interface TableChange {
  /** Another configuration; without it the one in use stays. */
  readonly source?: TableSource | undefined;
  /** All weights that were set at run time, by deployment id. */
  readonly weights: ReadonlyMap<string, number>;
  /** All deployments that are not active; undefined: these stand in the ledger already, written by another thread. */
  readonly states: ReadonlyMap<string, DeploymentState> | undefined;
}

/** The one router behind all doors. */
export class Router implements CallRouter {
  readonly #deps: RunDeps;
  readonly #refresh: () => void;
  readonly #strategies: StrategyCache;
  #source: TableSource;
  #table: RoutingTable;
  /** Those that left the table with calls under way. */
  readonly #leaving = new Map<string, RoutedDeployment>();

  constructor(options: RouterOptions) {
    const { clock, random, upstream, access } = options;
    const ledger = new Ledger(access?.deployments);
    this.#refresh = () => options.refresh?.();
    const onInternalError = (error: unknown): void => options.onInternalError(error);
    this.#deps = {
      clock,
      random,
      upstream,
      ledger,
      picker: new Picker(ledger),
      queue: new WaitQueue(clock, access?.queue),
      hedges: new HedgeBudget(),
      keys: new KeyLimits(clock, access?.keys),
      observer: joinObservers(options.observers ?? [], onInternalError),
      onInternalError,
    };
    this.#strategies = new StrategyCache({ clock, random });
    this.#source = options.source;
    this.#table = new RoutingTable(options.source, { ledger, strategies: this.#strategies });
  }

  /**
   * Swaps the table in one step: the next pick sees all of the change. Calls under way keep the table that they began with; the
   * states count for them too.
   */
  apply({ source = this.#source, weights, states }: TableChange): void {
    const { ledger, queue } = this.#deps;
    const before = this.#table;
    this.#source = source;
    this.#table = new RoutingTable(source, { ledger, strategies: this.#strategies }, weights);
    for (const entry of this.#table.entries) {
      if (states !== undefined) ledger.setState(entry.row, states.get(entry.id) ?? "active");
      this.#leaving.delete(entry.id);
    }
    for (const entry of before.entries) {
      if (this.#table.entry(entry.id) !== undefined) continue;
      this.#leaving.set(entry.id, entry);
    }
    queue.wake();
  }

  /** Ends a deployment's cooldown. @returns Whether there was one; undefined: no deployment has this id. */
  resetCooldown(deploymentId: string): boolean | undefined {
    const entry = this.#table.entry(deploymentId);
    if (entry === undefined) return undefined;
    const was = this.#deps.ledger.endCooldown(entry.row);
    this.#deps.queue.wake();
    return was;
  }

  /** A thread has died: what it had under way, set aside or waiting is not any more. */
  forget(thread: number): void {
    const { ledger, keys, queue } = this.#deps;
    queue.forget(thread);
    ledger.forget(thread);
    keys.forget(thread);
    queue.wake();
  }

  /** What a caller's key has used; nothing when it has not been seen. */
  keyUsage(name: string): KeyUsage {
    return this.#deps.keys.usage(name);
  }

  /** What keys have spent in their budgets' present periods, by name: to be kept over a restart. */
  spend(): Map<string, KeySpend> {
    return this.#deps.keys.spend();
  }

  /** Takes up what {@link spend} said before a restart. */
  restoreSpend(spend: ReadonlyMap<string, KeySpend>): void {
    this.#deps.keys.restoreSpend(spend);
  }

  /** Calls that wait for capacity now. */
  get queued(): number {
    return this.#deps.queue.length;
  }

  /** The groups that are configured, with their strategies' names. */
  groups(): ReadonlyMap<string, string> {
    return new Map(Array.from(this.#table.groups, (group) => [group.name, group.strategyName]));
  }

  start(call: Call, sink: ReplySink): CallHandle {
    this.#refresh();
    const run = new CallRun(call, sink, this.#table, this.#deps);
    run.start();
    return run;
  }

  models(): readonly string[] {
    return this.#table.models;
  }

  knows(model: string): boolean {
    return this.#table.resolve(model) !== undefined;
  }

  catalog(): readonly Deployment[] {
    return this.#table.entries.map(({ deployment }) => deployment);
  }

  /**
   * Every deployment: those that were left out as invalid included, and those that left the table with calls under way.
   * @param group Narrows it to one group.
   */
  deployments(group?: string): readonly DeploymentStatus[] {
    const { clock, ledger } = this.#deps;
    for (const [id, entry] of this.#leaving) if (ledger.inFlight(entry.row) === 0) this.#leaving.delete(id);
    const all = describeDeployments(this.#table, [...this.#leaving.values()], ledger, clock.now());
    return group === undefined ? all : all.filter((status) => status.group === group);
  }

  /** Where a call like this would go now, and why. Changes nothing. */
  explain(query: RouteQuery): Result<RouteExplanation, RouterError> {
    return explainRoute(query, this.#table, this.#deps);
  }

  /** Attempts that have not ended, over all deployments. Zero at rest. */
  get inFlight(): number {
    const { ledger } = this.#deps;
    let sum = 0;
    for (let row = 0; row < ledger.rows; row++) sum += ledger.inFlight(row);
    return sum;
  }
}
