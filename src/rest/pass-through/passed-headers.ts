import type { IncomingHttpHeaders } from "node:http";
import { keyHeaders } from "../../auth/credentials.ts";
import type { UpstreamHeaders } from "../../core/upstream.ts";

/** Headers of one connection, which say nothing to the next: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "expect",
]);

/** What says who the caller is, to this server or to a proxy, or where it comes from. */
const callersOwn: ReadonlySet<string> = new Set([
  ...keyHeaders,
  "host",
  "authorization",
  "cookie",
  "cookie2",
  "forwarded",
  "via",
  "x-real-ip",
  "x-api-token",
  "x-auth-token",
  "x-csrf-token",
  "origin",
  "referer",
]);
const callersBeginnings: readonly string[] = [
  "proxy-",
  "ocp-apim-",
  "x-litellm-",
  "x-huntgroup-",
  "x-forwarded-",
  "sec-",
  "access-control-",
  ":",
];

/** What a server says of itself to browsers, and not for another that stands before it. */
const targetsOwn: ReadonlySet<string> = new Set([
  "set-cookie",
  "set-cookie2",
  "alt-svc",
  "clear-site-data",
  "strict-transport-security",
  "content-security-policy",
  "x-request-id",
]);
const targetsBeginnings: readonly string[] = ["proxy-", "access-control-", "x-litellm-", "x-huntgroup-", ":"];

/** What HTTP/1.1 can carry in a header. */
const printable = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The headers that go to a target: the caller's, without what is its own, and the endpoint's, which win.
 * @param keyHeader One more header that callers' keys may stand in.
 */
export function requestHeaders(
  given: IncomingHttpHeaders,
  own: Readonly<Record<string, string>>,
  keyHeader: string | undefined,
): Readonly<Record<string, string>> {
  const dropped = namedByConnection(given.connection);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || name === keyHeader || dropped.has(name)) continue;
    if (hopByHop.has(name) || callersOwn.has(name) || callersBeginnings.some((beginning) => name.startsWith(beginning))) continue;
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return { ...headers, ...own };
}

/** The headers that a caller gets of a target's answer. No page of a target's may act as one of this server's. */
export function responseHeaders(given: UpstreamHeaders): Record<string, string> {
  const { connection } = given;
  const dropped = namedByConnection(Array.isArray(connection) ? connection.join(",") : connection);
  const headers: Record<string, string> = { "content-security-policy": "sandbox" };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || dropped.has(name)) continue;
    if (hopByHop.has(name) || targetsOwn.has(name) || targetsBeginnings.some((beginning) => name.startsWith(beginning))) continue;
    const text = Array.isArray(value) ? value.join(", ") : value;
    if (printable.test(text)) headers[name] = text;
  }
  return headers;
}

function namedByConnection(connection: string | undefined): ReadonlySet<string> {
  return new Set(
    (connection ?? "")
      .toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  );
}
