import assert from "node:assert/strict";
import { validateHeaderValue } from "node:http";
import { test } from "node:test";
import fc from "fast-check";
import type { RouteInfo } from "../../src/core/reply-sink.ts";
import { goDuration, rateLimitHeaders } from "../../src/inbound/rate-limit-headers.ts";
import { addRouteHeaders, routeNote } from "../../src/inbound/route-headers.ts";

const route = {
  deploymentId: "id-1",
  group: "gpt-4",
  attemptedRetries: 2,
  attemptedFallbacks: 1,
  trace: [],
  overheadMs: 0.12345,
  costUsd: undefined,
  keySpendUsd: undefined,
  rateLimits: undefined,
};

test("the way that a call took is told in headers", () => {
  assert.deepEqual(addRouteHeaders({ "content-type": "text/plain" }, route, false), {
    "content-type": "text/plain",
    "x-huntgroup-model-id": "id-1",
    "x-huntgroup-model-group": "gpt-4",
    "x-huntgroup-attempted-retries": "2",
    "x-huntgroup-attempted-fallbacks": "1",
    "x-huntgroup-overhead-duration-ms": "0.123",
  });
});

test("what an answer cost is told in plain dollars, where it is known", () => {
  const told = [undefined, 0, 0.1 + 0.2, 0.00035, 0.1 + 0.7, 1e-9, 12_345.678_901_234].map(
    (costUsd) => addRouteHeaders({}, { ...route, costUsd }, false)["x-huntgroup-response-cost"],
  );
  assert.deepEqual(told, [undefined, "0", "0.3", "0.00035", "0.8", "1e-9", "12345.6789012"]);
});

test("parameters that went out otherwise than asked for are told by their names, whatever these are", () => {
  const told = { ...route, adjusted: ["temperature", "tools[*].x", "naïve\r\nx: y"] };
  assert.equal(addRouteHeaders({}, told, false)["x-huntgroup-adjusted"], "temperature,tools[*].x,na%C3%AFve%0D%0Ax: y");
  assert.deepEqual(routeNote(told, false)["adjusted"], told.adjusted);
});

test("the caller's limits are told as OpenAI tells them", () => {
  const rateLimits = {
    requests: { limit: 600, remaining: 598, resetMs: 60_500 },
    tokens: { limit: 1_000.5, remaining: 0.7, resetMs: 19.2 },
  };
  const told = {
    "x-ratelimit-limit-requests": "600",
    "x-ratelimit-remaining-requests": "598",
    "x-ratelimit-reset-requests": "1m0s",
    "x-ratelimit-limit-tokens": "1000",
    "x-ratelimit-remaining-tokens": "0",
    "x-ratelimit-reset-tokens": "20ms",
  };
  const of = (limits: RouteInfo["rateLimits"]) => {
    const headers = addRouteHeaders({}, { ...route, rateLimits: limits }, false);
    return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-ratelimit-")));
  };
  assert.deepEqual(of(rateLimits), told);
  assert.deepEqual(Object.keys(of(rateLimits)), rateLimitHeaders);
  assert.deepEqual(Object.keys(of({ ...rateLimits, tokens: undefined })), rateLimitHeaders.slice(0, 3));
  assert.deepEqual(Object.keys(of({ ...rateLimits, requests: undefined })), rateLimitHeaders.slice(3));
  assert.deepEqual(of(undefined), {});
  assert.deepEqual(routeNote({ ...route, rateLimits }, false)["rate_limits"], told);
  assert.equal("rate_limits" in routeNote(route, false), false);
});

test("a duration is written as OpenAI writes it, rounded up", () => {
  const told: readonly (readonly [ms: number, text: string])[] = [
    [-5, "0s"],
    [0, "0s"],
    [0.2, "1ms"],
    [20, "20ms"],
    [999, "999ms"],
    [999.5, "1s"],
    [1_000, "1s"],
    [59_001, "1m0s"],
    [90_000, "1m30s"],
    [360_000, "6m0s"],
    [3_600_000, "1h0m0s"],
    [90_061_000, "25h1m1s"],
  ];
  for (const [ms, text] of told) assert.equal(goDuration(ms), text);
});

test("what is not known is left out", () => {
  const headers = addRouteHeaders({}, { ...route, deploymentId: "", group: "" }, false);
  assert.equal("x-huntgroup-model-id" in headers, false);
  assert.equal("x-huntgroup-model-group" in headers, false);
});

test("any group's name fits into a header", () => {
  assert.equal(addRouteHeaders({}, { ...route, group: "modèle 1" }, false)["x-huntgroup-model-group"], "mod%C3%A8le 1");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (group) => {
      const value = addRouteHeaders({}, { ...route, group }, false)["x-huntgroup-model-group"];
      if (value !== undefined) validateHeaderValue("x-huntgroup-model-group", String(value));
    }),
  );
});

test("who asks for it is told of every attempt", () => {
  const trace = [
    { deploymentId: "a", group: "g", outcome: "upstream_timeout", ms: 12.34567 },
    { deploymentId: "é", group: "g", outcome: "success", ms: 1 },
  ] as const;
  const value = addRouteHeaders({}, { ...route, trace }, true)["x-huntgroup-trace"];
  assert.equal(
    decodeURIComponent(String(value)),
    '[{"deployment":"a","group":"g","outcome":"upstream_timeout","ms":12.346},{"deployment":"é","group":"g","outcome":"success","ms":1}]',
  );
});
