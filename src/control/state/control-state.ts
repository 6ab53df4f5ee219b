import type { KeySpend } from "../../core/keys/budgets.ts";
import type { JsonObject } from "../../config/overlay/json-node.ts";
import type { DeploymentState } from "../../core/deployment-state.ts";
import type { KeyRecord } from "../../core/key-record.ts";

/** Everything that operators have changed, to be laid over the configuration's files. Immutable: a change makes a new one. */
export interface ControlState {
  /** A random text that tells apart states that do not come from each other, such as one that began anew after the file was lost. */
  readonly lineage: string;
  /** Counts the changes. */
  readonly revision: number;
  /** By deployment id. Of a weight that is moving, the one that it is moving to. */
  readonly weights: ReadonlyMap<string, number>;
  /** Weights under way, by deployment id. */
  readonly moves: ReadonlyMap<string, WeightMove>;
  /** Deployments that are not active, by id. */
  readonly states: ReadonlyMap<string, DeploymentState>;
  /** Entries of `model_list` by deployment id, with references as they were given. They hold no secret. */
  readonly entries: ReadonlyMap<string, JsonObject>;
  /** The ids of deployments of the files that were removed. */
  readonly removedIds: ReadonlySet<string>;
  /** By group. */
  readonly strategies: ReadonlyMap<string, StrategyChange>;
  /** By alias. */
  readonly aliases: ReadonlyMap<string, AliasChange>;
  /** By name: keys that were made at run time, and keys of the files that were revoked or rotated. */
  readonly keys: ReadonlyMap<string, KeyRecord>;
}

/** A weight that moves in a straight line. */
export interface WeightMove {
  readonly from: number;
  readonly to: number;
  /** Milliseconds since the Unix epoch, so that it goes on after a restart. */
  readonly startedAt: number;
  readonly overMs: number;
}

/** A group's strategy as an operator has set it. */
export interface StrategyChange {
  readonly strategy: string;
  readonly args: JsonObject;
}

/** An alias as an operator has set it. */
export interface AliasChange {
  /** Groups. Empty takes the files' alias away. */
  readonly targets: readonly string[];
  readonly hidden: boolean;
}

/** What keys have spent, by name. */
export type Spend = ReadonlyMap<string, KeySpend>;

/** The state of a server that nothing was changed on. */
export function emptyState(lineage: string): ControlState {
  return {
    lineage,
    revision: 0,
    weights: new Map(),
    moves: new Map(),
    states: new Map(),
    entries: new Map(),
    removedIds: new Set(),
    strategies: new Map(),
    aliases: new Map(),
    keys: new Map(),
  };
}

/** A copy of a map with one key set. An undefined value takes the key out. */
export function withKey<Value>(map: ReadonlyMap<string, Value>, key: string, value: Value | undefined): ReadonlyMap<string, Value> {
  const changed = new Map(map);
  if (value === undefined) changed.delete(key);
  else changed.set(key, value);
  return changed;
}

/** A copy of a set that has a member, or has it not. */
export function withMember(set: ReadonlySet<string>, member: string, present: boolean): ReadonlySet<string> {
  const changed = new Set(set);
  if (present) changed.add(member);
  else changed.delete(member);
  return changed;
}
