import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";

/** What decides which web pages, and which names of this machine, are served. It is read for each request, because a reload may change it. */
export interface SiteRules {
  /**
   * Whether everybody who can connect may call, and only this machine can connect. A page on the internet can then reach the server through
   * its visitor's browser, also under a name of its own that it lets lead here (DNS rebinding).
   */
  readonly isOpenLocally: boolean;
  /** The names, in lower case, that the server is reached by besides `localhost` and addresses. */
  readonly hosts: ReadonlySet<string>;
  /** Whether the pages of an origin may call. @param exactly Whether `*` does not count. */
  allowsOrigin(origin: string, exactly: boolean): boolean;
}

/**
 * Keeps out requests that a web page has made the browser send: under a name that is not this server's, or from a page that may not call.
 * Callers that are no browser send no origin, and a host that they were given.
 * @returns Why a request is not served; undefined when it is.
 *
 * @example siteRefusal({ host: "evil.example" }, "/v1/models", rules) // 'The host "evil.example" …'
 */
export function siteRefusal(headers: IncomingHttpHeaders, path: string, rules: SiteRules): string | undefined {
  const { origin } = headers;
  const isForOperators = path.startsWith(adminPrefix);
  if (origin === undefined && !rules.isOpenLocally) return undefined;
  const authority = headers[":authority"];
  const host = typeof authority === "string" ? authority : headers.host;
  if (rules.isOpenLocally && host !== undefined && !isOwnHost(host, rules.hosts)) {
    return "This server has no key and answers to localhost, IP addresses and general_settings.allowed_hosts alone: the request names another host.";
  }
  if (origin === undefined || (!isForOperators && !rules.isOpenLocally)) return undefined;
  if (isOwnOrigin(origin, host) || rules.allowsOrigin(origin, isForOperators)) return undefined;
  return isForOperators
    ? "Pages of other origins may not operate this server: name the origin in general_settings.cors_allow_origins (* does not count)."
    : "This server has no key, so pages of other origins may not call it: set a master key, or name the origin in general_settings.cors_allow_origins.";
}

const adminPrefix = "/huntgroup.v1.AdminService/";

/** The header that was looked at last, and what came of it: nearly all requests of a client have the same. */
let last: { readonly host: string; readonly hosts: ReadonlySet<string>; readonly isOwn: boolean } | undefined;

function isOwnHost(host: string, hosts: ReadonlySet<string>): boolean {
  if (last?.host !== host || last.hosts !== hosts) last = { host, hosts, isOwn: isOwnName(nameOf(host), hosts) };
  return last.isOwn;
}

/** The name in a `host` header, without its port and brackets, in lower case. */
function nameOf(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(host)?.[1];
  return (bracketed ?? host.replace(/:\d*$/, "")).toLowerCase();
}

function isOwnName(name: string, hosts: ReadonlySet<string>): boolean {
  return name === "localhost" || isIP(name) !== 0 || hosts.has(name);
}

/** Whether a page comes from this very server, as the browser reached it. */
function isOwnOrigin(origin: string, host: string | undefined): boolean {
  if (host === undefined) return false;
  const at = origin.indexOf("://");
  return at !== -1 && origin.slice(at + 3).toLowerCase() === host.toLowerCase();
}
