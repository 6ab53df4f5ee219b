import assert from "node:assert/strict";
import { test } from "node:test";
import { readQuota } from "../../../../src/formats/openai/usage/read-quota.ts";

function requests(left: string, reset: string): unknown {
  return readQuota({ "x-ratelimit-remaining-requests": left, "x-ratelimit-reset-requests": reset })?.requests;
}

const cases: readonly [string, string, { left: number; resetMs: number } | undefined][] = [
  ["0", "120ms", { left: 0, resetMs: 120 }],
  ["59", "1s", { left: 59, resetMs: 1_000 }],
  ["1", "2.5s", { left: 1, resetMs: 2_500 }],
  ["1", "0m30s", { left: 1, resetMs: 30_000 }],
  ["0", "6m0s", { left: 0, resetMs: 60_000 }],
  ["0", "1h", { left: 0, resetMs: 60_000 }],
  ["3", "17", { left: 3, resetMs: 17_000 }],
  ["-1", "1s", undefined],
  ["many", "1s", undefined],
  ["1", "soon", undefined],
  ["1", "", undefined],
];

for (const [left, reset, expected] of cases) {
  test(`${left} left until ${JSON.stringify(reset)} is read as ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(requests(left, reset), expected);
  });
}

test("requests and tokens are read apart, and nothing said is nothing", () => {
  assert.deepEqual(readQuota({ "x-ratelimit-remaining-tokens": "10", "x-ratelimit-reset-tokens": "1s" }), {
    requests: undefined,
    tokens: { left: 10, resetMs: 1_000 },
  });
  assert.equal(readQuota({ "content-type": "application/json" }), undefined);
});
