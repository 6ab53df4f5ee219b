import { formatProblem, type ConfigProblem } from "../../config/load/config-problem.ts";
import type { ConfigurationInForce } from "../../config/load/configuration-in-force.ts";
import type { LoadedConfig } from "../../config/load/load-config.ts";
import type { ConfigOverlay } from "../../config/overlay/config-overlay.ts";
import { RouterError } from "../../core/errors.ts";
import type { Router } from "../../core/router/router.ts";
import { steadyWallTime, type Clock } from "../../lib/clock.ts";
import type { OneAtATime } from "../../lib/one-at-a-time.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { ConfigCheck, Done, Plan, Planned, Present } from "../changes/plan.ts";
import { unchanged } from "../changes/refuse.ts";
import { planReloadConfig, reportReload, shortDigest, stateToReload, type ReloadRequest } from "../changes/reload-config.ts";
import type { Act, AuditEntry, ReloadReport } from "../operator.ts";
import type { ControlState } from "../state/control-state.ts";
import { keyRecords } from "../state/key-records.ts";
import { weightAt } from "../state/weight-move.ts";
import { operatedDeployments, operatedKey } from "../views/operated.ts";
import type { KeptState } from "./kept-state.ts";
import { loadUnderState, overlayWithout, type ConfigLoader, type LoadUnderState } from "./load-under-state.ts";
import { unknownNames } from "./unknown-names.ts";
import { WeightRamps } from "./weight-ramps.ts";

export interface PlanRunnerOptions {
  readonly router: Pick<Router, "resetCooldown" | "groups" | "deployments" | "keyUsage">;
  readonly inForce: ConfigurationInForce;
  /** How the configuration in force was loaded. */
  readonly opened: LoadUnderState;
  readonly load: ConfigLoader;
  readonly kept: KeptState;
  readonly queue: OneAtATime;
  readonly clock: Clock;
  /** Takes every change. Must not throw. */
  audit(entry: AuditEntry): void;
  /** Called when the files were read again, whether or not they came into force. `wanted` are all that were looked for. */
  onReload(report: ReloadReport, who: string): void;
  onFilesRead(wanted: readonly string[], digest: string): void;
  onWarning(message: string): void;
}

/** What the configuration in force was made of. */
interface FilesInForce {
  /** The files alone. Undefined when they are not valid by themselves. */
  readonly base: LoadedConfig | undefined;
  /** Their contents: a change is checked with these, whatever the disk says by now. */
  readonly texts: ReadonlyMap<string, string>;
  /** Changes that do not fit them and are not in force. */
  readonly leftOut: ConfigOverlay;
  /** Milliseconds since the Unix epoch. */
  readonly loadedAt: number;
}

/** A configuration that was checked and may come into force. */
interface Checked {
  readonly config: LoadedConfig;
  readonly files: FilesInForce;
  /** Of the part that was changed. */
  readonly warnings: readonly ConfigProblem[];
  /** To be told once it is in force. */
  readonly doubts: readonly string[];
}

/**
 * Carries out plans, one at a time: the state that one makes is checked, then on disk, then in force, then in the audit log, then
 * answered. When a step fails, the state before goes on.
 */
export class PlanRunner {
  readonly #options: PlanRunnerOptions;
  readonly #ramps: WeightRamps;
  /** Milliseconds since the Unix epoch, by a clock that does not jump. */
  readonly steadyNow: () => number;
  #files: FilesInForce;
  #closed = false;

  constructor(options: PlanRunnerOptions) {
    const { opened, clock } = options;
    this.#options = options;
    this.#files = { base: opened.base, texts: opened.result.texts, leftOut: opened.leftOut, loadedAt: clock.wallTime() };
    this.steadyNow = steadyWallTime(clock);
    this.#ramps = new WeightRamps(clock, this.steadyNow, () => this.#putWeights(undefined));
    this.#putWeights(undefined);
    this.#putKeys();
  }

  /** Stands for the state in force. */
  get etag(): string {
    const { kept, inForce } = this.#options;
    return `${kept.state.lineage}.${kept.state.revision}.${shortDigest(inForce.config)}`;
  }

  /** When the files were read, in milliseconds since the Unix epoch. */
  get loadedAt(): number {
    return this.#files.loadedAt;
  }

  /** What is in force now. */
  present(): Present {
    const { router, inForce, kept, clock } = this.#options;
    const { state } = kept;
    const { config } = inForce;
    const now = clock.wallTime();
    const steadyNow = this.steadyNow();
    return {
      state,
      config,
      base: this.#files.base,
      isKept: kept.path !== undefined,
      now,
      steadyNow,
      deployments: () => operatedDeployments(router.deployments(), state, steadyNow),
      groups: () => router.groups(),
      operatedKey: (record) => operatedKey(record, router.keyUsage(record.name), now),
    };
  }

  /** Takes no more changes. Those under way go on. */
  close(): void {
    this.#closed = true;
    this.#ramps.stop();
  }

  /**
   * One change from the first look to the answer.
   * @param what The method, for the audit log.
   * @param plan Changes nothing.
   */
  run<Value>(what: string, act: Act, plan: (present: Present) => Planned<Value>): Promise<Result<Value, RouterError>> {
    return this.#options.queue.run(async () => {
      const refusal = this.#refusal(act);
      if (refusal !== undefined) return err(refusal);
      const planned = plan(this.present());
      if (!planned.ok) return planned;
      const { next, check } = planned.value;
      const checked = check === undefined ? ok(undefined) : await this.#check(next, check);
      return checked.ok ? this.#carryOut(planned.value, checked.value, what, act.who) : checked;
    });
  }

  /** Reads the configuration's files again. */
  reload(request: ReloadRequest, act: Act): Promise<Result<ReloadReport, RouterError>> {
    return this.#options.queue.run(async () => {
      const refusal = this.#refusal(act);
      if (refusal !== undefined) return err(refusal);
      const { load, clock } = this.#options;
      const present = this.present();
      const knownFaults = present.config.content.faults;
      const edited: ConfigLoader = (options) => load({ ...options, knownFaults });
      const { result, base, leftOut } = await loadUnderState(edited, stateToReload(present.state, request));
      const { config, texts } = result;
      const report = reportReload(present, result);
      if (request.dryRun) return ok(report);
      this.#options.onFilesRead(result.wanted, result.digest);
      if (config !== undefined) {
        const plan = planReloadConfig(present, request, report);
        const files = { base, texts, leftOut, loadedAt: clock.wallTime() };
        const doubts = unknownNames(plan.next, config);
        const done = await this.#carryOut(plan, { config, files, warnings: [], doubts }, "reload", act.who);
        if (!done.ok) return done;
      }
      this.#options.onReload(report, act.who);
      return ok(report);
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

  /** Makes the configuration of a state and of the files in force. */
  async #check(state: ControlState, { place, accept }: ConfigCheck): Promise<Result<Checked, RouterError>> {
    const leftOut = this.#files.leftOut.filter((part) => part.kind === "removal" || part.place !== place);
    const overlay = overlayWithout(state, leftOut);
    const { config, problems, warnings } = await this.#options.load({ overlay, texts: this.#files.texts });
    if (config === undefined) {
      const list = problems.map((problem) => formatProblem(problem)).join("\n");
      return err(new RouterError("invalid_request", `Nothing was changed: it would not make a valid configuration.\n${list}`));
    }
    const accepted = accept?.(config) ?? ok(undefined);
    if (!accepted.ok) return accepted;
    const own = warnings.filter(({ file }) => file === place);
    return ok({ config, files: { ...this.#files, leftOut }, warnings: own, doubts: [] });
  }

  async #carryOut<Value>(
    { next, conclude }: Plan<Value>,
    checked: Checked | undefined,
    what: string,
    who: string,
  ): Promise<Result<Value, RouterError>> {
    const { inForce, kept, clock } = this.#options;
    if (checked !== undefined) await inForce.prepare(checked.config);
    const written = await kept.keep(next);
    if (!written.ok) return written;
    if (checked !== undefined) this.#files = checked.files;
    this.#putWeights(checked?.config);
    this.#putKeys();
    for (const message of checked?.doubts ?? []) this.#options.onWarning(message);
    const { before, after, answer } = conclude(this.#done(checked?.warnings ?? []));
    this.#options.audit({ at: clock.wallTime(), who, what, before, after, etag: this.etag });
    return ok(answer);
  }

  #done(warnings: readonly ConfigProblem[]): Done {
    const resetCooldown = (id: string): boolean => this.#options.router.resetCooldown(id) === true;
    return { ...this.present(), warnings, resetCooldown };
  }

  /** Brings weights and states into force, under another configuration where there is one. Called again while weights are moving. */
  #putWeights(config: LoadedConfig | undefined): void {
    const { inForce, kept } = this.#options;
    const { weights: set, moves, states, revision } = kept.state;
    const now = this.steadyNow();
    const weights = new Map(set);
    for (const [id, move] of moves) weights.set(id, weightAt(move, now));
    // A start that nothing was changed before needs no second table.
    if (config !== undefined || weights.size > 0 || states.size > 0 || revision > 0) inForce.put({ config, weights, states });
    if (!this.#closed) this.#ramps.follow(moves.values());
  }

  #putKeys(): void {
    const { inForce, kept } = this.#options;
    inForce.put({ keys: keyRecords(inForce.config.keys, kept.state) });
  }
}
