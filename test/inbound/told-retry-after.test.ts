import assert from "node:assert/strict";
import { test } from "node:test";
import { RouterError, type UpstreamErrorDetail } from "../../src/core/errors.ts";
import { retryAfterHeaders } from "../../src/rest/errors.ts";

const upstream: UpstreamErrorDetail = { status: 429, message: undefined, type: undefined, param: undefined, code: undefined };

const cases = [
  {
    what: "a rolling minute that gives way within its last second",
    error: new RouterError("no_capacity", "", { retryAfterMs: 60_700 }),
    told: 60_000,
  },
  { what: "a key's rolling minute", error: new RouterError("key_limit_reached", "", { retryAfterMs: 61_000 }), told: 60_000 },
  { what: "a shorter wait", error: new RouterError("no_capacity", "", { retryAfterMs: 1_200 }), told: 1_200 },
  {
    what: "a budget that is renewed in days",
    error: new RouterError("budget_exceeded", "", { retryAfterMs: 172_800_000 }),
    told: 172_800_000,
  },
  { what: "a provider's own 61 s", error: new RouterError("upstream_rate_limited", "", { retryAfterMs: 61_000, upstream }), told: 61_000 },
];

for (const { what, error, told } of cases) {
  test(`${what} is told as ${told} ms, in both headers`, () => {
    const headers = retryAfterHeaders(error);
    assert.deepEqual([headers?.["retry-after"], headers?.["retry-after-ms"]], [String(Math.ceil(told / 1_000)), String(told)]);
  });
}
