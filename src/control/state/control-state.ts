import type { KeySpend } from "../../core/keys/budgets.ts";
import type { JsonObject } from "../../config/overlay/json-node.ts";
import type { DeploymentState } from "../../core/deployment-state.ts";
import type { KeyRecord } from "../../core/key-record.ts";

/** Everything that operators have changed, laid over the configuration's files. Immutable: a change is a new one. */
export interface ControlState {
  /** Random: tells apart states that do not come from each other, such as one that was begun anew after the file was lost. */
  readonly lineage: string;
  /** Counts the changes. */
  readonly revision: number;
  /** By deployment id; where a weight is moving, the one it is moving to. */
  readonly weights: ReadonlyMap<string, number>;
  /** Weights under way, by deployment id. */
  readonly moves: ReadonlyMap<string, WeightMove>;
  /** Of deployments that are not active, by id. */
  readonly states: ReadonlyMap<string, DeploymentState>;
  /** Entries of `model_list` by deployment id, references as they were given: no secret is among them. */
  readonly entries: ReadonlyMap<string, JsonObject>;
  /** Of deployments of the files that are taken out. */
  readonly removedIds: ReadonlySet<string>;
  /** By group. */
  readonly strategies: ReadonlyMap<string, StrategyChange>;
  /** By alias. */
  readonly aliases: ReadonlyMap<string, AliasChange>;
  /** By name: those that were made here, and those of the files that were revoked or rotated. */
  readonly keys: ReadonlyMap<string, KeyRecord>;
}

/** A weight on its way, in a straight line. */
export interface WeightMove {
  readonly from: number;
  readonly to: number;
  /** Milliseconds since the Unix epoch, so that it goes on after a restart. */
  readonly startedAt: number;
  readonly overMs: number;
}

export interface StrategyChange {
  readonly strategy: string;
  readonly args: JsonObject;
}

export interface AliasChange {
  /** None: the files' alias is taken away. */
  readonly targets: readonly string[];
  readonly hidden: boolean;
}

/** What keys have spent, by name. */
export type Spend = ReadonlyMap<string, KeySpend>;

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

/** @returns The map with one key set, or, where the value is undefined, taken out. */
export function withKey<Value>(map: ReadonlyMap<string, Value>, key: string, value: Value | undefined): ReadonlyMap<string, Value> {
  const changed = new Map(map);
  if (value === undefined) changed.delete(key);
  else changed.set(key, value);
  return changed;
}

export function withMember(set: ReadonlySet<string>, member: string, present: boolean): ReadonlySet<string> {
  const changed = new Set(set);
  if (present) changed.add(member);
  else changed.delete(member);
  return changed;
}
