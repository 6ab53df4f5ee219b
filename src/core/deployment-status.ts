import type { DeploymentState } from "./deployment-state.ts";

/** Why a deployment may not serve a call now; `eligible` when it may. */
export type Eligibility =
  | "eligible"
  | "invalid"
  | "blocked"
  /** Being emptied: by an operator, or because it left the configuration. */
  | "draining"
  | "cooling_down"
  /** Back from a cooldown: takes a few calls more with each second. */
  | "warming_up"
  /** The prompt is longer than it takes. */
  | "context_window"
  /** The call must stay in another region. */
  | "region"
  /** It does not take the schema that the call wants its answer by. */
  | "response_format"
  /** It cannot be sent what the call asks for. */
  | "cannot_serve_this"
  /** The call's tags do not allow it. */
  | "tags"
  | "rpm_limit"
  | "tpm_limit"
  | "itpm_limit"
  | "otpm_limit"
  /** The requests, or the tokens, of the day are used up. */
  | "rpd_limit"
  | "tpd_limit"
  | "max_parallel_requests"
  | "already_tried"
  /** Of an `order` that this call has left behind or may not reach. */
  | "other_order"
  /** A deployment of a lower `order` is eligible. */
  | "lower_order_preferred"
  /** Weight 0, and a deployment with weight is eligible. */
  | "backup";

/**
 * How a deployment has answered, whether or not it may serve a call now:
 * - `unknown`: it was not asked yet.
 * - `never_answered`: it has failed since the start, and never answered.
 * - `failing`: of its latest attempts at least half failed.
 */
export type DeploymentHealth = "unknown" | "ok" | "failing" | "never_answered";

/** One deployment as operators see it: a copy, without secrets. */
export interface DeploymentStatus {
  readonly id: string;
  readonly group: string;
  readonly provider: string;
  /** `litellm_params.model` as configured. */
  readonly address: string;
  readonly weight: number;
  readonly order: number;
  readonly state: DeploymentState;
  /** The group's strategy; empty for one that was left out as invalid. */
  readonly strategy: string;
  readonly eligibility: Eligibility;
  /** Milliseconds until a limit or a cooldown gives way; undefined when no clock tells. */
  readonly eligibleInMs: number | undefined;
  /** A sentence for people where `eligibility` alone does not say it all; else empty. */
  readonly detail: string;
  readonly inFlight: number;
  /** What the attempts in flight are expected to use. */
  readonly outstandingTokens: number;
  readonly usedRpm: number;
  readonly usedTpm: number;
  /** Undefined for no limit. */
  readonly rpmLimit: number | undefined;
  readonly tpmLimit: number | undefined;
  /** What was used on the present day, and may be; each undefined where the day has no such limit. */
  readonly usedRpd?: number | undefined;
  readonly usedTpd?: number | undefined;
  readonly rpdLimit?: number | undefined;
  readonly tpdLimit?: number | undefined;
  readonly maxParallelRequests: number | undefined;
  readonly health: DeploymentHealth;
  /** Means of what was measured and of penalties for failures. Undefined until it has answered: penalties alone are no measure. */
  readonly firstTokenMs: number | undefined;
  readonly msPerToken: number | undefined;
  readonly failureRate: number;
  readonly successes: number;
  readonly failures: number;
  readonly cancellations: number;
}
