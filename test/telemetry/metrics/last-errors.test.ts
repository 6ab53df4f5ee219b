import assert from "node:assert/strict";
import { test } from "node:test";
import { LastErrors } from "../../../src/telemetry/metrics/last-errors.ts";
import type { CountedAttempt, CountedOutcome } from "../../../src/telemetry/metrics/counted-records.ts";

const attempt = (id: string, outcome: CountedOutcome): CountedAttempt => ({
  kind: "first",
  after: undefined,
  endedAt: 0,
  costUsd: undefined,
  deployment: { id, group: "m" },
  outcome,
});

const failure = (code: "upstream_timeout" | "upstream_auth" | "invalid_request", message?: string): CountedOutcome => ({
  kind: "failure",
  error: { code, message },
  totalMs: 1,
  begun: false,
});

test("the latest failure of each deployment is remembered, a caller's own fault and a success are none", () => {
  let now = 1_000;
  const errors = new LastErrors({ wallTime: () => now });
  assert.equal(errors.of("a"), undefined);
  errors.attemptEnded(attempt("a", failure("upstream_timeout", "first")));
  now = 2_000;
  errors.attemptEnded(attempt("a", failure("upstream_auth", "second")));
  now = 3_000;
  errors.attemptEnded(attempt("a", failure("invalid_request", "the caller's")));
  errors.attemptEnded(attempt("a", { kind: "cancelled", totalMs: 1 }));
  assert.deepEqual(errors.of("a"), { code: "upstream_auth", message: "second", at: 2_000 });
});

test("a provider's long words are cut between characters", () => {
  const errors = new LastErrors({ wallTime: () => 0 });
  errors.attemptEnded(attempt("a", failure("upstream_timeout", `x${"🚀".repeat(300)}`)));
  const { message } = errors.of("a")!;
  assert.equal(message, `x${"🚀".repeat(149)}…`);
  assert.ok(message.isWellFormed());
});

test("of more deployments than are remembered, those whose failure is the oldest are forgotten", () => {
  const errors = new LastErrors({ wallTime: () => 0 });
  for (let index = 0; index < 10_001; index++) errors.attemptEnded(attempt(`d${index}`, failure("upstream_timeout")));
  assert.equal(errors.of("d0"), undefined);
  assert.notEqual(errors.of("d1"), undefined);
  assert.notEqual(errors.of("d10000"), undefined);
});
