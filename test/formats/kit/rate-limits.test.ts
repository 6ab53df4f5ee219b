import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, test } from "node:test";
import type { Quota, QuotaLeft } from "../../../src/core/provider.ts";
import type { UpstreamHeaders } from "../../../src/core/upstream.ts";
import { readRateLimits } from "../../../src/formats/kit/rate-limits.ts";
import { findWait, readRetryAfter, readRetryDelay } from "../../../src/formats/kit/retry-after.ts";
import { sharedFolder, skippedWithout } from "../../support/shared-folder.ts";

const now = Date.parse("2026-11-30T12:00:00.000Z");

/** What is left, and in how many milliseconds more comes, of requests and of tokens; undefined where nothing is said. */
type Left = readonly [left: number, resetMs: number | undefined] | undefined;

const cases: readonly (readonly [name: string, headers: UpstreamHeaders, requests: Left, tokens: Left])[] = [
  ["OpenAI's", { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1d2h3m4s" }, [0, 93_784_000], undefined],
  ["a fraction of a span", { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "2m59.56s" }, undefined, [0, 179_560]],
  ["Azure's without a reset", { "x-ratelimit-remaining-requests": "0" }, [0, undefined], undefined],
  [
    "Anthropic's, of which the output is spent",
    {
      "anthropic-ratelimit-input-tokens-remaining": "1000",
      "anthropic-ratelimit-input-tokens-reset": "2026-11-30T12:00:30Z",
      "anthropic-ratelimit-output-tokens-remaining": "0",
      "anthropic-ratelimit-output-tokens-reset": "2026-11-30T12:00:45+00:00",
    },
    undefined,
    [0, 45_000],
  ],
  [
    "Anthropic's of three kinds, the tightest first, without those of a tier from which calls go on",
    {
      "anthropic-ratelimit-requests-remaining": "49",
      "anthropic-ratelimit-requests-reset": "2026-11-30T12:00:02Z",
      "anthropic-ratelimit-tokens-remaining": "90000",
      "anthropic-ratelimit-tokens-reset": "2026-11-30T12:00:10Z",
      "anthropic-ratelimit-input-tokens-remaining": "80000",
      "anthropic-ratelimit-input-tokens-reset": "2026-11-30T12:00:20.5Z",
      "anthropic-ratelimit-output-tokens-remaining": "8000",
      "anthropic-ratelimit-output-tokens-reset": "2026-11-30T12:00:30Z",
      "anthropic-priority-input-tokens-remaining": "0",
      "anthropic-ratelimit-priority-input-tokens-remaining": "0",
    },
    [49, 2_000],
    [8_000, 30_000],
  ],
  [
    "two windows, the longer one spent for longer",
    {
      "x-ratelimit-remaining-requests-minute": "0",
      "x-ratelimit-reset-requests-minute": "3",
      "x-ratelimit-remaining-requests-day": "0",
      "x-ratelimit-reset-requests-day": "3600.5",
    },
    [0, 3_600_500],
    undefined,
  ],
  ["Mistral's by size", { "ratelimitbysize-remaining": "0", "ratelimitbysize-reset": "20" }, undefined, [0, 20_000]],
  ["seconds since 1970", { "x-ratelimit-remaining": "3", "x-ratelimit-reset": String(now / 1_000 + 7) }, [3, 7_000], undefined],
  ["milliseconds since 1970", { "x-rate-limit-remaining": "3", "x-rate-limit-reset": String(now + 7_000) }, [3, 7_000], undefined],
  ["an HTTP date", { "ratelimit-remaining": "0", "ratelimit-reset": "Mon, 30 Nov 2026 12:00:09 GMT" }, [0, 9_000], undefined],
  [
    "the reply's own clock",
    { date: "Mon, 30 Nov 2026 11:59:59 GMT", "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now / 1_000) },
    [0, 1_000],
    undefined,
  ],
  ["IETF's fields", { ratelimit: '"burst";r=9;t=1, "daily";r=0;t=30', "ratelimit-policy": '"burst";q=10;w=1' }, [0, 30_000], undefined],
  ["IETF's older fields", { ratelimit: "limit=100, remaining=50, reset=5" }, [50, 5_000], undefined],
  ["no limit at all", { "x-ratelimit-remaining-requests": "-1", "x-ratelimit-remaining-tokens": "unlimited" }, undefined, undefined],
  ["a reset that is nonsense", { "x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "soon" }, [1, undefined], undefined],
  ["limits of other work", { "x-ratelimit-remaining-images": "0", "x-ratelimit-remaining-audio-tokens": "0" }, undefined, undefined],
  ["nothing", { "content-type": "application/json", "x-generated-by": "0" }, undefined, undefined],
];

describe("readRateLimits", () => {
  for (const [name, headers, requests, tokens] of cases) {
    it(`reads ${name}`, () => {
      const quota = readRateLimits(headers, now);
      assert.deepEqual([pair(quota?.requests), pair(quota?.tokens)], [requests, tokens]);
    });
  }

  it("stays small however many names a provider invents", () => {
    for (let count = 0; count < 2_000; count++) readRateLimits({ [`x-ratelimit-remaining-${count}-requests`]: "1" }, now);
    const many = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`x-ratelimit-remaining-${index}-tokens`, String(index + 1)]),
    );
    assert.deepEqual(readRateLimits({ ...many, "x-ratelimit-remaining-requests": "0" }, now)?.tokens?.left, 1);
  });
});

function pair(left: QuotaLeft | undefined): Left {
  return left === undefined ? undefined : [left.left, left.resetMs];
}

test("every form of Retry-After is read, however long the wait", () => {
  const date = "Mon, 30 Nov 2026 11:00:00 GMT";
  const forms: readonly (readonly [UpstreamHeaders, number | undefined])[] = [
    [{ "retry-after": "3600" }, 3_600_000],
    [{ "retry-after": "30s" }, 30_000],
    [{ "retry-after": "1m30s" }, 90_000],
    [{ "retry-after": "1.5" }, 1_500],
    [{ "retry-after": "Mon, 30 Nov 2026 12:01:00 GMT" }, 60_000],
    [{ "retry-after": "Mon, 30 Nov 2026 12:01:00 GMT", date }, 3_660_000],
    [{ "retry-after": "2026-11-30T12:00:05Z" }, 5_000],
    [{ "retry-after": "Mon, 30 Nov 2026 11:59:00 GMT" }, 0],
    [{ "retry-after-ms": "250", "retry-after": "1" }, 250],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{}, undefined],
  ];
  for (const [headers, expected] of forms) assert.equal(readRetryAfter(headers, now), expected, JSON.stringify(headers));
  assert.equal(readRetryAfter({ "retry-after": "9".repeat(70) }, now), undefined);
  assert.equal(readRetryDelay("38.5s"), 38_500);
});

test("a message that says when to try again is read in its own words", () => {
  const messages: readonly (readonly [string, number | undefined])[] = [
    ["Rate limit reached. Please try again in 35s.", 35_000],
    ["Please try again in 6m0s. Visit https://example.com", 360_000],
    ["Please try again in 120ms.", 120],
    ["Please retry after 26 seconds.", 26_000],
    ["No deployments available for selected model, Try again in 5 seconds. Passed model=x", 5_000],
    ["Please wait 1 minute and 30 seconds", 90_000],
    ["retry in 1.5 hours", 5_400_000],
    ["try again in 5 stars", undefined],
    ["try again later", undefined],
    ["the call took 35s", undefined],
  ];
  for (const [message, expected] of messages) assert.equal(findWait(message)?.waitMs, expected, message);
});

const file = "cases/rate-limit-headers.json";
const skip = skippedWithout(file);

interface HeaderCase {
  readonly id: string;
  readonly now: string;
  readonly headers: UpstreamHeaders;
  readonly want: Readonly<Record<"requests" | "tokens", { readonly left: number | null; readonly resetMs: number | null }>> & {
    readonly retryAfterMs: number | null;
  };
}

describe("the table of rate-limit headers", { skip }, () => {
  const rows = skip === false ? (JSON.parse(readFileSync(join(sharedFolder, file), "utf8")) as readonly HeaderCase[]) : [];
  for (const { id, now: moment, headers, want } of rows) {
    it(`${id} is read right`, () => {
      const at = Date.parse(moment);
      const quota: Quota | undefined = readRateLimits(headers, at);
      for (const unit of ["requests", "tokens"] as const) {
        assert.equal(quota?.[unit]?.left ?? null, want[unit].left, `${unit} left`);
        near(quota?.[unit]?.resetMs ?? null, want[unit].resetMs, `reset of ${unit}`);
      }
      near(readRetryAfter(headers, at) ?? null, want.retryAfterMs, "Retry-After");
    });
  }
});

function near(read: number | null, wanted: number | null, what: string): void {
  const isNear = read !== null && wanted !== null && Math.abs(read - wanted) <= 1;
  assert.ok(isNear || read === wanted, `${what}: ${read} instead of ${wanted}`);
}
