import type { ErrorCode } from "./errors.ts";

/**
 * What a failed attempt says about the deployment, and so what may be done next:
 * - `caller`: the request is at fault, or nobody waits any more; every deployment would answer the same.
 * - `elsewhere`: this deployment will keep failing (its credentials, its model name); a sibling may well work.
 * - `transient`: a sibling may work now, and this one may later.
 */
export type FailureClass = "caller" | "elsewhere" | "transient";

export function failureClass(code: ErrorCode): FailureClass {
  switch (code) {
    case "upstream_auth":
    case "upstream_not_found":
      return "elsewhere";
    case "upstream_rate_limited":
    case "upstream_overloaded":
    case "upstream_error":
    case "upstream_timeout":
    case "upstream_unreachable":
    case "upstream_malformed":
    case "stream_interrupted":
      return "transient";
    case "invalid_request":
    case "context_length_exceeded":
    case "content_policy_violation":
    case "request_too_large":
    case "unauthenticated":
    case "permission_denied":
    case "not_allowed":
    case "model_not_found":
    case "key_limit_reached":
    case "budget_exceeded":
    case "too_many_attempts":
    case "not_found":
    case "already_exists":
    case "state_changed":
    case "no_capacity":
    case "deadline_exceeded":
    case "cancelled":
    case "shutting_down":
    case "internal":
      return "caller";
    default:
      return code satisfies never;
  }
}

/** Whether a failure is held against the deployment. */
export function isDeploymentFault(code: ErrorCode): boolean {
  return failureClass(code) !== "caller";
}
