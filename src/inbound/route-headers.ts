import { toldUsd, usdText } from "../core/keys/told-usd.ts";
import type { JsonMembers } from "../core/provider.ts";
import type { AttemptTrace, RouteInfo } from "../core/reply-sink.ts";
import { addRateLimitHeaders } from "./rate-limit-headers.ts";

/**
 * Adds to `headers` what the caller is told of its call's route, under lower-case names.
 * @param withTrace Whether to add every attempt, as JSON: `[{"deployment", "group", "outcome", "ms"}, …]`.
 * @returns `headers`.
 */
export function addRouteHeaders<Value extends string | number>(
  headers: Record<string, Value | string>,
  route: RouteInfo,
  withTrace: boolean,
): Record<string, Value | string> {
  if (route.deploymentId !== "") headers["x-huntgroup-model-id"] = headerValue(route.deploymentId);
  if (route.group !== "") headers["x-huntgroup-model-group"] = headerValue(route.group);
  headers["x-huntgroup-attempted-retries"] = route.attemptedRetries.toString();
  headers["x-huntgroup-attempted-fallbacks"] = route.attemptedFallbacks.toString();
  headers["x-huntgroup-overhead-duration-ms"] = route.overheadMs.toFixed(3);
  if (route.costUsd !== undefined) headers["x-huntgroup-response-cost"] = usdText(route.costUsd);
  if (route.keySpendUsd !== undefined) headers["x-huntgroup-key-spend"] = usdText(route.keySpendUsd);
  if (route.adjusted !== undefined) headers["x-huntgroup-adjusted"] = headerValue(route.adjusted.join(","));
  if (route.rateLimits !== undefined) addRateLimitHeaders(headers, route.rateLimits);
  if (withTrace) headers["x-huntgroup-trace"] = headerValue(JSON.stringify(route.trace.map(toldAttempt)));
  return headers;
}

/**
 * What {@link addRouteHeaders} tells as one JSON object, for the end of a stream whose headers went out before its route was known.
 * @param withTrace As there.
 */
export function routeNote(route: RouteInfo, withTrace: boolean): JsonMembers {
  return {
    ...(route.deploymentId === "" ? {} : { deployment: route.deploymentId }),
    ...(route.group === "" ? {} : { model_group: route.group }),
    attempted_retries: route.attemptedRetries,
    attempted_fallbacks: route.attemptedFallbacks,
    overhead_duration_ms: Number(route.overheadMs.toFixed(3)),
    ...(route.costUsd === undefined ? {} : { response_cost: toldUsd(route.costUsd) }),
    ...(route.keySpendUsd === undefined ? {} : { key_spend: toldUsd(route.keySpendUsd) }),
    ...(route.adjusted === undefined ? {} : { adjusted: route.adjusted }),
    ...(route.rateLimits === undefined ? {} : { rate_limits: addRateLimitHeaders({}, route.rateLimits) }),
    ...(withTrace ? { trace: route.trace.map(toldAttempt) } : {}),
  };
}

/**
 * Repeats those of a route's headers that people's dashboards know from LiteLLM, under its names. They stand here one by one: to look names
 * up in a list for each answer takes longer.
 * @returns `headers`.
 */
export function addLitellmHeaders<Value extends string | number>(headers: Record<string, Value | string>): Record<string, Value | string> {
  const modelId = headers["x-huntgroup-model-id"];
  if (modelId !== undefined) headers["x-litellm-model-id"] = modelId;
  const cost = headers["x-huntgroup-response-cost"];
  if (cost !== undefined) headers["x-litellm-response-cost"] = cost;
  const retries = headers["x-huntgroup-attempted-retries"];
  if (retries !== undefined) headers["x-litellm-attempted-retries"] = retries;
  const fallbacks = headers["x-huntgroup-attempted-fallbacks"];
  if (fallbacks !== undefined) headers["x-litellm-attempted-fallbacks"] = fallbacks;
  const spend = headers["x-huntgroup-key-spend"];
  if (spend !== undefined) headers["x-litellm-key-spend"] = spend;
  return headers;
}

function toldAttempt(attempt: AttemptTrace): JsonMembers {
  return { deployment: attempt.deploymentId, group: attempt.group, outcome: attempt.outcome, ms: Math.round(attempt.ms * 1_000) / 1_000 };
}

/** Names are free text, but headers are printable ASCII: the rest is percent-encoded, as gRPC does with messages. */
function headerValue(text: string): string {
  return printable.test(text) ? text : text.toWellFormed().replace(unprintable, encodeURIComponent);
}

const printable = /^[\x20-\x7e]*$/;
const unprintable = /[^\x20-\x7e]/gu;
