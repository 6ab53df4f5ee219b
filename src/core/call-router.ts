import type { Result } from "../lib/result.ts";
import type { Call } from "./call.ts";
import type { Deployment } from "./deployment.ts";
import type { DeploymentStatus } from "./deployment-status.ts";
import type { RouterError } from "./errors.ts";
import type { CallHandle, ReplySink } from "./reply-sink.ts";

/** One deployment's weight before and after a change. */
export interface WeightChange {
  readonly deploymentId: string;
  readonly before: number;
  readonly after: number;
}

/** What the doors know of the core. */
export interface CallRouter {
  /** Routes one call. The sink is called asynchronously only, never from within `start`. */
  start(call: Call, sink: ReplySink): CallHandle;
  /** The names callers may use, in the configuration's order: groups, wildcard patterns and visible aliases. */
  models(): readonly string[];
  /** Whether this name, pattern, alias, deployment id or address can be routed. */
  knows(model: string): boolean;
  /** The deployments as configured, group by group, without those that are invalid. */
  catalog(): readonly Deployment[];
  /** Every deployment, the ones left out as invalid included. `group` narrows it to one group. */
  deployments(group?: string): readonly DeploymentStatus[];
  /**
   * Sets weights in one step, effective from the next pick. Nothing changes when any id is unknown (`model_not_found`)
   * or any weight is not a number from 0 to 1e9 (`invalid_request`).
   */
  setWeights(weights: ReadonlyMap<string, number>): Result<readonly WeightChange[], RouterError>;
}
