import type { IncomingHttpHeaders } from "node:http";

const json = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
/** Those whose bytes are UTF-8. */
const readableCharsets: ReadonlySet<string> = new Set(["utf-8", "utf8", "us-ascii"]);
/** Name and value of one parameter, as https://www.rfc-editor.org/rfc/rfc9110#section-5.6.6 has it: a quoted value may hold semicolons. */
const parameter = /;\s*([^=;\s]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)/g;
const plainText = /^text\/plain\s*(?:;|$)/i;

/**
 * Whether a request's body can be JSON by what its headers say of it. A missing type and `text/plain` (what some clients send
 * with every string) pass for JSON, but not from web pages of unknown origin: browsers send these types to any server without
 * asking it first, and a page must not be able to spend the money behind a local router that has no key.
 * @param fromUnknownPage The request comes from a web page whose origin is not among the allowed ones.
 * @returns What is wrong, for a 415; undefined when it is fine.
 */
export function checkBodyType(headers: IncomingHttpHeaders, fromUnknownPage: boolean): string | undefined {
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    return `Request bodies with content-encoding ${quote(encoding)} are not supported: send the JSON uncompressed.`;
  }
  const type = headers["content-type"];
  // What nearly all clients send.
  if (type === "application/json") return undefined;
  const charset = type === undefined ? undefined : charsetsOf(type).find((one) => !readableCharsets.has(one.toLowerCase()));
  if (charset !== undefined) {
    return `Request bodies with charset ${quote(charset)} are not supported: send the JSON as UTF-8, with the header "content-type: application/json".`;
  }
  if (type !== undefined && json.test(type)) return undefined;
  if (!fromUnknownPage && (type === undefined || plainText.test(type))) return undefined;
  const given = type === undefined ? "has no content type" : `has content type ${quote(type)}`;
  return `The request body ${given}: send JSON with the header "content-type: application/json".`;
}

function charsetsOf(type: string): readonly string[] {
  return [...type.matchAll(parameter)].flatMap(([, name, value]) =>
    name?.toLowerCase() === "charset" ? [(value ?? "").trim().replace(/^"(.*)"$/, "$1")] : [],
  );
}

/** Long enough for any honest value. */
const longestQuote = 80;

function quote(text: string): string {
  return JSON.stringify(text.slice(0, longestQuote));
}
