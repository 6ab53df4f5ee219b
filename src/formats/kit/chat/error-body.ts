import { codeClasses, type ErrorCode, type RouterError } from "../../../core/errors.ts";

/** The error object of OpenAI's API. */
export interface OpenAiErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

/**
 * Writes the body of an error reply. Where the provider found the caller's request at fault, its own message, type, param and code are passed
 * on, so that clients which match on them work. Otherwise they are the router's.
 */
export function errorBody(error: RouterError): OpenAiErrorBody {
  const upstream = codeClasses[error.code].failure === "caller" ? error.upstream : undefined;
  return {
    error: {
      message: upstream?.message ?? error.message,
      type: upstream?.type ?? errorType(error),
      param: upstream?.param ?? error.param ?? null,
      code: upstream?.code ?? openAiCode(error.code),
    },
  };
}

/** The code of an error, which is OpenAI's own where OpenAI has one for it: official clients match on it. */
function openAiCode(code: ErrorCode): string | null {
  if (code === "invalid_request") return null;
  return code === "unauthenticated" ? "invalid_api_key" : code;
}

function errorType({ code, upstream }: RouterError): string {
  switch (code) {
    case "invalid_request":
    case "context_length_exceeded":
    case "content_policy_violation":
    case "request_too_large":
    case "cannot_serve_this":
    case "model_not_found":
    case "not_found":
    case "unknown_url":
    case "not_offered":
    case "already_exists":
    case "state_changed":
      return "invalid_request_error";
    case "operation_not_supported":
      return upstream === undefined ? "invalid_request_error" : "api_error";
    case "unauthenticated":
      return "authentication_error";
    case "permission_denied":
    case "not_allowed":
      return "permission_error";
    case "no_capacity":
    case "upstream_rate_limited":
    case "key_limit_reached":
    case "too_many_attempts":
      return "rate_limit_error";
    case "budget_exceeded":
    case "quota_exhausted":
      return "insufficient_quota";
    case "deadline_exceeded":
    case "upstream_timeout":
      return "timeout_error";
    case "upstream_auth":
    case "upstream_not_found":
    case "upstream_overloaded":
    case "upstream_error":
    case "upstream_unreachable":
    case "upstream_malformed":
    case "stream_interrupted":
      return "api_error";
    case "cancelled":
    case "shutting_down":
    case "local_fault":
    case "internal":
      return "server_error";
    default:
      return code satisfies never;
  }
}
