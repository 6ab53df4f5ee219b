import { addRateLimitHeaders } from "../../inbound/rate-limit-headers.ts";
import { toldRetryAfterMs } from "../../inbound/told-retry-after.ts";
import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, RetryInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import type { ErrorCode, RouterError } from "../../core/errors.ts";

/** Names whose codes the reasons of {@link ErrorInfoSchema} are. */
const errorDomain = "huntgroup";

/**
 * An error as the caller gets it: a status, the message, and for programs an ErrorInfo and, where trying again may help, a RetryInfo.
 * @param metadata Sent with it, as headers or trailers.
 */
export function toConnectError(error: RouterError, metadata?: Readonly<Record<string, string>>): ConnectError {
  const errorInfo = create(ErrorInfoSchema, { reason: error.code, domain: errorDomain, metadata: particulars(error) });
  const details = [{ desc: ErrorInfoSchema, value: errorInfo }];
  const told = error.rateLimits === undefined ? metadata : addRateLimitHeaders({ ...metadata }, error.rateLimits);
  const connectError = new ConnectError(error.message, statusOf(error.code), told, details, error);
  if (error.retryAfterMs !== undefined) {
    const retryDelay = durationFromMs(Math.ceil(toldRetryAfterMs(error.retryAfterMs, error)));
    connectError.details.push({ desc: RetryInfoSchema, value: create(RetryInfoSchema, { retryDelay }) });
  }
  return connectError;
}

/** What the caller is told of a fault of this program: no more than that there was one. */
export function internalError(): ConnectError {
  return new ConnectError("internal error", Code.Internal);
}

/**
 * The one place where a code becomes a status of gRPC. After UNAVAILABLE, clients may try again by themselves. Statuses that speak of the
 * caller (UNAUTHENTICATED, NOT_FOUND, PERMISSION_DENIED) are never used for what happened behind the router.
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
    case "unknown_url":
    case "not_offered":
      return Code.Unimplemented;
    case "already_exists":
      return Code.AlreadyExists;
    case "state_changed":
      return Code.Aborted;
    // A message over its size limit is RESOURCE_EXHAUSTED wherever gRPC itself finds it.
    case "request_too_large":
    case "no_capacity":
    case "upstream_rate_limited":
    case "quota_exhausted":
    case "key_limit_reached":
    case "budget_exceeded":
    case "too_many_attempts":
      return Code.ResourceExhausted;
    // The caller's own deadline, and the timeout that the configuration sets in its place.
    case "deadline_exceeded":
    case "upstream_timeout":
      return Code.DeadlineExceeded;
    case "cancelled":
      return Code.Canceled;
    // To try again does not help until an operator mends the deployment's settings.
    case "upstream_auth":
    case "upstream_not_found":
    case "cannot_serve_this":
    case "operation_not_supported":
      return Code.FailedPrecondition;
    case "upstream_overloaded":
    case "upstream_error":
    case "upstream_unreachable":
    case "stream_interrupted":
    case "shutting_down":
    case "local_fault":
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
  for (const [name, value] of Object.entries(all)) if (value !== undefined) given[name] = value;
  return given;
}
