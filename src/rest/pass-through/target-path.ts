import type { PassThroughEndpoint } from "../../config/read/read-pass-through.ts";

/** A path that leads to another server. */
export interface FoundEndpoint {
  readonly endpoint: PassThroughEndpoint;
  /** What stands behind the endpoint's path, as it was sent: empty, or with a slash at its beginning. */
  readonly subpath: string;
}

/**
 * Finds the endpoint of a path.
 * @param endpoints The longest paths first.
 * @param path As it was sent, without its query.
 */
export function findEndpoint(endpoints: readonly PassThroughEndpoint[], path: string): FoundEndpoint | undefined {
  for (const endpoint of endpoints) {
    if (!path.startsWith(endpoint.path)) continue;
    const subpath = path.slice(endpoint.path.length);
    if (subpath === "" || (endpoint.hasSubpaths && subpath.startsWith("/"))) return { endpoint, subpath };
  }
  return undefined;
}

/** What a path may hold as it is: https://www.rfc-editor.org/rfc/rfc3986#section-3.3 */
const plainPath = /^[\w\-.~!$&'()*+,;=:@/%]*$/;
/** A path that is still encoded after so many times is meant to deceive somebody. */
const mostDecodings = 4;

/**
 * The path and the query that a target is asked for.
 * @param query Of the request, with its `?`, or empty.
 * @returns Undefined for a path that may lead out of the target's, however it is read.
 */
export function targetPath({ endpoint, subpath }: FoundEndpoint, query: string): string | undefined {
  const below = subpath.replaceAll(/\/{2,}/g, "/");
  if (!staysInside(below)) return undefined;
  const path = endpoint.targetPath + below;
  return (path === "" ? "/" : path) + targetQuery(endpoint, query);
}

/** Whether no segment of a path leads upwards, whether its reader decodes it never, once or several times, and takes a backslash for a slash. */
function staysInside(path: string): boolean {
  if (!plainPath.test(path) || !isEncodedWell(path)) return false;
  let text = path;
  for (let count = 0; count <= mostDecodings; count++) {
    if (hasOddCharacters(text) || text.includes("//")) return false;
    // Some servers take `..;x` for `..`.
    if (text.split("/").some((segment) => /^\.{1,2}(?:;.*)?$/.test(segment.trim()))) return false;
    const decoded = bytesDecoded(text);
    if (decoded === text) return true;
    text = decoded;
  }
  return false;
}

/** Backslashes, and what no path is written with. Characters beyond ASCII are the bytes of others here. */
function hasOddCharacters(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === 0x7f || code === 0x5c) return true;
  }
  return false;
}

/** Whether every `%` begins a byte, and the bytes are UTF-8: other spellings of a dot are none. */
function isEncodedWell(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Each byte as a character. What is no encoded byte stays, as it does with readers that forgive. */
function bytesDecoded(text: string): string {
  return text.replaceAll(/%([\da-f]{2})/gi, (_whole, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
}

/** The target's own parameters, which no caller replaces; then the caller's; then what is usual, where the caller says nothing. */
function targetQuery({ query: own, defaultQuery }: PassThroughEndpoint, query: string): string {
  if (own.length === 0 && defaultQuery.length === 0) return printable(query);
  const parameters = new URLSearchParams(own.map(([name, value]) => [name, value]));
  const given = new URLSearchParams(query);
  const names = new Set(own.map(([name]) => name));
  for (const [name, value] of given) if (!names.has(name)) parameters.append(name, value);
  for (const [name, value] of defaultQuery) if (!names.has(name) && !given.has(name)) parameters.append(name, value);
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

/** What no query may hold is encoded; all else stays as it was sent. */
function printable(query: string): string {
  return query.replaceAll(/[^\x21-\x7e]|#/g, (character) => encodeURIComponent(character.toWellFormed()));
}
