import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { errorCodes, RouterError, type ErrorCode } from "../../src/core/errors.ts";
import { httpStatus, retryAfterHeaders } from "../../src/rest/errors.ts";

const statuses: Readonly<Record<ErrorCode, number>> = {
  invalid_request: 400,
  context_length_exceeded: 400,
  content_policy_violation: 400,
  request_too_large: 413,
  unauthenticated: 401,
  permission_denied: 403,
  not_allowed: 401,
  model_not_found: 404,
  key_limit_reached: 429,
  budget_exceeded: 429,
  too_many_attempts: 429,
  not_found: 404,
  unknown_url: 404,
  not_offered: 501,
  already_exists: 409,
  state_changed: 409,
  no_capacity: 429,
  deadline_exceeded: 408,
  cancelled: 499,
  upstream_auth: 502,
  upstream_not_found: 404,
  cannot_serve_this: 400,
  operation_not_supported: 400,
  quota_exhausted: 503,
  upstream_rate_limited: 429,
  upstream_overloaded: 503,
  upstream_error: 502,
  upstream_timeout: 408,
  upstream_unreachable: 502,
  upstream_malformed: 502,
  stream_interrupted: 502,
  shutting_down: 503,
  local_fault: 503,
  internal: 500,
};

for (const code of errorCodes) {
  test(`${code} is answered with ${statuses[code]}`, () => {
    assert.equal(httpStatus(new RouterError(code, "message")), statuses[code]);
  });
}

const withUpstreamStatus: readonly (readonly [code: ErrorCode, upstream: number, expected: number])[] = [
  ["invalid_request", 422, 422],
  ["invalid_request", 500, 400],
  ["content_policy_violation", 403, 400],
  ["invalid_request", 407, 400],
  ["context_length_exceeded", 413, 400],
  ["upstream_error", 500, 500],
  ["upstream_error", 507, 502],
  ["upstream_timeout", 504, 504],
  ["upstream_timeout", 408, 408],
  ["upstream_not_found", 400, 502],
  ["cannot_serve_this", 400, 400],
  ["cannot_serve_this", 402, 503],
  ["operation_not_supported", 400, 502],
  ["operation_not_supported", 404, 404],
  ["quota_exhausted", 429, 429],
  ["upstream_overloaded", 429, 429],
  ["upstream_error", 409, 502],
  ["upstream_error", 307, 502],
  // The caller's own key is fine: it must not see the 401 that was meant for the deployment's.
  ["upstream_auth", 401, 502],
  ["upstream_rate_limited", 400, 429],
];

for (const [code, status, expected] of withUpstreamStatus) {
  test(`${code} after the upstream's ${status} is answered with ${expected}`, () => {
    const upstream = { status, message: undefined, type: undefined, param: undefined, code: undefined };
    assert.equal(httpStatus(new RouterError(code, "message", { upstream })), expected);
  });
}

test("the time to wait is told in whole seconds, never too few, and in exact milliseconds", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000_000 }), (quarters) => {
      const retryAfterMs = quarters / 4;
      // A rolling minute is told as 60 s.
      fc.pre(retryAfterMs <= 60_000 || retryAfterMs > 61_000);
      const headers = retryAfterHeaders(new RouterError("no_capacity", "message", { retryAfterMs }));
      const seconds = Number(headers?.["retry-after"]);
      const milliseconds = Number(headers?.["retry-after-ms"]);
      assert.ok(Number.isInteger(seconds) && seconds * 1000 >= retryAfterMs && (seconds - 1) * 1000 < retryAfterMs);
      assert.ok(Number.isInteger(milliseconds) && milliseconds >= retryAfterMs && milliseconds - 1 < retryAfterMs);
    }),
  );
});

test("nothing is said of waiting when nothing is known", () => {
  assert.equal(retryAfterHeaders(new RouterError("no_capacity", "message")), undefined);
});

test("clients are told not to try again what that cannot help, and never where a wait of a minute can", () => {
  for (const code of errorCodes) {
    const isLimit = statuses[code] === 429 || statuses[code] === 503;
    if (isLimit) assert.deepEqual([told(code, 60_000), told(code, 60_001)], [undefined, "false"], code);
    else assert.equal(told(code, 5_000), code === "internal" ? undefined : "false", code);
  }
  for (const code of ["upstream_auth", "upstream_error", "upstream_rate_limited", "quota_exhausted", "budget_exceeded"] as const)
    assert.equal(told(code), "false", code);
  for (const code of ["no_capacity", "key_limit_reached", "shutting_down", "local_fault", "internal"] as const)
    assert.equal(told(code), undefined, code);
});

function told(code: ErrorCode, retryAfterMs?: number): string | undefined {
  return retryAfterHeaders(new RouterError(code, "message", { retryAfterMs }))?.["x-should-retry"];
}
