import { backoffMs } from "../../lib/backoff.ts";
import type { Random } from "../../lib/random.ts";
import type { Call } from "../call.ts";
import type { Deployment } from "../deployment.ts";
import { codeClasses, type RouterError } from "../errors.ts";
import type { RouterSettings } from "../router-settings.ts";

/** How often a call may be retried after a failure. */
export interface RetryBound {
  readonly most: number;
  /** A retry policy names this class of failure: it is retried even where it would not be. */
  readonly forced: boolean;
}

/** A call that asks for no retries gets none. Otherwise a policy wins over the call's number, that over the deployment's and the router's. */
export function retryBound(error: RouterError, failed: Deployment, { numRetries }: Call, settings: RouterSettings): RetryBound {
  if (numRetries === 0) return { forced: false, most: 0 };
  const policy = settings.groupRetryPolicies.get(failed.group) ?? settings.retryPolicy;
  const { policy: policyClass } = codeClasses[error.code];
  const ofClass = policyClass === undefined ? undefined : policy?.[policyClass];
  if (ofClass !== undefined) return { forced: ofClass > 0, most: ofClass };
  return { forced: false, most: policy?.Default ?? numRetries ?? failed.numRetries ?? settings.numRetries };
}

/** All that the decision depends on. */
export interface RetrySituation {
  readonly error: RouterError;
  /** Failed attempts of this call in this group. */
  readonly failures: number;
  /** Retries that the call has left. */
  readonly retriesLeft: number;
  /** A retry policy names this class of failure: it is retried even where it would not be. */
  readonly forced: boolean;
  /** Whether a deployment that was not tried yet is eligible. */
  readonly siblingEligible: boolean;
  /** Whether a tried deployment may be asked again: it is not hopeless, and its retry budget is not used up. */
  readonly repeatable: boolean;
  /** Whether there is a fallback to go to instead of waiting. */
  readonly fallbackLeft: boolean;
  /** On the router's clock, as is the deadline. */
  readonly now: number;
  readonly deadline: number | undefined;
  /** The configured least wait before the same deployment is asked again. */
  readonly retryAfterMs: number;
}

export type RetryDecision =
  /** Another deployment, at once. */
  | { readonly kind: "next" }
  /** The same deployments again, after a wait. */
  | { readonly kind: "wait"; readonly waitMs: number }
  | { readonly kind: "give_up" };

/** A provider that asks for a longer wait is not waited for: the caller hears of it instead. */
const longestWaitMs = 60_000;

/** Decides whether a call is retried within its group, where, and when. The only place that does. */
export function decideRetry(situation: RetrySituation, random: Random): RetryDecision {
  const { error } = situation;
  if (codeClasses[error.code].failure === "caller" && !situation.forced) return { kind: "give_up" };
  if (situation.retriesLeft <= 0) return { kind: "give_up" };
  if (situation.siblingEligible) return { kind: "next" };
  if (!situation.repeatable) return { kind: "give_up" };
  // Another group can answer now. Only a policy of the operator for this class of failure asks for retries here all the same.
  if (situation.fallbackLeft && !situation.forced) return { kind: "give_up" };
  const asked = error.retryAfterMs;
  if (asked !== undefined && asked > longestWaitMs) return { kind: "give_up" };
  const waitMs = Math.max(asked ?? backoffMs(situation.failures, random), situation.retryAfterMs);
  const fits = situation.deadline === undefined || situation.now + waitMs < situation.deadline;
  return fits ? { kind: "wait", waitMs } : { kind: "give_up" };
}
