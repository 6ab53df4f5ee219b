import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, RetryInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import type { ErrorCode, RouterError } from "../../core/errors.ts";

/** Whose codes {@link ErrorInfoSchema}'s reasons are. */
const errorDomain = "huntgroup";

/** What a caller is told: a status, the message, and for programs an ErrorInfo and, where trying again may help, a RetryInfo. */
export function toConnectError(error: RouterError, metadata?: Readonly<Record<string, string>>): ConnectError {
  const errorInfo = create(ErrorInfoSchema, { reason: error.code, domain: errorDomain, metadata: particulars(error) });
  const details = [{ desc: ErrorInfoSchema, value: errorInfo }];
  const connectError = new ConnectError(error.message, statusOf(error.code), metadata, details, error);
  if (error.retryAfterMs !== undefined) {
    const retryDelay = durationFromMs(Math.ceil(error.retryAfterMs));
    connectError.details.push({ desc: RetryInfoSchema, value: create(RetryInfoSchema, { retryDelay }) });
  }
  return connectError;
}

/** For faults of this program, of which the caller learns no more than that. */
export function internalError(): ConnectError {
  return new ConnectError("internal error", Code.Internal);
}

/**
 * The one place where a code becomes a status. UNAVAILABLE is what clients may try again by themselves; statuses that speak of
 * the caller (UNAUTHENTICATED, NOT_FOUND, DEADLINE_EXCEEDED) are never used for what happened behind the router.
 */
export function statusOf(code: ErrorCode): Code {
  switch (code) {
    case "invalid_request":
    case "context_length_exceeded":
    case "content_policy_violation":
      return Code.InvalidArgument;
    case "unauthenticated":
      return Code.Unauthenticated;
    case "permission_denied":
    case "not_allowed":
      return Code.PermissionDenied;
    case "model_not_found":
    case "not_found":
      return Code.NotFound;
    case "already_exists":
      return Code.AlreadyExists;
    case "state_changed":
      return Code.Aborted;
    // A message over its size limit is RESOURCE_EXHAUSTED wherever gRPC itself finds it.
    case "request_too_large":
    case "no_capacity":
    case "upstream_rate_limited":
    case "key_limit_reached":
    case "budget_exceeded":
    case "too_many_attempts":
      return Code.ResourceExhausted;
    // The caller's own deadline, and the one that the configuration gives in its place.
    case "deadline_exceeded":
    case "upstream_timeout":
      return Code.DeadlineExceeded;
    case "cancelled":
      return Code.Canceled;
    // Until an operator mends the deployment's settings, trying again is of no use.
    case "upstream_auth":
    case "upstream_not_found":
      return Code.FailedPrecondition;
    case "upstream_overloaded":
    case "upstream_error":
    case "upstream_unreachable":
    case "stream_interrupted":
    case "shutting_down":
      return Code.Unavailable;
    case "upstream_malformed":
    case "internal":
      return Code.Internal;
    default:
      return code satisfies never;
  }
}

function particulars(error: RouterError): Record<string, string> {
  const { param, deploymentId, upstream } = error;
  const all = {
    param,
    deployment_id: deploymentId,
    upstream_status: upstream?.status.toString(),
    upstream_message: upstream?.message,
    upstream_type: upstream?.type,
    upstream_param: upstream?.param,
    upstream_code: upstream?.code,
  };
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(all)) if (value !== undefined) given[name] = value.toWellFormed();
  return given;
}
