import type { DeploymentState } from "../core/deployment-state.ts";
import type { DeploymentStatus } from "../core/deployment-status.ts";
import type { RouterError } from "../core/errors.ts";
import type { KeyRecord, KeyUsage } from "../core/key-record.ts";
import type { RouteExplanation, RouteQuery } from "../core/explain.ts";
import type { Result } from "../lib/result.ts";
import type { ConfigProblem } from "../config/load/config-problem.ts";
import type { Stats } from "./stats.ts";

/**
 * What operators can see and do, whatever they reach it by. Every change is atomic, checked as the configuration file is, on disk before
 * it is answered, and in the audit log. A failed change has changed nothing.
 */
export interface Operator {
  /** Stands for the state that is in force; changes with every change. */
  readonly etag: string;
  deployments(group?: string): readonly OperatedDeployment[];
  /** Where a call would go now, and why. Changes nothing. */
  explain(query: RouteQuery & { readonly key: string | undefined }): Result<RouteExplanation, RouterError>;
  stats(): Promise<Stats & { readonly queued: number }>;
  config(): ConfigView;
  /** Newest first. */
  changes(): readonly AuditEntry[];
  keys(): readonly OperatedKey[];

  /** @param overMs How long the weights take to get there; 0: at once. */
  setWeights(weights: ReadonlyMap<string, number>, overMs: number, act: Act): Change<readonly WeightChange[]>;
  setDeploymentState(deploymentId: string, state: DeploymentState, act: Act): Change<OperatedDeployment>;
  /** @returns Whether there was a cooldown to end. Not kept over a restart: nothing on disk changes. */
  resetCooldown(deploymentId: string, act: Act): Change<boolean>;
  /** @param entry An entry of `model_list` as JSON. */
  addDeployment(entry: object, act: Act): Change<EditedDeployment>;
  updateDeployment(deploymentId: string, entry: object, act: Act): Change<EditedDeployment>;
  /** @returns Calls still under way there. */
  removeDeployment(deploymentId: string, act: Act): Change<number>;
  /** @param strategy Undefined: the configuration's again. */
  setRoutingStrategy(group: string, strategy: string | undefined, args: object, act: Act): Change<Replaced<string>>;
  /** @param targets None: the alias is removed. */
  setAlias(alias: string, targets: readonly string[], hidden: boolean, act: Act): Change<Replaced<readonly string[]>>;
  reload(options: { readonly dryRun: boolean; readonly discardChanges: boolean }, act: Act): Change<ReloadReport>;
  createKey(spec: KeySpec, act: Act): Change<OperatedKey & { readonly secret: string }>;
  revokeKey(name: string, act: Act): Change<OperatedKey>;
  rotateKey(name: string, overlapMs: number, act: Act): Change<OperatedKey & { readonly secret: string }>;
}

type Change<Value> = Promise<Result<Value, RouterError>>;

/** One deployment's weight before and after a change. */
export interface WeightChange {
  readonly deploymentId: string;
  readonly before: number;
  readonly after: number;
}

/** By whom a change is made, and for which state. */
export interface Act {
  /** For the audit log. */
  readonly who: string;
  /** The state that the operator looked at: `state_changed` when there is another by now. Undefined: whatever it is. */
  readonly etag: string | undefined;
}

export interface OperatedDeployment extends DeploymentStatus {
  /** Where its weight is moving to, and when (since the Unix epoch) it is there. */
  readonly move: { readonly weight: number; readonly at: number } | undefined;
}

export interface EditedDeployment {
  readonly deployment: OperatedDeployment;
  readonly warnings: readonly ConfigProblem[];
}

export interface Replaced<Value> {
  readonly before: Value;
  readonly after: Value;
}

export interface ConfigView {
  /** The files' contents joined, changes applied, secrets masked. */
  readonly config: object;
  readonly files: readonly string[];
  /** How the state in force differs from the files, a sentence each. */
  readonly changes: readonly string[];
  /** Undefined: changes last until the server stops. */
  readonly stateFile: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly loadedAt: number;
}

export interface ReloadReport {
  /** Whether the files are in force; in a dry run, whether they could be. */
  readonly ok: boolean;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  readonly addedIds: readonly string[];
  readonly removedIds: readonly string[];
  readonly changedIds: readonly string[];
  /** Settings that differ, a sentence each. */
  readonly settings: readonly string[];
}

export interface AuditEntry {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly who: string;
  /** The method, such as `SetWeights`, or `reload`. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
  readonly etag: string;
}

/** What a new key is to be. */
export type KeySpec = Omit<KeyRecord, "sha256" | "previous" | "revoked" | "origin" | "createdAt">;

export interface OperatedKey {
  readonly record: KeyRecord;
  readonly usage: KeyUsage;
  readonly expired: boolean;
}
