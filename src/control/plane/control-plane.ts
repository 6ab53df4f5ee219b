import type { ConfigOverlay } from "../../config/overlay/config-overlay.ts";
import { formatProblem, type ConfigProblem } from "../../config/load/config-problem.ts";
import { digestOfTexts } from "../../config/tree/digest-of.ts";
import type { JsonObject } from "../../config/overlay/json-node.ts";
import type { LoadedConfig } from "../../config/load/load-config.ts";
import type { DeploymentState } from "../../core/deployment-state.ts";
import { RouterError } from "../../core/errors.ts";
import type { KeyRecord } from "../../core/key-record.ts";
import type { Router } from "../../core/router/router.ts";
import type { Clock } from "../../lib/clock.ts";
import { OneAtATime } from "../../lib/one-at-a-time.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { didYouMean } from "../../lib/suggest.ts";
import { AuditLog } from "./audit-log.ts";
import { compareConfigs } from "../views/compare-configs.ts";
import { configView } from "../views/config-view.ts";
import { emptyState, withKey, withMember, type ControlState, type Spend } from "../state/control-state.ts";
import { describeChanges } from "../views/describe-changes.ts";
import { editedEntry } from "../changes/edited-entry.ts";
import { FileWatcher, type FileLooker } from "./file-watcher.ts";
import { createdKey, revokedKey, rotatedKey } from "../changes/key-changes.ts";
import type { KeyRing } from "../key-ring.ts";
import { keyRecords } from "../state/key-records.ts";
import { literalSecrets } from "../changes/literal-secrets.ts";
import { loadUnderState, overlayWithout, type ConfigLoader } from "./load-under-state.ts";
import type { OpenedControl } from "./open-control.ts";
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
} from "../operator.ts";
import { aliasPlace, entryPlace, strategyPlace } from "../state/overlay-of.ts";
import { refuse, unchanged } from "../changes/refuse.ts";
import type { StateStore } from "../state/state-store.ts";
import type { StatsSource } from "../stats.ts";
import { summarize } from "../changes/summarize.ts";
import { unknownNames } from "./unknown-names.ts";
import { withWeights } from "../changes/weight-change.ts";
import { arrivesAt, weightAt } from "../changes/weight-move.ts";
import { WeightRamps } from "./weight-ramps.ts";

/** What of the router is steered from here. */
type OperatedRouter = Pick<Router, "apply" | "resetCooldown" | "groups" | "deployments" | "queued">;

export interface ControlPlaneOptions {
  readonly router: OperatedRouter;
  readonly opened: OpenedControl;
  /** The one in `opened`, which has no problems. */
  readonly config: LoadedConfig;
  readonly load: ConfigLoader;
  /** Called before a configuration comes into force, while another one still is; undefined: nobody has to prepare for it. */
  prepare?(config: LoadedConfig): Promise<void>;
  readonly keys: KeyRing;
  readonly explain: Operator["explain"];
  readonly stats: StatsSource;
  readonly clock: Clock;
  /** For the configuration's files; undefined: they are not watched. */
  readonly files: FileLooker | undefined;
  /** Takes every change; must not throw. */
  audit(entry: AuditEntry): void;
  /** Another configuration is in force: for what is not the router's or the keys'. */
  onConfig(config: LoadedConfig): void;
  /** The files were read again, by whomever; for logs and metrics. */
  onReload(report: ReloadReport, who: string): void;
  onWarning(message: string): void;
}

/** What is to be done, once everything about it was checked. */
interface Plan<Value> {
  /** The state to come; the present one where nothing is kept. */
  readonly next: ControlState;
  /** Another configuration with it. */
  readonly compiled?: Compiled | undefined;
  readonly before: string;
  readonly after: string;
  /** Called when all of it is in force. */
  readonly answer: () => Value;
}

interface Compiled {
  readonly config: LoadedConfig;
  readonly warnings: readonly ConfigProblem[];
  readonly leftOut: ConfigOverlay;
}

type Planned<Value> = Result<Plan<Value>, RouterError>;

/** What keys have spent is written so long after it changed: a crash forgets no more. */
const spendDelayMs = 2_000;

/**
 * Steers a running router. Changes are made one at a time: the state that one makes is checked, then on disk, then in force, then in
 * the audit log, then answered; whatever fails on the way, the state before it goes on.
 */
export class ControlPlane implements Operator {
  readonly #options: ControlPlaneOptions;
  readonly #queue = new OneAtATime();
  readonly #audit: AuditLog;
  readonly #ramps: WeightRamps;
  readonly #watcher: FileWatcher | undefined;
  readonly #store: StateStore;
  #state: ControlState;
  #config: LoadedConfig;
  #base: LoadedConfig | undefined;
  #leftOut: ConfigOverlay;
  /** The files' contents that are in force: a change is checked with these, whatever the disk says by now. */
  #texts: ReadonlyMap<string, string>;
  #loadedAt: number;
  #spend: Spend;
  #spendTimer: ReturnType<Clock["schedule"]> | undefined;
  #closed = false;

  constructor(options: ControlPlaneOptions) {
    const { opened, clock, files, config } = options;
    this.#options = options;
    this.#store = opened.store;
    this.#state = opened.state;
    this.#spend = opened.spend;
    this.#config = config;
    this.#base = opened.base;
    this.#leftOut = opened.leftOut;
    this.#texts = opened.result.texts;
    this.#loadedAt = clock.wallTime();
    this.#audit = new AuditLog((entry) => options.audit(entry));
    this.#ramps = new WeightRamps(clock, () => this.#applyWeights());
    if (files !== undefined) {
      const onChange = (): void => void this.#reloadChanged();
      this.#watcher = new FileWatcher({ clock, files, onChange });
      this.#watcher.watch(opened.result.wanted, config.content.digest);
    }
    this.#applyWeights();
    this.#applyKeys();
  }

  get etag(): string {
    return `${this.#state.lineage}.${this.#state.revision}.${this.#digest()}`;
  }

  deployments(group?: string): readonly OperatedDeployment[] {
    const now = this.#options.clock.wallTime();
    return this.#options.router.deployments(group).map((status) => {
      const move = this.#state.moves.get(status.id);
      const under = move !== undefined && arrivesAt(move) > now;
      return { ...status, move: under ? { weight: move.to, at: arrivesAt(move) } : undefined };
    });
  }

  explain: Operator["explain"] = (query) => this.#options.explain(query);

  async stats(): ReturnType<Operator["stats"]> {
    return { ...(await this.#options.stats.stats()), queued: this.#options.router.queued };
  }

  config(): ConfigView {
    return {
      config: configView(this.#config, this.#state),
      files: this.#config.files,
      changes: describeChanges(this.#state, this.#base),
      stateFile: this.#store.path,
      loadedAt: this.#loadedAt,
    };
  }

  changes(): readonly AuditEntry[] {
    return this.#audit.entries;
  }

  keys(): readonly OperatedKey[] {
    return keyRecords(this.#config.keys, this.#state).map((record) => this.#operatedKey(record));
  }

  /** What keys had spent when the server stopped, by their names. */
  get spend(): Spend {
    return this.#spend;
  }

  /** Keeps what all keys have spent, soon. */
  saveSpend(spend: Spend): void {
    this.#spend = spend;
    if (this.#closed) return;
    this.#spendTimer ??= this.#options.clock.schedule(spendDelayMs, () => void this.#writeSpend());
  }

  /** Takes no more changes, and resolves when those under way and the last spend are kept. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watcher?.stop();
    this.#ramps.stop();
    if (this.#spendTimer !== undefined) await this.#writeSpend();
    await this.#queue.idle();
  }

  setWeights(weights: ReadonlyMap<string, number>, overMs: number, act: Act): Promise<Result<readonly WeightChange[], RouterError>> {
    return this.#change("SetWeights", act, (state) => {
      const present = new Map(this.#options.router.deployments().map((status) => [status.id, status.weight]));
      const unknown = [...weights.keys()].map((id) => this.#unknownDeployment(id)).find((error) => error !== undefined);
      if (unknown !== undefined) return err(unknown);
      const next = withWeights(state, weights, overMs, present, this.#options.clock.wallTime());
      if (!next.ok) return next;
      const before = new Map([...weights.keys()].map((id) => [id, present.get(id) ?? 0]));
      return ok({
        next: next.value,
        before: pairs(before),
        after: `${pairs(weights)}${overMs > 0 ? ` over ${overMs / 1_000} s` : ""}`,
        answer: () => [...weights].map(([deploymentId, after]) => ({ deploymentId, before: before.get(deploymentId) ?? 0, after })),
      });
    });
  }

  setDeploymentState(deploymentId: string, wanted: DeploymentState, act: Act): Promise<Result<OperatedDeployment, RouterError>> {
    return this.#change("SetDeploymentState", act, (state) => {
      const unknown = this.#unknownDeployment(deploymentId);
      if (unknown !== undefined) return err(unknown);
      const configured = this.#config.source.deployments.find(({ id }) => id === deploymentId);
      if (configured?.blocked === true && wanted !== "blocked") {
        return refuse(`"${deploymentId}" is blocked by its own model_info.blocked; change its entry to use it`, "state");
      }
      return ok({
        next: { ...state, states: withKey(state.states, deploymentId, wanted === "active" ? undefined : wanted) },
        before: `${deploymentId} ${state.states.get(deploymentId) ?? "active"}`,
        after: `${deploymentId} ${wanted}`,
        answer: () => this.#deployment(deploymentId),
      });
    });
  }

  resetCooldown(deploymentId: string, act: Act): Promise<Result<boolean, RouterError>> {
    return this.#change("ResetCooldown", act, (state) => {
      const unknown = this.#unknownDeployment(deploymentId);
      if (unknown !== undefined) return err(unknown);
      const was = this.#options.router.resetCooldown(deploymentId) === true;
      return ok({
        next: state,
        before: `${deploymentId} ${was ? "resting" : "not resting"}`,
        after: `${deploymentId} not resting`,
        answer: () => was,
      });
    });
  }

  addDeployment(entry: object, act: Act): Promise<Result<EditedDeployment, RouterError>> {
    return this.#change("AddDeployment", act, async (state) => {
      const edited = editedEntry(entry, undefined);
      if (!edited.ok) return edited;
      const { id } = edited.value;
      if (this.#config.content.digests.has(id)) {
        return err(new RouterError("already_exists", `A deployment has the id "${id}" already. ${unchanged}`));
      }
      return this.#edit(state, edited.value, "none");
    });
  }

  updateDeployment(deploymentId: string, entry: object, act: Act): Promise<Result<EditedDeployment, RouterError>> {
    return this.#change("UpdateDeployment", act, async (state) => {
      if (!this.#config.content.digests.has(deploymentId)) return err(this.#noDeployment(deploymentId));
      const edited = editedEntry(entry, deploymentId);
      if (!edited.ok) return edited;
      return this.#edit(state, edited.value, this.#describe(deploymentId));
    });
  }

  removeDeployment(deploymentId: string, act: Act): Promise<Result<number, RouterError>> {
    return this.#change("RemoveDeployment", act, async (state) => {
      const { content } = this.#config;
      if (!content.digests.has(deploymentId)) return err(this.#noDeployment(deploymentId));
      const next = {
        ...state,
        weights: withKey(state.weights, deploymentId, undefined),
        moves: withKey(state.moves, deploymentId, undefined),
        states: withKey(state.states, deploymentId, undefined),
        entries: withKey(state.entries, deploymentId, undefined),
        removedIds: withMember(state.removedIds, deploymentId, content.listedIds.has(deploymentId)),
      };
      const compiled = await this.#compile(next, undefined);
      if (!compiled.ok) return compiled;
      return ok({
        next,
        compiled: compiled.value,
        before: this.#describe(deploymentId),
        after: `${deploymentId} is gone`,
        answer: () => this.#options.router.deployments().find(({ id }) => id === deploymentId)?.inFlight ?? 0,
      });
    });
  }

  setRoutingStrategy(group: string, strategy: string | undefined, args: object, act: Act): Promise<Result<Replaced<string>, RouterError>> {
    return this.#change("SetRoutingStrategy", act, async (state) => {
      const groups = this.#options.router.groups();
      const before = groups.get(group);
      if (before === undefined) {
        const known = [...groups.keys()];
        return err(new RouterError("not_found", `There is no group "${group}"${didYouMean(group, known)}. ${unchanged}`));
      }
      if (strategy !== undefined && /\/|\.[cm]?[jt]s$/.test(strategy)) {
        return refuse("A strategy of your own is named in the configuration file, which stands beside it", "strategy");
      }
      const written = literalSecrets(args as JsonObject, "args");
      if (written.length > 0) return refuse(`${written.join(", ")} must not hold a secret`, "args");
      const change = strategy === undefined ? undefined : { strategy, args: args as JsonObject };
      const next = { ...state, strategies: withKey(state.strategies, group, change) };
      const compiled = await this.#compile(next, strategyPlace(group));
      if (!compiled.ok) return compiled;
      const { source } = compiled.value.config;
      const after = (source.groupStrategies.get(group) ?? source.strategy).name;
      return ok({
        next,
        compiled: compiled.value,
        before: `${group} ${before}`,
        after: `${group} ${after}`,
        answer: () => ({ before, after }),
      });
    });
  }

  setAlias(
    alias: string,
    targets: readonly string[],
    hidden: boolean,
    act: Act,
  ): Promise<Result<Replaced<readonly string[]>, RouterError>> {
    return this.#change("SetAlias", act, async (state) => {
      if (alias === "") return refuse("The alias has no name", "alias");
      const current = this.#config.source.aliases.find((one) => one.alias === alias);
      if (targets.length === 0 && current === undefined) {
        return err(new RouterError("not_found", `There is no alias "${alias}" to remove. ${unchanged}`));
      }
      const inFiles = this.#base === undefined || this.#base.source.aliases.some((one) => one.alias === alias);
      const change = targets.length === 0 && !inFiles ? undefined : { targets, hidden };
      const next = { ...state, aliases: withKey(state.aliases, alias, change) };
      const compiled = await this.#compile(next, aliasPlace(alias));
      if (!compiled.ok) return compiled;
      const before = current?.targets ?? [];
      const after = compiled.value.config.source.aliases.find((one) => one.alias === alias)?.targets ?? [];
      return ok({
        next,
        compiled: compiled.value,
        before: `${alias} → ${before.join(", ")}`,
        after: `${alias} → ${after.join(", ")}${hidden ? " (hidden)" : ""}`,
        answer: () => ({ before, after }),
      });
    });
  }

  reload(options: { readonly dryRun: boolean; readonly discardChanges: boolean }, act: Act): Promise<Result<ReloadReport, RouterError>> {
    return this.#queue.run(async () => {
      const refusal = this.#refusal(act);
      return refusal === undefined ? this.#reload(options, act.who) : err(refusal);
    });
  }

  createKey(spec: KeySpec, act: Act): Promise<Result<OperatedKey & { readonly secret: string }, RouterError>> {
    return this.#change("CreateKey", act, (state) => {
      // With the first key the server asks everybody for one: without this one, nobody could operate it any more.
      if (this.#config.masterKey === undefined)
        return refuse("Set general_settings.master_key first: callers' keys need a key above them", undefined);
      const created = createdKey(spec, this.#key(spec.name), this.#options.clock.wallTime());
      if (!created.ok) return created;
      const { record, secret } = created.value;
      return ok({
        next: { ...state, keys: withKey(state.keys, spec.name, record) },
        before: "none",
        after: `key ${spec.name} for ${spec.models.length === 0 ? "all models" : spec.models.join(", ")}`,
        answer: () => ({ ...this.#operatedKey(record), secret }),
      });
    });
  }

  revokeKey(name: string, act: Act): Promise<Result<OperatedKey, RouterError>> {
    return this.#change("RevokeKey", act, (state) => {
      const record = this.#key(name);
      if (record === undefined) return err(noKey());
      const revoked = revokedKey(record);
      return ok({
        next: { ...state, keys: withKey(state.keys, name, revoked) },
        before: `key ${name} ${record.revoked ? "revoked" : "valid"}`,
        after: `key ${name} revoked`,
        answer: () => this.#operatedKey(revoked),
      });
    });
  }

  rotateKey(name: string, overlapMs: number, act: Act): Promise<Result<OperatedKey & { readonly secret: string }, RouterError>> {
    return this.#change("RotateKey", act, (state) => {
      const present = this.#key(name);
      if (present === undefined) return err(noKey());
      const rotated = rotatedKey(present, overlapMs, this.#options.clock.wallTime());
      if (!rotated.ok) return rotated;
      const { record, secret } = rotated.value;
      return ok({
        next: { ...state, keys: withKey(state.keys, name, record) },
        before: `key ${name}`,
        after: `key ${name} with another secret${overlapMs === 0 ? "" : `, the one before valid for ${overlapMs / 1_000} s more`}`,
        answer: () => ({ ...this.#operatedKey(record), secret }),
      });
    });
  }

  /** One change from the first look to the answer. `plan` changes nothing that a failed write would have to undo. */
  #change<Value>(
    what: string,
    act: Act,
    plan: (state: ControlState) => Planned<Value> | Promise<Planned<Value>>,
  ): Promise<Result<Value, RouterError>> {
    return this.#queue.run(async () => {
      const refusal = this.#refusal(act);
      if (refusal !== undefined) return err(refusal);
      const planned = await plan(this.#state);
      if (!planned.ok) return planned;
      const { next, compiled, before, after, answer } = planned.value;
      if (compiled !== undefined) await this.#options.prepare?.(compiled.config);
      const kept = await this.#keep(next);
      if (!kept.ok) return kept;
      if (compiled !== undefined) {
        this.#config = compiled.config;
        this.#leftOut = compiled.leftOut;
      }
      this.#apply(compiled?.config);
      this.#record(act.who, what, before, after);
      return ok(answer());
    });
  }

  #refusal({ etag }: Act): RouterError | undefined {
    if (this.#closed) return new RouterError("shutting_down", `The server is stopping. ${unchanged}`);
    if (etag === undefined || etag === "" || etag === this.etag) return undefined;
    return new RouterError(
      "state_changed",
      `The state is ${this.etag} by now, and not ${etag}: look at it, and make the change again. ${unchanged}`,
    );
  }

  /** Makes a state the present one, once it is on disk. */
  async #keep(next: ControlState): Promise<Result<undefined, RouterError>> {
    if (next === this.#state) return ok(undefined);
    const state = { ...next, revision: this.#state.revision + 1 };
    const written = await this.#store.write({ state, spend: this.#spend });
    if (!written.ok) return err(new RouterError("internal", `Nothing was changed: ${written.error}.`));
    this.#state = state;
    return ok(undefined);
  }

  #apply(config: LoadedConfig | undefined): void {
    this.#applyWeights(config);
    this.#applyKeys();
  }

  #applyWeights(config?: LoadedConfig): void {
    const { router, clock } = this.#options;
    const { weights: set, moves, states } = this.#state;
    const now = clock.wallTime();
    const weights = new Map(set);
    for (const [id, move] of moves) weights.set(id, weightAt(move, now));
    if (config !== undefined || weights.size > 0 || states.size > 0 || this.#state.revision > 0) {
      router.apply({ source: config?.source, weights, states });
    }
    if (!this.#closed) this.#ramps.follow(moves.values());
  }

  #applyKeys(): void {
    this.#options.keys.replace(keyRecords(this.#config.keys, this.#state));
  }

  #record(who: string, what: string, before: string, after: string): void {
    this.#audit.add({ at: this.#options.clock.wallTime(), who, what, before, after, etag: this.etag });
  }

  async #edit(state: ControlState, { id, entry }: { id: string; entry: JsonObject }, before: string): Promise<Planned<EditedDeployment>> {
    const next = { ...state, entries: withKey(state.entries, id, entry), removedIds: withMember(state.removedIds, id, false) };
    const compiled = await this.#compile(next, entryPlace(id));
    if (!compiled.ok) return compiled;
    const { config, warnings } = compiled.value;
    const made = config.source.deployments.find((deployment) => deployment.id === id);
    if (made === undefined) {
      const why = config.source.invalid.find((invalid) => invalid.id === id)?.reason ?? "its environment is another one";
      return refuse(`The entry makes no deployment: ${why}`, "entry");
    }
    return ok({
      next,
      compiled: compiled.value,
      before,
      after: `${id}: ${made.address} in ${made.group}`,
      answer: () => ({ deployment: this.#deployment(id), warnings }),
    });
  }

  /**
   * The configuration that a state makes of the files in force.
   * @param place Of the part that is changed, which counts again even if it was left out before.
   */
  async #compile(state: ControlState, place: string | undefined): Promise<Result<Compiled, RouterError>> {
    const leftOut = this.#leftOut.filter((part) => part.kind === "removal" || part.place !== place);
    const { config, problems, warnings } = await this.#options.load({ overlay: overlayWithout(state, leftOut), texts: this.#texts });
    if (config !== undefined) return ok({ config, warnings: warnings.filter(({ file }) => file === place), leftOut });
    const list = problems.map((problem) => formatProblem(problem)).join("\n");
    return err(new RouterError("invalid_request", `Nothing was changed: it would not make a valid configuration.\n${list}`));
  }

  async #reload(
    { dryRun, discardChanges }: { readonly dryRun: boolean; readonly discardChanges: boolean },
    who: string,
  ): Promise<Result<ReloadReport, RouterError>> {
    const { keys, lineage, revision } = this.#state;
    const next = discardChanges ? { ...emptyState(lineage), revision, keys } : this.#state;
    const { result, base, leftOut } = await loadUnderState(this.#options.load, next);
    const { config, problems, warnings } = result;
    const nothing = { addedIds: [], removedIds: [], changedIds: [], settings: [] };
    const differences = config === undefined ? nothing : compareConfigs(this.#config, config);
    const report = { ok: config !== undefined, problems, warnings, ...differences };
    if (dryRun) return ok(report);
    this.#watcher?.watch(result.wanted, digestOfTexts(result.texts));
    if (config === undefined) {
      this.#options.onReload(report, who);
      return ok(report);
    }
    await this.#options.prepare?.(config);
    const kept = await this.#keep(next);
    if (!kept.ok) return kept;
    const before = this.#digest();
    this.#config = config;
    this.#base = base;
    this.#leftOut = leftOut;
    this.#texts = result.texts;
    this.#loadedAt = this.#options.clock.wallTime();
    this.#apply(config);
    this.#options.onConfig(config);
    for (const message of unknownNames(this.#state, config)) this.#options.onWarning(message);
    this.#record(who, "reload", `files ${before}`, `files ${this.#digest()}: ${summarize(report, discardChanges)}`);
    this.#options.onReload(report, who);
    return ok(report);
  }

  /** The watcher saw other contents. */
  async #reloadChanged(): Promise<void> {
    await this.reload({ dryRun: false, discardChanges: false }, { who: "a change of the configuration's files", etag: undefined });
  }

  #writeSpend(): Promise<void> {
    this.#options.clock.cancel(this.#spendTimer);
    this.#spendTimer = undefined;
    return this.#queue.run(async () => {
      const written = await this.#store.write({ state: this.#state, spend: this.#spend });
      if (!written.ok) this.#options.onWarning(`what keys have spent is not kept: ${written.error}`);
    });
  }

  /** Of the files in force: enough of it to tell them apart. */
  #digest(): string {
    return this.#config.content.digest.slice(0, 8);
  }

  /** One that can be steered: in the table, and not on its way out of it. */
  #unknownDeployment(id: string): RouterError | undefined {
    return this.#config.source.deployments.some((deployment) => deployment.id === id) ? undefined : this.#noDeployment(id);
  }

  #noDeployment(id: string): RouterError {
    const left = this.#config.source.invalid.some((invalid) => invalid.id === id);
    const known = [...this.#config.content.digests.keys()];
    const why = left ? `The deployment "${id}" was left out as invalid` : `No deployment has the id "${id}"${didYouMean(id, known)}`;
    return new RouterError("not_found", `${why}. ${unchanged}`);
  }

  #deployment(id: string): OperatedDeployment {
    const status = this.deployments().find((deployment) => deployment.id === id);
    if (status === undefined) throw new Error(`the deployment ${id} is not in the table that was just made with it`);
    return status;
  }

  #describe(id: string): string {
    const deployment = this.#config.source.deployments.find((one) => one.id === id);
    return deployment === undefined ? `${id}: invalid` : `${id}: ${deployment.address} in ${deployment.group}`;
  }

  #key(name: string): KeyRecord | undefined {
    return keyRecords(this.#config.keys, this.#state).find((record) => record.name === name);
  }

  #operatedKey(record: KeyRecord): OperatedKey {
    const { keys, clock } = this.#options;
    return { record, usage: keys.usage(record.name), expired: record.expiresAt !== undefined && record.expiresAt <= clock.wallTime() };
  }
}

/** Does not repeat the name: it may be the secret itself, given in its place. */
function noKey(): RouterError {
  return new RouterError("not_found", `There is no key of that name. ${unchanged}`);
}

function pairs(weights: ReadonlyMap<string, number>): string {
  return [...weights].map(([id, weight]) => `${id}=${weight}`).join(" ");
}
