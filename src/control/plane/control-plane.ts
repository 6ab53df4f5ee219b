import type { ConfigurationInForce } from "../../config/load/configuration-in-force.ts";
import type { DeploymentState } from "../../core/deployment-state.ts";
import type { Router } from "../../core/router/router.ts";
import type { Clock } from "../../lib/clock.ts";
import { OneAtATime } from "../../lib/one-at-a-time.ts";
import * as changes from "../changes/index.ts";
import type { ReloadRequest } from "../changes/reload-config.ts";
import type { HistorySource } from "../history.ts";
import type { Act, AuditEntry, ConfigView, KeySpec, OperatedDeployment, OperatedKey, Operator, ReloadReport } from "../operator.ts";
import type { Spend } from "../state/control-state.ts";
import { keyRecords } from "../state/key-records.ts";
import type { ShadowSource } from "../strategies.ts";
import type { StatsSource } from "../stats.ts";
import { configView, entryView } from "../views/config-view.ts";
import { describeChanges } from "../views/describe-changes.ts";
import { groupStrategies } from "../views/group-strategies.ts";
import { operatedDeployments, type LastErrorSource } from "../views/operated.ts";
import { AuditLog } from "./audit-log.ts";
import { FileWatcher, type FileLooker } from "./file-watcher.ts";
import { KeptState } from "./kept-state.ts";
import type { ConfigLoader } from "./load-under-state.ts";
import type { OpenedControl } from "./open-control.ts";
import { PlanRunner } from "./plan-runner.ts";

export interface ControlPlaneOptions {
  /** What of the router can be seen and steered from here. Tables come to it by {@link inForce}. */
  readonly router: Pick<Router, "resetCooldown" | "groups" | "deployments" | "queued" | "keyUsage">;
  /** Starts with the configuration in `opened`. Its followers are told of every change. */
  readonly inForce: ConfigurationInForce;
  readonly opened: OpenedControl;
  readonly load: ConfigLoader;
  readonly explain: Operator["explain"];
  readonly stats: StatsSource;
  /** Omit it where nothing is counted of shadow strategies. */
  readonly shadows?: ShadowSource | undefined;
  readonly history: HistorySource;
  /** Omit it to tell none. */
  readonly lastErrors?: LastErrorSource | undefined;
  readonly clock: Clock;
  /** Looks at the configuration's files. Undefined when they are not watched. */
  readonly files: FileLooker | undefined;
  /** Takes every change. Must not throw. */
  audit(entry: AuditEntry): void;
  /** Called when the files were read again, whether or not they came into force. */
  onReload(report: ReloadReport, who: string): void;
  onWarning(message: string): void;
}

/** Steers a running router: what operators see is put together here, and what they change is planned in `changes/`. */
export class ControlPlane implements Operator {
  readonly #options: ControlPlaneOptions;
  readonly #audit: AuditLog;
  readonly #kept: KeptState;
  readonly #runner: PlanRunner;
  readonly #watcher: FileWatcher | undefined;

  constructor(options: ControlPlaneOptions) {
    const { router, inForce, opened, load, clock, files } = options;
    const queue = new OneAtATime();
    const onWarning = (message: string): void => options.onWarning(message);
    this.#options = options;
    this.#audit = new AuditLog((entry) => options.audit(entry));
    this.#kept = new KeptState({ content: opened, store: opened.store, clock, queue, onWarning });
    this.#watcher = files && new FileWatcher({ clock, files, onChange: () => void this.#reloadChanged() });
    this.#watcher?.watch(opened.result.wanted, inForce.config.content.digest);
    this.#runner = new PlanRunner({
      router,
      inForce,
      opened,
      load,
      kept: this.#kept,
      queue,
      clock,
      audit: (entry) => this.#audit.add(entry),
      onFilesRead: (wanted, digest) => this.#watcher?.watch(wanted, digest),
      onReload: (report, who) => options.onReload(report, who),
      onWarning,
    });
  }

  get etag(): string {
    return this.#runner.etag;
  }

  deployments(group?: string): readonly OperatedDeployment[] {
    const { router } = this.#options;
    return operatedDeployments(router.deployments(group), this.#kept.state, this.#runner.steadyNow(), this.#options.lastErrors);
  }

  entry(deploymentId: string): object | undefined {
    return entryView(this.#runner.present().config, deploymentId);
  }

  explain: Operator["explain"] = (query) => this.#options.explain(query);

  async stats(): ReturnType<Operator["stats"]> {
    return { ...(await this.#options.stats.stats()), queued: this.#options.router.queued };
  }

  async strategies(): ReturnType<Operator["strategies"]> {
    const { router, inForce, shadows } = this.#options;
    return groupStrategies({
      groups: router.groups(),
      statuses: router.deployments(),
      source: inForce.config.source,
      shadows: (await shadows?.shadows()) ?? [],
    });
  }

  recentCalls: Operator["recentCalls"] = (query) => this.#options.history.calls(query);

  usage: Operator["usage"] = (query) => this.#options.history.usage(query);

  config(): ConfigView {
    const { state, config, base } = this.#runner.present();
    return {
      config: configView(config, state),
      files: config.files,
      changes: describeChanges(state, base),
      stateFile: this.#kept.path,
      loadedAt: this.#runner.loadedAt,
    };
  }

  changes(): readonly AuditEntry[] {
    return this.#audit.entries;
  }

  keys(): readonly OperatedKey[] {
    const present = this.#runner.present();
    return keyRecords(present.config.keys, present.state).map((record) => present.operatedKey(record));
  }

  setWeights(weights: ReadonlyMap<string, number>, overMs: number, act: Act): ReturnType<Operator["setWeights"]> {
    return this.#runner.run("SetWeights", act, (present) => changes.planSetWeights(present, { weights, overMs }));
  }

  setDeploymentState(deploymentId: string, wanted: DeploymentState, act: Act): ReturnType<Operator["setDeploymentState"]> {
    return this.#runner.run("SetDeploymentState", act, (present) => changes.planSetDeploymentState(present, { deploymentId, wanted }));
  }

  resetCooldown(deploymentId: string, act: Act): ReturnType<Operator["resetCooldown"]> {
    return this.#runner.run("ResetCooldown", act, (present) => changes.planResetCooldown(present, deploymentId));
  }

  addDeployment(entry: object, act: Act): ReturnType<Operator["addDeployment"]> {
    return this.#runner.run("AddDeployment", act, (present) => changes.planAddDeployment(present, entry));
  }

  updateDeployment(deploymentId: string, entry: object, act: Act): ReturnType<Operator["updateDeployment"]> {
    return this.#runner.run("UpdateDeployment", act, (present) => changes.planUpdateDeployment(present, { deploymentId, entry }));
  }

  removeDeployment(deploymentId: string, act: Act): ReturnType<Operator["removeDeployment"]> {
    return this.#runner.run("RemoveDeployment", act, (present) => changes.planRemoveDeployment(present, deploymentId));
  }

  setRoutingStrategy(group: string, strategy: string | undefined, args: object, act: Act): ReturnType<Operator["setRoutingStrategy"]> {
    return this.#runner.run("SetRoutingStrategy", act, (present) => changes.planSetRoutingStrategy(present, { group, strategy, args }));
  }

  setAlias(alias: string, targets: readonly string[], hidden: boolean, act: Act): ReturnType<Operator["setAlias"]> {
    return this.#runner.run("SetAlias", act, (present) => changes.planSetAlias(present, { alias, targets, hidden }));
  }

  createKey(spec: KeySpec, act: Act): ReturnType<Operator["createKey"]> {
    return this.#runner.run("CreateKey", act, (present) => changes.planCreateKey(present, spec));
  }

  revokeKey(name: string, act: Act): ReturnType<Operator["revokeKey"]> {
    return this.#runner.run("RevokeKey", act, (present) => changes.planRevokeKey(present, name));
  }

  rotateKey(name: string, overlapMs: number, act: Act): ReturnType<Operator["rotateKey"]> {
    return this.#runner.run("RotateKey", act, (present) => changes.planRotateKey(present, { name, overlapMs }));
  }

  reload(request: ReloadRequest, act: Act): ReturnType<Operator["reload"]> {
    return this.#runner.reload(request, act);
  }

  /** What keys had spent when the server stopped, by their names. */
  get spend(): Spend {
    return this.#kept.spend;
  }

  /** Keeps what all keys have spent, soon. */
  saveSpend(spend: Spend): void {
    this.#kept.saveSpend(spend);
  }

  /** Takes no more changes. Resolves when those under way and the last spend are kept. */
  async close(): Promise<void> {
    this.#runner.close();
    this.#watcher?.stop();
    await this.#kept.close();
  }

  /** The watcher saw other contents. */
  async #reloadChanged(): Promise<void> {
    await this.reload({ dryRun: false, discardChanges: false }, { who: "a change of the configuration's files", etag: undefined });
  }
}
