import type { DeploymentState } from "../../src/core/deployment-state.ts";
import type { DeploymentStatus } from "../../src/core/deployment-status.ts";
import { RouterError } from "../../src/core/errors.ts";
import type { RouteExplanation, RouteQuery } from "../../src/core/explain.ts";
import type { KeyRecord } from "../../src/core/key-record.ts";
import type {
  Act,
  AuditEntry,
  ConfigView,
  EditedDeployment,
  KeySpec,
  OperatedDeployment,
  OperatedKey,
  Operator,
  ReloadReport,
  Replaced,
  WeightChange,
} from "../../src/control/operator.ts";
import type { CallQuery, RecentCalls, UsageQuery, Usages } from "../../src/control/history.ts";
import type { GroupStrategies } from "../../src/control/strategies.ts";
import type { Stats } from "../../src/control/stats.ts";
import { err, ok, type Result } from "../../src/lib/result.ts";

type Outcome<Value> = Promise<Result<Value, RouterError>>;

/** The control plane as the doors see it: keeps what a test gives it, and what it was asked. */
export class ScriptedOperator implements Operator {
  strategyReport: readonly GroupStrategies[] = [];
  statuses: readonly OperatedDeployment[] = [];
  /** How often somebody looked at all of them. */
  looks = 0;
  /** What each change was asked for, in order: the method, its arguments, the act. */
  readonly asked: (readonly unknown[])[] = [];
  /** What the next question or change fails with. */
  failure: RouterError | undefined;
  explanation: RouteExplanation | undefined;
  statistics: Stats & { readonly queued: number } = {
    startedAt: 0,
    groups: new Map(),
    deployments: new Map(),
    keys: new Map(),
    pointMs: 5_000,
    queued: 0,
  };
  entries: ReadonlyMap<string, object> = new Map();
  recent: RecentCalls = { calls: [], capacity: 1_000 };
  usages: Usages = { series: [], pointMs: 60_000, startedAt: 0 };
  view: ConfigView = { config: {}, files: [], changes: [], stateFile: undefined, loadedAt: 0 };
  audit: readonly AuditEntry[] = [];
  operatedKeys: readonly OperatedKey[] = [];
  report: ReloadReport = { ok: true, problems: [], warnings: [], addedIds: [], removedIds: [], changedIds: [], settings: [] };
  #changes = 0;

  get etag(): string {
    return `state-${this.#changes}`;
  }

  deployments(group?: string): readonly OperatedDeployment[] {
    this.looks++;
    return this.statuses.filter((status) => group === undefined || status.group === group);
  }

  entry(deploymentId: string): object | undefined {
    return this.entries.get(deploymentId);
  }

  /** Gives a deployment other numbers. */
  set(id: string, over: Partial<OperatedDeployment>): OperatedDeployment {
    this.statuses = this.statuses.map((status) => (status.id === id ? { ...status, ...over } : status));
    const found = this.statuses.find((status) => status.id === id);
    if (found === undefined) throw new RangeError(`no deployment ${id}`);
    return found;
  }

  explain(query: RouteQuery & { readonly key: string | undefined }): Result<RouteExplanation, RouterError> {
    this.asked.push(["explain", query]);
    const failure = this.#takeFailure();
    if (failure !== undefined || this.explanation === undefined) return err(failure ?? new RouterError("model_not_found", "no such model"));
    return ok(this.explanation);
  }

  stats(): Promise<Stats & { readonly queued: number }> {
    return Promise.resolve(this.statistics);
  }

  strategies(): Promise<readonly GroupStrategies[]> {
    return Promise.resolve(this.strategyReport);
  }

  recentCalls(query: CallQuery): Promise<RecentCalls> {
    this.asked.push(["recentCalls", query]);
    return Promise.resolve(this.recent);
  }

  usage(query: UsageQuery): Promise<Usages> {
    this.asked.push(["usage", query]);
    return Promise.resolve(this.usages);
  }

  config(): ConfigView {
    return this.view;
  }

  changes(): readonly AuditEntry[] {
    return this.audit;
  }

  keys(): readonly OperatedKey[] {
    return this.operatedKeys;
  }

  setWeights(weights: ReadonlyMap<string, number>, overMs: number, act: Act): Outcome<readonly WeightChange[]> {
    return this.#change(["setWeights", weights, overMs], act, () => {
      for (const [id, weight] of weights) {
        if (!this.statuses.some((status) => status.id === id)) return err(new RouterError("not_found", `no ${id}`));
        if (!(weight >= 0)) return err(new RouterError("invalid_request", `bad weight for ${id}`));
      }
      return ok(
        Array.from(weights, ([deploymentId, after]) => {
          const before = this.statuses.find((status) => status.id === deploymentId)?.weight ?? 0;
          this.set(deploymentId, { weight: after });
          return { deploymentId, before, after };
        }),
      );
    });
  }

  setDeploymentState(deploymentId: string, state: DeploymentState, act: Act): Outcome<OperatedDeployment> {
    return this.#change(["setDeploymentState", deploymentId, state], act, () => ok(this.set(deploymentId, { state })));
  }

  resetCooldown(deploymentId: string, act: Act): Outcome<boolean> {
    return this.#change(["resetCooldown", deploymentId], act, () => ok(true));
  }

  addDeployment(entry: object, act: Act): Outcome<EditedDeployment> {
    return this.#change(["addDeployment", entry], act, () => ok(this.#edited()));
  }

  updateDeployment(deploymentId: string, entry: object, act: Act): Outcome<EditedDeployment> {
    return this.#change(["updateDeployment", deploymentId, entry], act, () => ok(this.#edited()));
  }

  removeDeployment(deploymentId: string, act: Act): Outcome<number> {
    return this.#change(["removeDeployment", deploymentId], act, () => {
      this.statuses = this.statuses.filter(({ id }) => id !== deploymentId);
      return ok(3);
    });
  }

  setRoutingStrategy(group: string, strategy: string | undefined, args: object, act: Act): Outcome<Replaced<string>> {
    return this.#change(["setRoutingStrategy", group, strategy, args], act, () => ok({ before: "p2c", after: strategy ?? "least-busy" }));
  }

  setAlias(alias: string, targets: readonly string[], hidden: boolean, act: Act): Outcome<Replaced<readonly string[]>> {
    return this.#change(["setAlias", alias, targets, hidden], act, () => ok({ before: ["old"], after: targets }));
  }

  reload(options: { readonly dryRun: boolean; readonly discardChanges: boolean }, act: Act): Outcome<ReloadReport> {
    return this.#change(["reload", options], act, () => ok(this.report));
  }

  createKey(spec: KeySpec, act: Act): Outcome<OperatedKey & { readonly secret: string }> {
    return this.#change(["createKey", spec], act, () => ok({ ...operatedKey(spec), secret: "sk-new" }));
  }

  revokeKey(name: string, act: Act): Outcome<OperatedKey> {
    return this.#change(["revokeKey", name], act, () => ok(operatedKey({ name, revoked: true })));
  }

  rotateKey(name: string, overlapMs: number, act: Act): Outcome<OperatedKey & { readonly secret: string }> {
    return this.#change(["rotateKey", name, overlapMs], act, () => ok({ ...operatedKey({ name }), secret: "sk-other" }));
  }

  #edited(): EditedDeployment {
    const [deployment = operatedDeployment("new")] = this.statuses;
    const warning = {
      file: "request",
      line: 1,
      column: 2,
      key: "litellm_params.x",
      message: "is unknown",
      sourceLine: "x: 1",
      caretColumn: 1,
    };
    return { deployment, warnings: [warning] };
  }

  async #change<Value>(asked: readonly unknown[], act: Act, change: () => Result<Value, RouterError>): Outcome<Value> {
    this.asked.push([...asked, act]);
    const failure = this.#takeFailure();
    if (failure !== undefined) return err(failure);
    if (act.etag !== undefined && act.etag !== this.etag) return err(new RouterError("state_changed", "Something was changed since."));
    const result = change();
    if (result.ok) this.#changes++;
    return await Promise.resolve(result);
  }

  #takeFailure(): RouterError | undefined {
    const { failure } = this;
    this.failure = undefined;
    return failure;
  }
}

/** An idle deployment of group `m` that nobody measured. */
export function operatedDeployment(id: string, over: Partial<OperatedDeployment> = {}): OperatedDeployment {
  return { ...idle, id, address: `openai/${id}`, ...over };
}

const idle: DeploymentStatus & { readonly move: undefined } = {
  id: "",
  group: "m",
  provider: "openai",
  address: "",
  weight: 1,
  order: 0,
  state: "active",
  strategy: "simple-shuffle",
  eligibility: "eligible",
  eligibleInMs: undefined,
  detail: "",
  inFlight: 0,
  outstandingTokens: 0,
  usedRpm: 0,
  usedTpm: 0,
  rpmLimit: undefined,
  tpmLimit: undefined,
  maxParallelRequests: undefined,
  health: "unknown",
  firstTokenMs: undefined,
  msPerToken: undefined,
  failureRate: 0,
  successes: 0,
  failures: 0,
  cancellations: 0,
  move: undefined,
};

/** A key that was made by CreateKey and not used yet. */
export function operatedKey(over: Partial<KeyRecord> = {}): OperatedKey {
  return {
    record: {
      name: "team",
      sha256: "d1ge57",
      previous: undefined,
      models: [],
      rpm: undefined,
      tpm: undefined,
      maxParallelRequests: undefined,
      maxBudget: undefined,
      budgetDuration: undefined,
      tags: [],
      priority: undefined,
      expiresAt: undefined,
      metadata: {},
      revoked: false,
      origin: "admin",
      createdAt: undefined,
      ...over,
    },
    usage: { spentUsd: 0, budgetResetsAt: undefined, usedRpm: 0, usedTpm: 0, inFlight: 0 },
    expired: false,
  };
}
