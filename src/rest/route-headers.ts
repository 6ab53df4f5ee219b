import type { RouteInfo } from "../core/reply-sink.ts";
import type { ResponseHeaders } from "./exchange.ts";

/** Adds what the caller is told of the way that its call took. Returns `headers`. */
export function addRouteHeaders(headers: ResponseHeaders, route: RouteInfo): ResponseHeaders {
  if (route.deploymentId !== "") headers["x-huntgroup-model-id"] = headerValue(route.deploymentId);
  if (route.group !== "") headers["x-huntgroup-model-group"] = headerValue(route.group);
  headers["x-huntgroup-attempted-retries"] = route.attemptedRetries.toString();
  headers["x-huntgroup-attempted-fallbacks"] = route.attemptedFallbacks.toString();
  headers["x-huntgroup-overhead-duration-ms"] = route.overheadMs.toFixed(3);
  return headers;
}

/** Names are free text, headers printable ASCII: what is not is percent-encoded. */
function headerValue(text: string): string {
  return printable.test(text) ? text : text.toWellFormed().replace(unprintable, encodeURIComponent);
}

const printable = /^[\x20-\x7e]*$/;
const unprintable = /[^\x20-\x7e]/gu;
