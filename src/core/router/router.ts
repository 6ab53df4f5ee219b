import type { Result } from "../../lib/result.ts";
import type { Call } from "../call.ts";
import { CallIntake } from "../call/call-intake.ts";
import { CallRun } from "../call/run.ts";
import type { RunDeps } from "../call/run-deps.ts";
import type { CallRouter, ServedModel } from "../call-router.ts";
import type { Deployment } from "../deployment.ts";
import { describeDeployments } from "../explain/describe-deployments.ts";
import type { DeploymentStatus } from "../deployment-status.ts";
import type { RouterError } from "../errors.ts";
import type { RouteExplanation, RouteQuery } from "../explain.ts";
import { explainRoute } from "../explain/explain-route.ts";
import type { KeySpend } from "../keys/budgets.ts";
import type { KeyUsage } from "../key-record.ts";
import type { Intake } from "../intake.ts";
import type { CallHandle, ReplySink } from "../reply-sink.ts";
import type { ShadowCounts } from "../shadow/shadow-counts.ts";
import { ShadowedStrategy } from "../shadow/shadowed-strategy.ts";
import { RoutingTable } from "../table/routing-table.ts";
import { sentModel } from "../table/wildcard.ts";
import { StrategyCache } from "../table/strategy-cache.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import type { TableSource } from "../table-source.ts";
import { createRunDeps, leasedOf, type RouterOptions, type TableChange } from "./router-options.ts";

/** The one router behind all inbound protocols, and what operators steer of it. */
export class Router implements CallRouter {
  readonly #deps: RunDeps;
  readonly #refresh: () => void;
  readonly #strategies: StrategyCache;
  #source: TableSource;
  #table: RoutingTable;
  /** Deployments that left the table with calls under way, by id. */
  readonly #leaving = new Map<string, RoutedDeployment>();

  constructor(options: RouterOptions) {
    this.#refresh = () => options.refresh?.();
    this.#deps = createRunDeps(options);
    const { clock, random, ledger } = this.#deps;
    this.#strategies = new StrategyCache({ clock, random }, (error) => this.#deps.onInternalError(error));
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

  /** Ends a deployment's cooldown. @returns Whether there was one; undefined when no deployment has this id. */
  resetCooldown(deploymentId: string): boolean | undefined {
    const entry = this.#table.entry(deploymentId);
    if (entry === undefined) return undefined;
    const { ledger } = this.#deps;
    const others = entry.otherEndpoints.map((endpoint) => ledger.endCooldown(entry.healthRow(endpoint)));
    const was = ledger.endCooldown(entry.row) || others.includes(true);
    this.#deps.queue.wake();
    return was;
  }

  /** Takes what a thread that died had under way, reserved and waiting out of the accounts. */
  forget(thread: number): void {
    const { buffered, ledger, keys, queue } = this.#deps;
    buffered.forget(thread);
    queue.forget(thread);
    ledger.forget(thread);
    keys.forget(thread);
    queue.wake();
  }

  /** What a caller's key has used; zeros when no call came with it. */
  keyUsage(name: string): KeyUsage {
    return this.#deps.keys.usage(name);
  }

  /** What keys have spent in their budgets' present periods, in US dollars by name: to be kept over a restart. */
  spend(): Map<string, KeySpend> {
    return this.#deps.keys.spend();
  }

  /** Takes up what {@link spend} said before a restart. */
  restoreSpend(spend: ReadonlyMap<string, KeySpend>): void {
    this.#deps.keys.restoreSpend(spend);
  }

  /** What this node holds of limits that it shares with others; nothing where it shares none. */
  leased(): ReturnType<typeof leasedOf> {
    return leasedOf(this.#deps);
  }

  /** Calls that wait for capacity now. */
  get queued(): number {
    return this.#deps.queue.length;
  }

  /** The groups that are configured, with their strategies' names. */
  groups(): ReadonlyMap<string, string> {
    return new Map(Array.from(this.#table.groups, (group) => [group.name, group.strategyName]));
  }

  /** What was counted of shadow strategies on this thread since the last time: of each that is in force, be it nothing. */
  takeShadowCounts(): readonly ShadowCounts[] {
    return Array.from(this.#table.groups, ({ strategy }) => (strategy instanceof ShadowedStrategy ? strategy.takeCounts() : [])).flat();
  }

  /** Bytes of requests and replies that are held now, on all threads. */
  get bufferedBytes(): number {
    return this.#deps.buffered.bytes;
  }

  intake(): Intake {
    return new CallIntake(this.#deps.buffered, this.#deps.keys);
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

  behind(model: string): readonly ServedModel[] {
    const resolution = this.#table.resolve(model);
    if (resolution === undefined) return [];
    const { group, captures } = resolution;
    const { ledger } = this.#deps;
    return group.entries.map(({ deployment, row }) => ({
      deployment,
      upstreamModel: sentModel(deployment, captures, model),
      tokensOf: (bytes: number) => ledger.estimatePromptTokens(row, bytes),
    }));
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
