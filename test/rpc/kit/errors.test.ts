import { Code } from "@connectrpc/connect";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ErrorInfoSchema, RetryInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { errorCodes, RouterError, type ErrorCode } from "../../../src/core/errors.ts";
import { statusOf, toConnectError } from "../../../src/rpc/kit/errors.ts";

const statuses: Readonly<Record<ErrorCode, Code>> = {
  invalid_request: Code.InvalidArgument,
  context_length_exceeded: Code.InvalidArgument,
  content_policy_violation: Code.InvalidArgument,
  request_too_large: Code.ResourceExhausted,
  unauthenticated: Code.Unauthenticated,
  permission_denied: Code.PermissionDenied,
  not_allowed: Code.PermissionDenied,
  model_not_found: Code.NotFound,
  key_limit_reached: Code.ResourceExhausted,
  budget_exceeded: Code.ResourceExhausted,
  too_many_attempts: Code.ResourceExhausted,
  not_found: Code.NotFound,
  unknown_url: Code.Unimplemented,
  not_offered: Code.Unimplemented,
  already_exists: Code.AlreadyExists,
  state_changed: Code.Aborted,
  no_capacity: Code.ResourceExhausted,
  deadline_exceeded: Code.DeadlineExceeded,
  cancelled: Code.Canceled,
  upstream_auth: Code.FailedPrecondition,
  upstream_not_found: Code.FailedPrecondition,
  upstream_rate_limited: Code.ResourceExhausted,
  cannot_serve_this: Code.FailedPrecondition,
  operation_not_supported: Code.FailedPrecondition,
  quota_exhausted: Code.ResourceExhausted,
  local_fault: Code.Unavailable,
  upstream_overloaded: Code.Unavailable,
  upstream_error: Code.Unavailable,
  upstream_timeout: Code.DeadlineExceeded,
  upstream_unreachable: Code.Unavailable,
  upstream_malformed: Code.Internal,
  stream_interrupted: Code.Unavailable,
  shutting_down: Code.Unavailable,
  internal: Code.Internal,
};

describe("every code has one status", () => {
  for (const code of errorCodes) {
    test(`${code} is ${Code[statuses[code]]}`, () => assert.equal(statusOf(code), statuses[code]));
  }
});

describe("an error tells programs", () => {
  test("its stable code, the field at fault and what the provider said", () => {
    const upstream = { status: 400, message: "too long", type: "invalid_request_error", param: "messages", code: undefined };
    const error = toConnectError(new RouterError("invalid_request", "No.", { param: "messages", deploymentId: "d1", upstream }));
    const [info] = error.findDetails(ErrorInfoSchema);
    assert.equal(error.rawMessage, "No.");
    assert.equal(info?.reason, "invalid_request");
    assert.equal(info.domain, "huntgroup");
    assert.deepEqual(info.metadata, {
      param: "messages",
      deployment_id: "d1",
      upstream_status: "400",
      upstream_message: "too long",
      upstream_type: "invalid_request_error",
      upstream_param: "messages",
    });
  });

  test("when trying again may help, to the millisecond and never too early", () => {
    const [retry] = toConnectError(new RouterError("no_capacity", "Full.", { retryAfterMs: 1_500.2 })).findDetails(RetryInfoSchema);
    assert.equal(retry?.retryDelay?.seconds, 1n);
    assert.equal(retry.retryDelay.nanos, 501_000_000);
  });

  test("nothing of when, where it is not known", () => {
    assert.equal(toConnectError(new RouterError("no_capacity", "Full.")).findDetails(RetryInfoSchema).length, 0);
  });
});
