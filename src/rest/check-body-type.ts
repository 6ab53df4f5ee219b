import type { IncomingHttpHeaders } from "node:http";
import { cutText } from "../lib/cut-text.ts";

const json = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
/** The charsets whose bytes are UTF-8. */
const readableCharsets: ReadonlySet<string> = new Set(["utf-8", "utf8", "us-ascii"]);
/** Name and value of one parameter (https://www.rfc-editor.org/rfc/rfc9110#section-5.6.6). A quoted value may hold semicolons. */
const parameter = /;\s*([^=;\s]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)/g;
/** Some clients send the first with every string, and a plain `curl -d` sends the second. */
const usualTypes = /^(?:text\/plain|application\/x-www-form-urlencoded)\s*(?:;|$)/i;

/**
 * Checks whether a request's headers allow its body to be JSON. A missing type, `text/plain` and the type of a plain `curl -d`
 * pass for JSON, but not from web pages of unknown origin: browsers send these types to any server without asking it first, and a page must
 * not be able to spend the money behind a local router that has no key.
 * @param fromUnknownPage Whether the request comes from a web page whose origin is not allowed.
 * @returns What is wrong, for a 415. Undefined when nothing is.
 */
export function checkBodyType(headers: IncomingHttpHeaders, fromUnknownPage: boolean): string | undefined {
  const type = headers["content-type"];
  // Nearly all clients send this.
  if (type === "application/json") return undefined;
  const charset = type === undefined ? undefined : charsetsOf(type).find((one) => !readableCharsets.has(one.toLowerCase()));
  if (charset !== undefined) {
    return `Request bodies with charset ${quote(charset)} are not supported: send the JSON as UTF-8, with the header "content-type: application/json".`;
  }
  if (type !== undefined && json.test(type)) return undefined;
  if (!fromUnknownPage && (type === undefined || usualTypes.test(type))) return undefined;
  const given = type === undefined ? "has no content type" : `has content type ${quote(type)}`;
  return `The request body ${given}: send JSON with the header "content-type: application/json".`;
}

/**
 * The same for a form (`multipart/form-data`), in whose place JSON may stand where its type says so. Browsers send a form to any server without asking, too, so none is taken from web pages of unknown
 * origin, unless the page is of this very host.
 */
export function checkFormType(headers: IncomingHttpHeaders, fromUnknownPage: boolean): string | undefined {
  const type = headers["content-type"];
  if (type !== undefined && json.test(type)) return checkBodyType(headers, fromUnknownPage);
  if (fromUnknownPage && !isOfThisHost(headers)) {
    return "Forms are not taken from web pages of this origin: name it in general_settings.cors_allow_origins.";
  }
  if (type !== undefined && /^multipart\/form-data\s*;.*\bboundary=/i.test(type)) return undefined;
  const given = type === undefined ? "has no content type" : `has content type ${quote(type)}`;
  return `The request body ${given}: send a form, "content-type: multipart/form-data; boundary=…".`;
}

/**
 * The same for what is asked for without a body. Browsers send a POST without one to any server, too, so the type has to say JSON there, which they
 * ask the server for first, unless the page is of this very host. Of the other methods they ask first anyway.
 */
export function checkNoBody(method: string | undefined, headers: IncomingHttpHeaders, fromUnknownPage: boolean): string | undefined {
  if (method !== "POST" || !fromUnknownPage || isOfThisHost(headers)) return undefined;
  return checkBodyType(headers, true);
}

function isOfThisHost(headers: IncomingHttpHeaders): boolean {
  // HTTP/2 has the one in place of the other.
  return URL.parse(headers.origin ?? "")?.host === (headers[":authority"] ?? headers.host);
}

function charsetsOf(type: string): readonly string[] {
  return [...type.matchAll(parameter)].flatMap(([, name, value]) =>
    name?.toLowerCase() === "charset" ? [(value ?? "").trim().replace(/^"(.*)"$/, "$1")] : [],
  );
}

/** Long enough for any honest value. */
const longestQuote = 80;

function quote(text: string): string {
  return JSON.stringify(cutText(text, longestQuote));
}
