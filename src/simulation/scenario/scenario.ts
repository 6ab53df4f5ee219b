import type { ReplicaSpec } from "../../replica/replica-spec.ts";
import type { CallerSpec } from "../traffic/callers.ts";
import type { Fault } from "../world/faulty-backend.ts";
import type { ProviderSpec } from "../world/provider-spec.ts";

/** What a deployment is in the simulated world. */
export type DeploymentModel =
  | { readonly kind: "replica"; readonly spec: ReplicaSpec }
  | { readonly kind: "provider"; readonly spec: Partial<ProviderSpec> };

/** What happens on the way, and to which deployment. */
export interface ScenarioEvent {
  readonly atMs: number;
  /** Undefined until the end of the run. */
  readonly forMs: number | undefined;
  /** A deployment's id. */
  readonly deployment: string;
  /** A fault; or that it is there only from then on, no longer, or drained. */
  readonly happens: Fault | "added" | "removed" | "drained";
  /** For people. */
  readonly label: string;
}

/** A world, its traffic, and how what comes of it is judged. */
export interface Scenario {
  readonly durationMs: number;
  /** Calls that come before this moment are not counted. */
  readonly warmUpMs: number;
  readonly seeds: readonly number[];
  readonly good: { readonly firstMs: number; readonly tokenMs: number };
  readonly nodes: { readonly count: number; readonly lateMs: number | undefined } | undefined;
  /** By deployment id; else by group. */
  readonly byId: ReadonlyMap<string, DeploymentModel>;
  readonly byGroup: ReadonlyMap<string, DeploymentModel>;
  readonly callers: readonly CallerSpec[];
  readonly timeline: readonly ScenarioEvent[];
}
