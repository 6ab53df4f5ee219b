import type { Call } from "./call.ts";
import type { Deployment } from "./deployment.ts";
import type { Intake } from "./intake.ts";
import type { CallHandle, ReplySink } from "./reply-sink.ts";

/**
 * What the inbound protocols may ask of the router.
 *
 * @example
 *     const handle = router.start(call, sink);
 *     response.on("close", () => handle.cancel());
 */
export interface CallRouter {
  /** What a request that has begun to come holds of the process: nothing yet. */
  intake(): Intake;
  /** Routes one call. The sink is called asynchronously only, never from within `start`. */
  start(call: Call, sink: ReplySink): CallHandle;
  /** The names callers may use, in the configuration's order: groups, wildcard patterns and visible aliases. */
  models(): readonly string[];
  /** Whether this name, pattern, alias, deployment id or address can be routed. */
  knows(model: string): boolean;
  /** The deployments that a name leads to, each with the model that it would be sent: none where the name can't be routed. */
  behind(model: string): readonly ServedModel[];
  /** The deployments as configured, group by group, without those that are invalid. */
  catalog(): readonly Deployment[];
}

/** A deployment, and the model as it is sent there. */
export interface ServedModel {
  readonly deployment: Deployment;
  readonly upstreamModel: string;
  /** How many tokens a prompt of so many bytes is likely to have there, as far as that was learned. */
  tokensOf?(bytes: number): number;
}
