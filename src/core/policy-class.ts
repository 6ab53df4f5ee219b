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

/** Numbers by class; a class that is absent is not bounded by the policy, unless `Default` stands for all that are absent. */
export type Policy = Readonly<Partial<Record<PolicyClass | "Default", number>>>;
