/**
 * Everything that can go wrong with a call, as a closed list of stable codes. Callers match on the code; each door turns it
 * into its own status in one function (`rest/errors.ts`, `rpc/kit/errors.ts`).
 */
export const errorCodes = [
  /** The request is at fault; no deployment would take it. */
  "invalid_request",
  "context_length_exceeded",
  "content_policy_violation",
  "request_too_large",
  /** The caller showed no valid key. */
  "unauthenticated",
  /** The caller's key is valid but may not do this. */
  "permission_denied",
  /** Deployments exist, but the call's tags allow none of them. */
  "not_allowed",
  "model_not_found",
  /** The caller's key has reached a limit of its own. Carries `retryAfterMs` where a clock tells. */
  "key_limit_reached",
  /** The caller's key has spent its budget. Carries `retryAfterMs` where the budget is renewed. */
  "budget_exceeded",
  /** This address has shown too many keys that are not valid. Carries `retryAfterMs`. */
  "too_many_attempts",
  /** An operator named something (a deployment, a group, a key) that is not there. */
  "not_found",
  /** An operator named something new by a name that is taken. */
  "already_exists",
  /** An operator's change was meant for a state that is past. */
  "state_changed",
  /** Deployments exist, none may be used now (limits, cooldown). Carries `retryAfterMs` where known. */
  "no_capacity",
  /** The caller's own deadline ran out. */
  "deadline_exceeded",
  /** The caller hung up. */
  "cancelled",
  /** The provider refused the deployment's own credentials. */
  "upstream_auth",
  /** The provider does not know the deployment's model or path. */
  "upstream_not_found",
  "upstream_rate_limited",
  "upstream_overloaded",
  "upstream_error",
  /** The configured `timeout` or `stream_timeout` of an attempt ran out before the deployment answered. */
  "upstream_timeout",
  /** No connection, or one that broke before the reply was complete. */
  "upstream_unreachable",
  /** A reply that is not what the protocol says. */
  "upstream_malformed",
  /** A stream broke after its first content had been sent to the caller. */
  "stream_interrupted",
  /** This server is stopping. */
  "shutting_down",
  "internal",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What the provider itself said, as far as it may be shown to a caller: never credentials. */
export interface UpstreamErrorDetail {
  readonly status: number;
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly param: string | undefined;
  readonly code: string | undefined;
}

export interface RouterErrorOptions {
  /** The request's field at fault, in OpenAI's spelling. */
  readonly param?: string | undefined;
  /** When trying again may help, in milliseconds from now. */
  readonly retryAfterMs?: number | undefined;
  readonly upstream?: UpstreamErrorDetail | undefined;
  /** The deployment that failed. */
  readonly deploymentId?: string | undefined;
  /** For the log, never sent to a caller. */
  readonly cause?: unknown;
}

/** The one error class. `message` is written for the caller and holds no secret. */
export class RouterError extends Error {
  override readonly name = "RouterError";
  readonly code: ErrorCode;
  readonly param: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly upstream: UpstreamErrorDetail | undefined;
  readonly deploymentId: string | undefined;

  constructor(code: ErrorCode, message: string, options: RouterErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.param = options.param;
    this.retryAfterMs = options.retryAfterMs;
    this.upstream = options.upstream;
    this.deploymentId = options.deploymentId;
  }
}
