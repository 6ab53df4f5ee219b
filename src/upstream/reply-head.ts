import type { UpstreamHeaders } from "../core/upstream.ts";

/** How long a reply's body is: https://www.rfc-editor.org/rfc/rfc9112#section-6.3 */
type BodyLength = number | "chunked" | "until close";

/** The head of a reply, and what it says of the body and the connection. */
export interface ReplyHead {
  readonly status: number;
  readonly headers: UpstreamHeaders;
  readonly bodyLength: BodyLength;
  /** Whether the connection may carry another request. */
  readonly isKept: boolean;
  /** Whether the name of any header hints at a rate, as those of a provider's limits do. */
  readonly mayTellLimits: boolean;
  /** How long the server says that it keeps the connection, in milliseconds; undefined when it does not say. */
  readonly keptMs: number | undefined;
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?\r\n/;
/** No space around a name and no value that goes on in the next line: servers read these differently, which can be abused. */
const headerLine = /([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)\r\n/y;
const digits = /^\d{1,15}$/;
const keepAliveTimeout = /timeout=(\d+)/;

/**
 * Reads the head of a reply in HTTP/1.0 or 1.1.
 * @param text One character for each byte, the blank line's end left out.
 * @returns The head, or what is wrong with it.
 */
export function readReplyHead(text: string): ReplyHead | string {
  const start = statusLine.exec(text);
  if (start === null) return "its status line is not HTTP/1.1's";
  const status = Number(start[2]);
  // Without a prototype, so that no name finds a value that was not sent.
  const headers = { __proto__: null } as unknown as Record<string, string | string[] | undefined>;
  let at = start[0].length;
  let mayTellLimits = false;
  while (at < text.length) {
    headerLine.lastIndex = at;
    const line = headerLine.exec(text);
    if (line === null) return "a header line is malformed";
    const [whole, written = "", value = ""] = line;
    at += whole.length;
    const name = written.toLowerCase();
    mayTellLimits ||= name.includes("rate");
    add(headers, name, withoutTrailingSpace(value));
  }
  const { "transfer-encoding": coding, "content-length": length } = headers;
  // A length and a coding at once, or two lengths, are the means to smuggle replies.
  if (coding !== undefined && length !== undefined) return "it has a length and a transfer coding";
  if (length !== undefined && (typeof length !== "string" || !digits.test(length))) return "its content-length is malformed";
  const neverHasBody = status < 200 || status === 204 || status === 304;
  const bodyLength = neverHasBody ? 0 : bodyLengthOf(coding, length);
  // A body where there may be none would be read as the next reply.
  const isClean = !neverHasBody || (coding === undefined && (length === undefined || Number(length) === 0));
  return {
    status,
    headers,
    bodyLength,
    mayTellLimits,
    isKept: bodyLength !== "until close" && isClean && isPersistent(start[1], headers["connection"]),
    keptMs: keptMs(headers["keep-alive"]),
  };
}

function bodyLengthOf(coding: string | string[] | undefined, length: string | undefined): BodyLength {
  if (coding !== undefined) return lastOf(coding) === "chunked" ? "chunked" : "until close";
  return length === undefined ? "until close" : Number(length);
}

function lastOf(list: string | string[]): string {
  return listed(list).at(-1) ?? "";
}

function listed(list: string | string[]): readonly string[] {
  const text = typeof list === "string" ? list : list.join(",");
  return text
    .toLowerCase()
    .split(",")
    .map((item) => item.trim());
}

function isPersistent(minorVersion: string | undefined, connection: string | string[] | undefined): boolean {
  if (connection === undefined) return minorVersion === "1";
  const options = listed(connection);
  return !options.includes("close") && (minorVersion === "1" || options.includes("keep-alive"));
}

function keptMs(keepAlive: string | string[] | undefined): number | undefined {
  if (keepAlive === undefined) return undefined;
  const seconds = keepAliveTimeout.exec(typeof keepAlive === "string" ? keepAlive : keepAlive.join(","))?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}

function add(headers: Record<string, string | string[] | undefined>, name: string, value: string): void {
  const before = headers[name];
  if (before === undefined) headers[name] = value;
  else if (typeof before === "string") headers[name] = [before, value];
  else before.push(value);
}

function withoutTrailingSpace(value: string): string {
  let end = value.length;
  while (end > 0 && (value[end - 1] === " " || value[end - 1] === "\t")) end--;
  return end === value.length ? value : value.slice(0, end);
}
