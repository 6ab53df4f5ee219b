import type { RouteInfo } from "../core/reply-sink.ts";

/** What may be kept as a call's id: it goes into headers and logs. */
const callIdPattern = /^[\x21-\x7e]{1,128}$/;

/** The caller's own `x-request-id` where it is short and printable, else a new id. */
export function callIdOf(requestHeader: Headers, newCallId: () => string): string {
  const given = requestHeader.get("x-request-id");
  return given !== null && callIdPattern.test(given) ? given : newCallId();
}

/** What the caller is told of the way that its call took. */
export function routeMetadata(callId: string, route: RouteInfo | undefined): Record<string, string> {
  const metadata: Record<string, string> = { "x-huntgroup-call-id": callId };
  if (route === undefined) return metadata;
  if (route.deploymentId !== "") metadata["x-huntgroup-model-id"] = headerValue(route.deploymentId);
  if (route.group !== "") metadata["x-huntgroup-model-group"] = headerValue(route.group);
  metadata["x-huntgroup-attempted-retries"] = route.attemptedRetries.toString();
  metadata["x-huntgroup-attempted-fallbacks"] = route.attemptedFallbacks.toString();
  metadata["x-huntgroup-overhead-duration-ms"] = route.overheadMs.toFixed(3);
  return metadata;
}

/** Names are free text; metadata holds printable ASCII only. What is not is percent-encoded, as gRPC does with messages. */
function headerValue(text: string): string {
  return text.toWellFormed().replace(/[^\x20-\x7e]/gu, encodeURIComponent);
}
