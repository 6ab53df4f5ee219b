import type { ErrorCode } from "./errors.ts";

/**
 * The classes by which LiteLLM's policies (`retry_policy`, `allowed_fails_policy`) count failures. A policy's key is the class's name with
 * `Retries` or `AllowedFails` behind it.
 */
export const policyClasses = [
  "BadRequestError",
  "AuthenticationError",
  "TimeoutError",
  "RateLimitError",
  "ContentPolicyViolationError",
  "InternalServerError",
  "NotFoundError",
  "ServiceUnavailableError",
  "BadGatewayError",
] as const;

export type PolicyClass = (typeof policyClasses)[number];

/** Numbers by class; a class that is absent is not bounded by the policy. */
export type Policy = Readonly<Partial<Record<PolicyClass, number>>>;

/** @returns undefined for what no policy speaks of. */
export function policyClassOf(code: ErrorCode): PolicyClass | undefined {
  switch (code) {
    case "invalid_request":
    case "context_length_exceeded":
    case "request_too_large":
      return "BadRequestError";
    case "content_policy_violation":
      return "ContentPolicyViolationError";
    case "upstream_auth":
      return "AuthenticationError";
    case "upstream_not_found":
      return "NotFoundError";
    case "upstream_timeout":
      return "TimeoutError";
    case "upstream_rate_limited":
      return "RateLimitError";
    case "upstream_overloaded":
      return "ServiceUnavailableError";
    case "upstream_unreachable":
    case "upstream_malformed":
    case "stream_interrupted":
      return "BadGatewayError";
    case "upstream_error":
      return "InternalServerError";
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
      return undefined;
    default:
      return code satisfies never;
  }
}
