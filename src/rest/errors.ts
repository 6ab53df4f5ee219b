import { toldRetryAfterMs } from "../inbound/told-retry-after.ts";
import type { ErrorCode, RouterError } from "../core/errors.ts";

/** The HTTP status of an error. Statuses are used as OpenAI's API uses them, so that its clients retry what is worth retrying. */
export function httpStatus(error: RouterError): number {
  switch (error.code) {
    case "invalid_request":
    case "context_length_exceeded":
    case "content_policy_violation":
      // Providers refuse with several statuses. Only those that say something of the request reach the caller: some clients choke on others.
      return error.upstream?.status === 422 && error.code === "invalid_request" ? 422 : 400;
    case "unauthenticated":
    // The status that LiteLLM uses, so that clients do not try again.
    case "not_allowed":
      return 401;
    case "permission_denied":
      return 403;
    case "model_not_found":
    case "not_found":
    case "unknown_url":
      return 404;
    case "upstream_not_found":
      // A provider that says so with the status of a wrong request would be misread by the caller.
      return error.upstream?.status === 400 || error.upstream?.status === 422 ? 502 : 404;
    case "cannot_serve_this":
      // It was never sent: the deployment's format has no word for what the request asks.
      if (error.upstream === undefined) return 400;
      return oneOf([400, 404, 429], error.upstream?.status) ?? (error.upstream?.status === 422 ? 400 : 503);
    case "operation_not_supported":
      // It was never sent, and another try would fare the same.
      if (error.upstream === undefined) return 400;
      return oneOf([404], error.upstream.status) ?? 502;
    case "not_offered":
      return 501;
    case "already_exists":
    case "state_changed":
      return 409;
    case "upstream_timeout":
      return error.upstream?.status === 504 || error.upstream?.status === 524 ? 504 : 408;
    case "deadline_exceeded":
      return 408;
    case "request_too_large":
      return 413;
    case "no_capacity":
    case "upstream_rate_limited":
    case "key_limit_reached":
    case "budget_exceeded":
    case "too_many_attempts":
      return 429;
    case "cancelled":
      // The usual mark in logs for a caller that hung up; the caller does not see it.
      return 499;
    case "internal":
      return 500;
    case "upstream_error":
      return oneOf([500, 503], error.upstream?.status) ?? 502;
    case "upstream_auth":
    case "upstream_unreachable":
    case "upstream_malformed":
    case "stream_interrupted":
      return 502;
    case "upstream_overloaded":
    case "quota_exhausted":
      return oneOf([429], error.upstream?.status) ?? 503;
    case "local_fault":
    case "shutting_down":
      return 503;
    default:
      return error.code satisfies never;
  }
}

/** A wait up to here is one that clients keep: they ignore longer ones. */
const longestKeptMs = 60_000;

/**
 * When the caller may try again: in whole seconds as HTTP has it, and in milliseconds, which OpenAI's clients prefer. And `x-should-retry:
 * false`, which they obey, on what another try cannot help, and on what has failed after tries of our own.
 */
export function retryAfterHeaders(error: RouterError): Readonly<Record<string, string>> | undefined {
  const isFinal = isFinalFailure(error);
  if (error.retryAfterMs === undefined) return isFinal ? { "x-should-retry": "false" } : undefined;
  const retryAfterMs = toldRetryAfterMs(error.retryAfterMs, error);
  const wait = { "retry-after": String(Math.ceil(retryAfterMs / 1000)), "retry-after-ms": String(Math.ceil(retryAfterMs)) };
  return isFinal ? { ...wait, "x-should-retry": "false" } : wait;
}

function isFinalFailure(error: RouterError): boolean {
  const status = httpStatus(error);
  if (status === 429 || status === 503) {
    if (error.retryAfterMs !== undefined) return error.retryAfterMs > longestKeptMs;
    // Nobody knows when a limit of ours or this server is ready, but it will be soon.
    return !passing.has(error.code);
  }
  return error.code !== "internal";
}

/** Codes of 429 and 503 that a moment may mend, though nothing says when. */
const passing: ReadonlySet<ErrorCode> = new Set(["no_capacity", "key_limit_reached", "too_many_attempts", "local_fault", "shutting_down"]);

/** @returns The status where it is one of these. */
function oneOf(statuses: readonly number[], status: number | undefined): number | undefined {
  return status !== undefined && statuses.includes(status) ? status : undefined;
}
