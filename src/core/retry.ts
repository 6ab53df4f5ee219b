import { backoffMs } from "../lib/backoff.ts";
import type { Random } from "../lib/random.ts";
import type { RouterError } from "./errors.ts";
import { failureClass } from "./failure-classes.ts";

/** All that the decision depends on. */
export interface RetrySituation {
  readonly error: RouterError;
  /** Attempts made so far, the failed one included. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** Whether a deployment that was not tried yet is eligible. */
  readonly siblingEligible: boolean;
  /** Whether any tried deployment may be asked again. */
  readonly repeatable: boolean;
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

/** A provider that asks for more is not waited for: the caller hears it instead. */
const longestWaitMs = 60_000;

/** May this be retried, where, and when? The only place that decides it. */
export function decideRetry(situation: RetrySituation, random: Random): RetryDecision {
  const { error, attempts } = situation;
  if (failureClass(error.code) === "caller") return { kind: "give_up" };
  if (attempts >= situation.maxAttempts) return { kind: "give_up" };
  if (situation.siblingEligible) return { kind: "next" };
  if (!situation.repeatable) return { kind: "give_up" };
  const asked = error.retryAfterMs;
  if (asked !== undefined && asked > longestWaitMs) return { kind: "give_up" };
  const waitMs = Math.max(asked ?? backoffMs(attempts, random), situation.retryAfterMs);
  const fits = situation.deadline === undefined || situation.now + waitMs < situation.deadline;
  return fits ? { kind: "wait", waitMs } : { kind: "give_up" };
}
