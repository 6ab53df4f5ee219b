import { errors } from "undici";
import type { UpstreamRequest } from "../core/upstream.ts";
import { parseHttpAddress } from "../lib/http-address.ts";

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const path = /^\/[\x21-\xff]*$/;

interface Known {
  readonly origin: string;
  readonly path: string;
  readonly bytes: Buffer;
}

/** Heads by the identity of their headers: a deployment's adapter gives the same object for each request. */
const known = new WeakMap<UpstreamRequest["headers"], Known>();

/**
 * Writes the head of a request in HTTP/1.1 without its end, which is what the requests to one deployment share.
 * @returns The bytes, or an error when a name or a value cannot stand in a head.
 */
export function requestHead(request: UpstreamRequest): Buffer | Error {
  const { headers, origin } = request;
  const before = known.get(headers);
  if (before !== undefined && before.path === request.path && before.origin === origin) return before.bytes;
  if (!path.test(request.path)) return new errors.InvalidArgumentError("invalid request path");
  const lines = [
    `${request.method} ${request.path} HTTP/1.1`,
    `host: ${(parseHttpAddress(origin) ?? new URL(origin)).host}`,
    "connection: keep-alive",
  ];
  for (const [name, value] of Object.entries(headers)) {
    if (!headerName.test(name) || !headerValue.test(value)) return new errors.InvalidArgumentError(`invalid ${name} header`);
    lines.push(`${name}: ${value}`);
  }
  const bytes = Buffer.from(`${lines.join("\r\n")}\r\n`, "latin1");
  known.set(headers, { origin, path: request.path, bytes });
  return bytes;
}
