import type { RouteInfo } from "../core/reply-sink.ts";

/** Adds to `headers` (lower-case names) what the caller is told of the way that its call took. Returns `headers`. */
export function addRouteHeaders<Value extends string | number>(
  headers: Record<string, Value | string>,
  route: RouteInfo,
): Record<string, Value | string> {
  if (route.deploymentId !== "") headers["x-huntgroup-model-id"] = headerValue(route.deploymentId);
  if (route.group !== "") headers["x-huntgroup-model-group"] = headerValue(route.group);
  headers["x-huntgroup-attempted-retries"] = route.attemptedRetries.toString();
  headers["x-huntgroup-attempted-fallbacks"] = route.attemptedFallbacks.toString();
  headers["x-huntgroup-overhead-duration-ms"] = route.overheadMs.toFixed(3);
  return headers;
}

/** Names are free text, headers printable ASCII: what is not is percent-encoded, as gRPC does with messages. */
function headerValue(text: string): string {
  return printable.test(text) ? text : text.toWellFormed().replace(unprintable, encodeURIComponent);
}

const printable = /^[\x20-\x7e]*$/;
const unprintable = /[^\x20-\x7e]/gu;
