import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../../../src/core/errors.ts";
import type { UpstreamHeaders } from "../../../../src/core/upstream.ts";
import { classifyError, classifyInlineError } from "../../../../src/formats/kit/upstream-errors/classify-error.ts";
import { source } from "../../openai/support.ts";

/** 4 o'clock in California. */
const wallTime = Date.parse("2026-11-30T12:00:00Z");
const untilMidnightThere = 20 * 3_600_000;
const untilDecember = 12 * 3_600_000;

const google = (message: string, ...details: readonly object[]): object => ({
  error: { code: 429, message, status: "RESOURCE_EXHAUSTED", details },
});
const retryInfo = (retryDelay: string): object => ({ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay });
const quotaFailure = (...quotaIds: readonly string[]): object => ({
  "@type": "type.googleapis.com/google.rpc.QuotaFailure",
  violations: quotaIds.map((quotaId) => ({ quotaMetric: "generativelanguage.googleapis.com/generate_content_requests", quotaId })),
});
const perDay = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";
const perMinute = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier";
const exceeded = "You exceeded your current quota, please check your plan and billing details.";

const anthropic = (type: string, message: string, details: object | null = null): object => ({
  type: "error",
  error: { type, message, details },
  request_id: "req_1",
});
const amazon = (kind: string): UpstreamHeaders => ({ "x-amzn-errortype": `${kind}:http://internal.amazon.com/coral/${kind}` });

type Case = readonly [
  name: string,
  status: number,
  headers: UpstreamHeaders,
  body: object,
  code: ErrorCode,
  retryAfterMs: number | undefined,
];

const cases: readonly Case[] = [
  ["Gemini's wait", 429, {}, google(exceeded, retryInfo("33.5s")), "upstream_rate_limited", 33_500],
  ["Gemini's quota of a day", 429, {}, google(exceeded, quotaFailure(perDay), retryInfo("33s")), "quota_exhausted", untilMidnightThere],
  ["Gemini's quotas of a minute and a day", 429, {}, google("", quotaFailure(perMinute, perDay)), "quota_exhausted", untilMidnightThere],
  ["Gemini's quota of a minute without a wait", 429, {}, google(exceeded, quotaFailure(perMinute)), "upstream_rate_limited", 60_000],
  ["Gemini's quota of a minute", 429, {}, google(exceeded, quotaFailure(perMinute), retryInfo("9s")), "upstream_rate_limited", 9_000],
  ["Vertex' shared quota", 429, {}, google("Resource exhausted. Please try again later."), "upstream_rate_limited", undefined],
  [
    "Anthropic's monthly cap",
    429,
    {},
    anthropic("rate_limit_error", "limit reached", { error_code: "enforced_spend_limit_reached" }),
    "quota_exhausted",
    untilDecember,
  ],
  [
    "Anthropic's monthly cap with a wait",
    429,
    { "retry-after": "60" },
    anthropic("rate_limit_error", "limit reached", { error_code: "enforced_spend_limit_reached" }),
    "quota_exhausted",
    60_000,
  ],
  ["Anthropic's limit", 429, { "retry-after": "7" }, anthropic("rate_limit_error", "too fast"), "upstream_rate_limited", 7_000],
  ["Bedrock's throttling", 429, amazon("ThrottlingException"), { message: "Slow." }, "upstream_rate_limited", undefined],
  ["throttling under another status", 400, amazon("ThrottlingException"), { message: "Slow." }, "upstream_rate_limited", undefined],
  [
    "Bedrock's tokens of a day",
    429,
    amazon("ThrottlingException"),
    { message: "Too many tokens per day, please wait before trying again." },
    "quota_exhausted",
    undefined,
  ],
  [
    "Bedrock's tokens",
    429,
    amazon("ThrottlingException"),
    { message: "Too many tokens, please wait before trying again." },
    "upstream_rate_limited",
    undefined,
  ],
  ["Bedrock's quota", 400, amazon("ServiceQuotaExceededException"), { message: "Over." }, "quota_exhausted", undefined],
  ["a model that Bedrock loads", 429, amazon("ModelNotReadyException"), { Message: "Wait." }, "upstream_overloaded", undefined],
  ["Bedrock's outage", 503, amazon("ServiceUnavailableException"), { message: "Busy." }, "upstream_overloaded", undefined],
  ["a model that Bedrock has not", 404, amazon("ResourceNotFoundException"), { message: "None." }, "upstream_not_found", undefined],
  [
    "an id that Bedrock takes by profile alone",
    400,
    amazon("ValidationException"),
    { message: "Invocation of model ID m with on-demand throughput isn’t supported. Retry with an inference profile." },
    "upstream_not_found",
    undefined,
  ],
  ["Bedrock's credentials", 403, amazon("UnrecognizedClientException"), { message: "The token is invalid." }, "upstream_auth", undefined],
  [
    "a type in Bedrock's body",
    400,
    {},
    { __type: "com.amazon.coral#ThrottlingException", message: "Slow." },
    "upstream_rate_limited",
    undefined,
  ],
  [
    "Azure's limit",
    429,
    { "retry-after-ms": "1500", "retry-after": "2" },
    { error: { code: "429", message: "Requests have exceeded token rate limit of your current pricing tier." } },
    "upstream_rate_limited",
    1_500,
  ],
  [
    "Foundry's limit",
    429,
    { "retry-after": "4" },
    { error: { code: "RateLimitReached", message: "Slow." } },
    "upstream_rate_limited",
    4_000,
  ],
  [
    "Foundry's lack of capacity",
    429,
    {},
    { error: { code: "NoCapacity", message: "The system is full." } },
    "upstream_overloaded",
    undefined,
  ],
  ["Claude's limit on Foundry", 429, {}, anthropic("rate_limit_error", "Too fast."), "upstream_rate_limited", undefined],
];

describe("what providers say of their limits", () => {
  for (const [name, status, headers, body, code, retryAfterMs] of cases) {
    it(`reads ${name}`, () => {
      const error = classifyError(source, status, headers, Buffer.from(JSON.stringify(body)), { call: undefined, wallTime });
      assert.equal(error.code, code);
      assert.equal(error.retryAfterMs, retryAfterMs);
    });
  }

  it("names no wait for a day's quota where the time is not known", () => {
    const error = classifyInlineError(source, google(exceeded, quotaFailure(perDay), retryInfo("33s")));
    assert.deepEqual([error.code, error.retryAfterMs], ["quota_exhausted", undefined]);
  });

  it("tells an API that has more to do than it can from one host that has", () => {
    assert.equal(ofProvider(529, {}), true);
    assert.equal(ofProvider(529, anthropic("overloaded_error", "Overloaded")), true);
    assert.equal(ofProvider(503, {}), false);
    assert.equal(ofProvider(503, { error: { code: "server_busy" } }), false);
    assert.equal(ofProvider(429, anthropic("rate_limit_error", "too fast")), false);
    assert.equal(classifyInlineError(source, anthropic("overloaded_error", "Overloaded")).isOfProvider, true);
  });
});

function ofProvider(status: number, body: object): boolean {
  return classifyError(source, status, {}, Buffer.from(JSON.stringify(body))).isOfProvider;
}
