import { cors as connectCors } from "@connectrpc/connect";

/** Response headers, lower-case names. */
export type CorsHeaders = Readonly<Record<string, string>>;

/**
 * Decides whether the pages of an origin may call this server.
 * @param origin The `origin` header; undefined for callers that are no browser.
 * @returns What to add to every response to that origin, errors included; undefined when there is nothing to add.
 */
export type Cors = (origin: string | undefined) => CorsHeaders | undefined;

/** What scripts may read of a response besides its body. */
const exposedHeaders = [
  ...connectCors.exposedHeaders,
  "retry-after",
  "retry-after-ms",
  "retry-after-ms",
  "x-request-id",
  "x-huntgroup-call-id",
  "x-huntgroup-model-id",
  "x-huntgroup-model-group",
  "x-huntgroup-attempted-retries",
  "x-huntgroup-attempted-fallbacks",
  "x-huntgroup-overhead-duration-ms",
  "x-huntgroup-response-cost",
  "x-huntgroup-trace",
].join(", ");

/** What scripts may send when the browser does not say what they want to. */
const usualHeaders = [...connectCors.allowedHeaders, "authorization", "x-api-key", "api-key", "x-request-id"].join(", ");

/** Two hours: browsers keep a preflight's answer no longer. */
const preflightMaxAgeSeconds = 7_200;

/**
 * The doors' shared rule for web pages. Cookies play no part (keys travel in headers), so `*` opens no more than a caller
 * outside a browser has anyway.
 * @param allowedOrigins Exact origins such as `https://app.example.com`, or `*` for all. Empty: closed.
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
 * What the answer (204) to an allowed origin's preflight (`OPTIONS`) says besides what {@link Cors} gives.
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

/** Browsers send origins in lower case and without a final slash; people who write configurations do not always. */
function normalize(origin: string): string {
  return origin.toLowerCase().replace(/\/$/, "");
}
