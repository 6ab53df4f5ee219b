import { cors as connectCors } from "@connectrpc/connect";
import { rateLimitHeaders } from "./rate-limit-headers.ts";

/** Response headers, lower-case names. */
export type CorsHeaders = Readonly<Record<string, string>>;

/**
 * Decides whether the pages of an origin may call this server.
 * @param origin The `origin` header. Undefined for callers that are no browser.
 * @returns What to add to every response to that origin, errors included. Undefined when it may not call, or is no browser.
 */
export type Cors = (origin: string | undefined) => CorsHeaders | undefined;

/** What scripts may read of a response besides its body. */
const exposedHeaders = [
  ...connectCors.exposedHeaders,
  "retry-after",
  "retry-after-ms",
  "x-request-id",
  "x-huntgroup-call-id",
  "x-huntgroup-model-id",
  "x-huntgroup-model-group",
  "x-huntgroup-attempted-retries",
  "x-huntgroup-attempted-fallbacks",
  "x-huntgroup-overhead-duration-ms",
  "x-huntgroup-response-cost",
  "x-huntgroup-key-spend",
  "x-huntgroup-trace",
  "x-huntgroup-adjusted",
  ...rateLimitHeaders,
  "x-litellm-call-id",
  "x-litellm-model-id",
  "x-litellm-attempted-retries",
  "x-litellm-attempted-fallbacks",
  "x-litellm-response-cost",
  "x-litellm-key-spend",
].join(", ");

/** What scripts may send where the browser does not name the headers that they want to send. */
const usualHeaders = [
  ...connectCors.allowedHeaders,
  "authorization",
  "x-litellm-api-key",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "ocp-apim-subscription-key",
  "x-request-id",
].join(", ");

/** Two hours: browsers keep a preflight's answer no longer. */
const preflightMaxAgeSeconds = 7_200;

/**
 * The rule for web pages, which RPC and REST share. Cookies play no part (keys travel in headers), so `*` allows no more than a caller
 * outside of a browser may do anyway.
 * @param allowedOrigins Exact origins such as `https://app.example.com`, or `*` for all. Empty: no page may call.
 */
export function createCors(allowedOrigins: readonly string[]): Cors {
  const everybody = allowedOrigins.includes("*");
  const allowed = new Set(allowedOrigins.map(normalize));
  return (origin) => {
    if (origin === undefined) return undefined;
    if (everybody) return { "access-control-allow-origin": "*", "access-control-expose-headers": exposedHeaders };
    if (!allowed.has(normalize(origin))) return undefined;
    return { "access-control-allow-origin": origin, "access-control-expose-headers": exposedHeaders, vary: "origin" };
  };
}

/**
 * The headers of the answer (204) to an allowed origin's preflight (`OPTIONS`), beside those of {@link Cors}.
 * Any header may be sent: SDKs add their own, and the list protects nothing once the origin is allowed.
 * @param requestedHeaders The `access-control-request-headers` header.
 */
export function preflightHeaders(requestedHeaders: string | undefined): CorsHeaders {
  return {
    "access-control-allow-methods": [...connectCors.allowedMethods, "OPTIONS"].join(", "),
    "access-control-allow-headers": requestedHeaders ?? usualHeaders,
    "access-control-max-age": preflightMaxAgeSeconds.toString(),
  };
}

/** Whether an origin is named. @param exactly Whether `*` does not count. */
export function isNamedOrigin(allowedOrigins: readonly string[], origin: string, exactly: boolean): boolean {
  return allowedOrigins.some((allowed) => (allowed === "*" ? !exactly : normalize(allowed) === normalize(origin)));
}

/** Browsers send origins in lower case and without a final slash; configurations do not always have them so. */
function normalize(origin: string): string {
  return origin.toLowerCase().replace(/\/$/, "");
}
