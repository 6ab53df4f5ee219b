import type { DeploymentState } from "../core/deployment-state.ts";
import type { DeploymentStatus } from "../core/deployment-status.ts";
import type { ErrorCode, RouterError } from "../core/errors.ts";
import type { KeyRecord, KeyUsage } from "../core/key-record.ts";
import type { RouteExplanation, RouteQuery } from "../core/explain.ts";
import type { Result } from "../lib/result.ts";
import type { ConfigProblem } from "../config/load/config-problem.ts";
import type { CallQuery, RecentCalls, UsageQuery, Usages } from "./history.ts";
import type { GroupStrategies } from "./strategies.ts";
import type { Stats } from "./stats.ts";

/**
 * What operators can see and do, by whichever way they come. Every change is atomic, checked as the configuration file is, on disk before
 * it is answered, and in the audit log. A failed change has changed nothing.
 * @example
 * const changed = await operator.setWeights(new Map([["gpt-eu", 3]]), 0, { who: "master key", etag: operator.etag });
 * if (!changed.ok && changed.error.code === "state_changed") lookAgain();
 */
export interface Operator {
  /** Names the state that is in force. Another one with every change. */
  readonly etag: string;
  /** All deployments, those that were left out as invalid included. @param group Omit it for all groups. */
  deployments(group?: string): readonly OperatedDeployment[];
  /** A deployment's entry of `model_list` as written, secrets masked. Undefined where the configuration has none of this id. */
  entry(deploymentId: string): object | undefined;
  /** Says where a call would go now, and why. Changes nothing. @param query `key` is the name of the caller's key, where it has one. */
  explain(query: RouteQuery & { readonly key: string | undefined }): Result<RouteExplanation, RouterError>;
  /** The counts of all threads. `queued` calls wait for capacity now. */
  stats(): Promise<Stats & { readonly queued: number }>;
  /** How each group is routed, and what other strategies would do, as far as these are asked, on all threads. */
  strategies(): Promise<readonly GroupStrategies[]>;
  /** The latest calls that have ended, on all threads. */
  recentCalls(query: CallQuery): Promise<RecentCalls>;
  /** What was used over time, on all threads. */
  usage(query: UsageQuery): Promise<Usages>;
  config(): ConfigView;
  /** The latest changes, newest first. */
  changes(): readonly AuditEntry[];
  keys(): readonly OperatedKey[];

  /**
   * @param weights By deployment id, from 0 to 1e9.
   * @param overMs How long the weights take to get there. 0 sets them at once.
   */
  setWeights(weights: ReadonlyMap<string, number>, overMs: number, act: Act): Change<readonly WeightChange[]>;
  setDeploymentState(deploymentId: string, state: DeploymentState, act: Act): Change<OperatedDeployment>;
  /** Ends a cooldown. Nothing on disk changes. @returns Whether there was one. */
  resetCooldown(deploymentId: string, act: Act): Change<boolean>;
  /** @param entry An entry of `model_list` as JSON. */
  addDeployment(entry: object, act: Act): Change<EditedDeployment>;
  /** @param entry Takes the place of the deployment's own. */
  updateDeployment(deploymentId: string, entry: object, act: Act): Change<EditedDeployment>;
  /** @returns How many calls are still under way there. They go on. */
  removeDeployment(deploymentId: string, act: Act): Change<number>;
  /** @param strategy Undefined gives the group the configuration's again. */
  setRoutingStrategy(group: string, strategy: string | undefined, args: object, act: Act): Change<Replaced<string>>;
  /**
   * @param targets Groups. An empty list removes the alias.
   * @param hidden Whether the list of models leaves it out.
   */
  setAlias(alias: string, targets: readonly string[], hidden: boolean, act: Act): Change<Replaced<readonly string[]>>;
  /**
   * Reads the configuration's files again.
   * @param options `dryRun` only reports what would happen; `discardChanges` gives up all changes made at run time but the keys.
   */
  reload(options: { readonly dryRun: boolean; readonly discardChanges: boolean }, act: Act): Change<ReloadReport>;
  /** @returns The key with its secret, which is kept nowhere. */
  createKey(spec: KeySpec, act: Act): Change<OperatedKey & { readonly secret: string }>;
  /** Ends the validity of all secrets of a key. */
  revokeKey(name: string, act: Act): Change<OperatedKey>;
  /** @param overlapMs How long the secret of before stays valid. @returns The key with its new secret, which is kept nowhere. */
  rotateKey(name: string, overlapMs: number, act: Act): Change<OperatedKey & { readonly secret: string }>;
}

type Change<Value> = Promise<Result<Value, RouterError>>;

/** One deployment's weight before and after a change. */
export interface WeightChange {
  readonly deploymentId: string;
  readonly before: number;
  readonly after: number;
}

/** Who makes a change, and of which state. */
export interface Act {
  /** For the audit log. */
  readonly who: string;
  /** The state that the operator has looked at: when it is another by now, the change fails with `state_changed`. Undefined accepts any. */
  readonly etag: string | undefined;
}

/** A deployment, with what operators have set of it. */
export interface OperatedDeployment extends DeploymentStatus {
  /** Where its weight is moving to, and when it is there, in milliseconds since the Unix epoch. Undefined when it stands still. */
  readonly move: { readonly weight: number; readonly at: number } | undefined;
  /** Its latest failure that was its own. Undefined when there was none since the start. */
  readonly lastError?: DeploymentError | undefined;
}

/** A failure of a deployment's. */
export interface DeploymentError {
  readonly code: ErrorCode;
  /** A sentence for people, without secrets and of bounded length. */
  readonly message: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** A deployment that was added or changed. */
export interface EditedDeployment {
  readonly deployment: OperatedDeployment;
  /** What was tolerated in its entry. */
  readonly warnings: readonly ConfigProblem[];
}

/** Something that was replaced. */
export interface Replaced<Value> {
  readonly before: Value;
  readonly after: Value;
}

/** The configuration in force, for people to look at. */
export interface ConfigView {
  /** The files' contents joined, changes applied, secrets masked. */
  readonly config: object;
  /** The paths of the files, the given one first. */
  readonly files: readonly string[];
  /** How the state in force differs from the files, a sentence each. */
  readonly changes: readonly string[];
  /** The path of the file that keeps changes. Undefined when they last until the server stops. */
  readonly stateFile: string | undefined;
  /** When the files were read, in milliseconds since the Unix epoch. */
  readonly loadedAt: number;
}

/** What a reload has come to. */
export interface ReloadReport {
  /** Whether the files are in force, or in a dry run, whether they could be. */
  readonly ok: boolean;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** Deployments, compared with what was in force before. */
  readonly addedIds: readonly string[];
  readonly removedIds: readonly string[];
  readonly changedIds: readonly string[];
  /** Settings that differ, a sentence each. */
  readonly settings: readonly string[];
}

/** One line of the audit log. */
export interface AuditEntry {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly who: string;
  /** The method, such as `SetWeights`, or `reload`. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
  /** Of the state after the change. */
  readonly etag: string;
}

/** What an operator says of a new key. */
export type KeySpec = Omit<KeyRecord, "sha256" | "previous" | "revoked" | "origin" | "createdAt">;

/** A key, with what it has used. */
export interface OperatedKey {
  readonly record: KeyRecord;
  readonly usage: KeyUsage;
  readonly expired: boolean;
}
