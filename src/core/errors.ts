import type { PolicyClass } from "./policy-class.ts";
import type { RateLimits } from "./rate-limits.ts";

/**
 * What a failed attempt says about the deployment, and so what may be done next:
 * - `caller`: the request is at fault, or the caller has stopped waiting; every deployment would answer the same.
 * - `elsewhere`: this deployment will keep failing (its credentials, its model name); a sibling may well work.
 * - `unfit`: this deployment does not take such a request, and is well; a sibling may take it.
 * - `transient`: a sibling may work now, and this one may later.
 */
type FailureClass = "caller" | "elsewhere" | "unfit" | "transient";

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

/** What follows from an error code. */
interface CodeClasses {
  /** Asked by retries, fallbacks, cooldowns and averages. */
  readonly failure: FailureClass;
  /** What LiteLLM's policies count it as; undefined when no policy speaks of it. */
  readonly policy: PolicyClass | undefined;
  /** Its label in metrics and logs. */
  readonly outcome: OutcomeClass;
}

/**
 * Everything that can go wrong with a call, as a closed list of stable codes, and what follows from each. Callers match on the code; each
 * inbound protocol turns it into its own status in one function (`rest/errors.ts`, `rpc/kit/errors.ts`).
 */
export const codeClasses = {
  /** The request is at fault; no deployment would take it. */
  invalid_request: { failure: "caller", policy: "BadRequestError", outcome: "client_error" },
  context_length_exceeded: { failure: "caller", policy: "BadRequestError", outcome: "client_error" },
  content_policy_violation: { failure: "caller", policy: "ContentPolicyViolationError", outcome: "client_error" },
  request_too_large: { failure: "caller", policy: "BadRequestError", outcome: "client_error" },
  /** The caller showed no valid key. */
  unauthenticated: { failure: "caller", policy: undefined, outcome: "client_error" },
  /** The caller's key is valid but may not do this. */
  permission_denied: { failure: "caller", policy: undefined, outcome: "client_error" },
  /** Deployments exist, but the call's tags allow none of them. */
  not_allowed: { failure: "caller", policy: undefined, outcome: "client_error" },
  model_not_found: { failure: "caller", policy: undefined, outcome: "client_error" },
  /** The caller's key has reached a limit of its own. Carries `retryAfterMs` where a clock tells. */
  key_limit_reached: { failure: "caller", policy: undefined, outcome: "rate_limited" },
  /** The caller's key has spent its budget. Carries `retryAfterMs` where the budget is renewed. */
  budget_exceeded: { failure: "caller", policy: undefined, outcome: "rate_limited" },
  /** This address has shown too many keys that are not valid. Carries `retryAfterMs`. */
  too_many_attempts: { failure: "caller", policy: undefined, outcome: "rate_limited" },
  /** An operator named something (a deployment, a group, a key) that is not there. */
  not_found: { failure: "caller", policy: undefined, outcome: "client_error" },
  /** There is nothing at the path. Told apart from a model that is missing, which is 404 as well. */
  unknown_url: { failure: "caller", policy: undefined, outcome: "client_error" },
  /** What the provider's API has and this one has not, on purpose. */
  not_offered: { failure: "caller", policy: undefined, outcome: "client_error" },
  /** An operator named something new by a name that is taken. */
  already_exists: { failure: "caller", policy: undefined, outcome: "client_error" },
  /** An operator's change was meant for a state that is past. */
  state_changed: { failure: "caller", policy: undefined, outcome: "client_error" },
  /** Deployments exist, none may be used now (limits, cooldown). Carries `retryAfterMs` where known. */
  no_capacity: { failure: "caller", policy: undefined, outcome: "rate_limited" },
  /** The caller's own deadline ran out. */
  deadline_exceeded: { failure: "caller", policy: undefined, outcome: "timeout" },
  /** The caller hung up. */
  cancelled: { failure: "caller", policy: undefined, outcome: "cancelled" },
  /** The provider refused the deployment's own credentials. */
  upstream_auth: { failure: "elsewhere", policy: "AuthenticationError", outcome: "server_error" },
  /** The provider does not know the deployment's model or path. */
  upstream_not_found: { failure: "elsewhere", policy: "NotFoundError", outcome: "server_error" },
  /** The request asks for what this deployment lacks (tools, images, so many tokens at once). */
  cannot_serve_this: { failure: "unfit", policy: undefined, outcome: "client_error" },
  /** The deployment does not have this operation at all: a chat model that is asked for embeddings. */
  operation_not_supported: { failure: "unfit", policy: undefined, outcome: "client_error" },
  /** The account's credit or quota is used up, for hours or until somebody pays. Carries `retryAfterMs` where the provider says. */
  quota_exhausted: { failure: "elsewhere", policy: "RateLimitError", outcome: "rate_limited" },
  upstream_rate_limited: { failure: "transient", policy: "RateLimitError", outcome: "rate_limited" },
  upstream_overloaded: { failure: "transient", policy: "ServiceUnavailableError", outcome: "server_error" },
  upstream_error: { failure: "transient", policy: "InternalServerError", outcome: "server_error" },
  /** The configured `timeout` or `stream_timeout` of an attempt ran out before the deployment answered. */
  upstream_timeout: { failure: "transient", policy: "TimeoutError", outcome: "timeout" },
  /** No connection, one that broke before the reply was complete, or an answer of something in between that is not the provider. */
  upstream_unreachable: { failure: "transient", policy: "BadGatewayError", outcome: "server_error" },
  /** A reply that is not what the protocol says. */
  upstream_malformed: { failure: "transient", policy: "BadGatewayError", outcome: "server_error" },
  /** A stream broke after its first content had been sent to the caller. */
  stream_interrupted: { failure: "transient", policy: "BadGatewayError", outcome: "server_error" },
  /** This server is stopping. */
  shutting_down: { failure: "caller", policy: undefined, outcome: "server_error" },
  /** This process could not send the request: it has no file, memory or port left. No deployment's fault, and each would fare the same. */
  local_fault: { failure: "caller", policy: undefined, outcome: "server_error" },
  internal: { failure: "caller", policy: undefined, outcome: "server_error" },
} as const satisfies Readonly<Record<string, CodeClasses>>;

export type ErrorCode = keyof typeof codeClasses;

/** All codes, in the table's order. */
export const errorCodes = Object.keys(codeClasses) as readonly ErrorCode[];

/** Whether a failure is held against the deployment. */
export function isDeploymentFault(code: ErrorCode): boolean {
  const { failure } = codeClasses[code];
  return failure === "elsewhere" || failure === "transient";
}

/** Bytes in a wire format. */
export interface FormattedBytes {
  readonly format: string;
  readonly bytes: Buffer;
}

/** What the provider itself said, as far as it may be shown to a caller: never credentials. */
export interface UpstreamErrorDetail {
  readonly status: number;
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly param: string | undefined;
  readonly code: string | undefined;
  /**
   * The provider's whole error, for callers of the same format, which match on its very wording. Without secrets. Omit it where callers get
   * an error written anew.
   */
  readonly body?: FormattedBytes | undefined;
}

export interface RouterErrorOptions {
  /** The request's field at fault, in OpenAI's spelling. */
  readonly param?: string | undefined;
  /** When trying again may help, in milliseconds from now. */
  readonly retryAfterMs?: number | undefined;
  /** Whether only the words of a provider's message name {@link retryAfterMs}. Omit it for false. */
  readonly isSaidWait?: boolean | undefined;
  /** Whether all accounts at the failed deployment's provider fare the same. Omit it for false. */
  readonly isOfProvider?: boolean | undefined;
  readonly upstream?: UpstreamErrorDetail | undefined;
  /** The deployment that failed. */
  readonly deploymentId?: string | undefined;
  /** How the limits of the caller's key stand, where the call would be more. */
  readonly rateLimits?: RateLimits | undefined;
  /** For the log, never sent to a caller. */
  readonly cause?: unknown;
}

/**
 * The one error class. `message` is written for the caller and holds no secret. All its texts are well-formed Unicode, whatever a provider
 * or a caller sent: not every protocol can carry half a surrogate pair.
 */
export class RouterError extends Error {
  override readonly name = "RouterError";
  readonly code: ErrorCode;
  readonly param: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** Whether {@link retryAfterMs} is known from a message's words alone. */
  readonly isSaidWait: boolean;
  /** Whether all accounts at the failed deployment's provider fare the same: then another provider is asked first. */
  readonly isOfProvider: boolean;
  readonly upstream: UpstreamErrorDetail | undefined;
  readonly deploymentId: string | undefined;
  readonly rateLimits: RateLimits | undefined;

  constructor(code: ErrorCode, message: string, options: RouterErrorOptions = {}) {
    super(message.toWellFormed(), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.param = options.param?.toWellFormed();
    this.retryAfterMs = options.retryAfterMs;
    this.isSaidWait = options.isSaidWait === true;
    this.isOfProvider = options.isOfProvider === true;
    this.upstream = options.upstream && wellFormed(options.upstream);
    this.deploymentId = options.deploymentId;
    this.rateLimits = options.rateLimits;
  }
}

function wellFormed(detail: UpstreamErrorDetail): UpstreamErrorDetail {
  const { message, type, param, code } = detail;
  return {
    ...detail,
    message: message?.toWellFormed(),
    type: type?.toWellFormed(),
    param: param?.toWellFormed(),
    code: code?.toWellFormed(),
  };
}
