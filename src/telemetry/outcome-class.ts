import type { ErrorCode } from "../core/errors.ts";

/**
 * How a call or an attempt ended, coarse enough for a label and fine enough for an alert:
 * - `client_error`: the request, its key or its permissions are at fault.
 * - `rate_limited`: a limit of the key, of the deployments, or of the provider.
 * - `timeout`: the caller's deadline, or the configured one.
 * - `server_error`: everything else, at the provider or here.
 * - `cancelled`: the caller hung up.
 */
export const outcomeClasses = ["success", "client_error", "rate_limited", "timeout", "server_error", "cancelled"] as const;

export type OutcomeClass = (typeof outcomeClasses)[number];

/** @param code Undefined: it went well. */
export function outcomeClass(code: ErrorCode | undefined): OutcomeClass {
  switch (code) {
    case undefined:
      return "success";
    case "cancelled":
      return "cancelled";
    case "invalid_request":
    case "context_length_exceeded":
    case "content_policy_violation":
    case "request_too_large":
    case "unauthenticated":
    case "permission_denied":
    case "not_allowed":
    case "model_not_found":
    case "not_found":
    case "already_exists":
    case "state_changed":
      return "client_error";
    case "key_limit_reached":
    case "budget_exceeded":
    case "too_many_attempts":
    case "no_capacity":
    case "upstream_rate_limited":
      return "rate_limited";
    case "deadline_exceeded":
    case "upstream_timeout":
      return "timeout";
    case "upstream_auth":
    case "upstream_not_found":
    case "upstream_overloaded":
    case "upstream_error":
    case "upstream_unreachable":
    case "upstream_malformed":
    case "stream_interrupted":
    case "shutting_down":
    case "internal":
      return "server_error";
    default:
      return code satisfies never;
  }
}

/** Whether people should look at it: nothing that a caller did, and no limit that did its work. */
export function isAlarming(outcome: OutcomeClass): boolean {
  return outcome === "server_error" || outcome === "timeout";
}
