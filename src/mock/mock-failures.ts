/** An error reply of the mock: a status, and the fields of OpenAI's error object. */
export interface MockFailure {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
  readonly retryAfterMs?: number;
}

const failures: ReadonlyMap<string, MockFailure> = new Map([
  ["AuthenticationError", { status: 401, message: "Mock: the key is wrong.", type: "invalid_request_error", code: "invalid_api_key" }],
  ["BadRequestError", { status: 400, message: "Mock: the request is wrong.", type: "invalid_request_error", code: null }],
  [
    "ContextWindowExceededError",
    { status: 400, message: "Mock: the prompt is too long.", type: "invalid_request_error", code: "context_length_exceeded" },
  ],
  [
    "ContentPolicyViolationError",
    { status: 400, message: "Mock: the prompt is not allowed.", type: "invalid_request_error", code: "content_policy_violation" },
  ],
  ["InternalServerError", { status: 500, message: "Mock: something broke.", type: "server_error", code: null }],
  ["NotFoundError", { status: 404, message: "Mock: no such model.", type: "invalid_request_error", code: "model_not_found" }],
  ["PermissionDeniedError", { status: 403, message: "Mock: not allowed.", type: "permission_error", code: null }],
  ["RateLimitError", { status: 429, message: "Mock: too many requests.", type: "rate_limit_error", code: "rate_limit_exceeded" }],
  ["ServiceUnavailableError", { status: 503, message: "Mock: overloaded.", type: "server_error", code: null }],
  ["Timeout", { status: 408, message: "Mock: it took too long.", type: "timeout_error", code: null }],
  ["UnprocessableEntityError", { status: 422, message: "Mock: the request makes no sense.", type: "invalid_request_error", code: null }],
]);

/** The failure that a canned response names as LiteLLM does, such as `litellm.RateLimitError`; undefined when it names none. */
export function failureNamed(response: string | undefined): MockFailure | undefined {
  const name = /^litellm\.(\w+)$/.exec(response?.trim() ?? "")?.[1];
  return name === undefined ? undefined : failures.get(name);
}

/** The failure of a call that `mock.error_rate` makes fail. */
export const randomFailure: MockFailure = {
  status: 500,
  message: "Mock: this call drew a failure (mock.error_rate).",
  type: "server_error",
  code: null,
};

/** The failure of a call beyond a limit. @param what The limit: `5 requests`. */
export function rateLimited(what: string, retryAfterMs: number): MockFailure {
  const message = `Mock: the limit of ${what} per minute is reached.`;
  return { status: 429, message, type: "rate_limit_error", code: "rate_limit_exceeded", retryAfterMs };
}
