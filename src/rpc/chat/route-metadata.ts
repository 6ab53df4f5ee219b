import type { RouteInfo } from "../../core/reply-sink.ts";
import { addRouteHeaders } from "../../inbound/route-headers.ts";

/** What the caller is told of its call, as headers or trailers: the id, and its route where it has taken one. */
export function routeMetadata(callId: string, route: RouteInfo | undefined, withTrace: boolean): Record<string, string> {
  const metadata: Record<string, string> = { "x-huntgroup-call-id": callId };
  return route === undefined ? metadata : addRouteHeaders(metadata, route, withTrace);
}

/** What is left to tell at the end of a stream whose headers went out before its route was known: trailers, without the id. */
export function lateMetadata(route: RouteInfo | undefined, withTrace: boolean): Record<string, string> {
  return route === undefined ? {} : addRouteHeaders({}, route, withTrace);
}
