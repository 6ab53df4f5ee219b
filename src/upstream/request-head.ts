import { errors } from "undici";
import type { UpstreamRequest } from "../core/upstream.ts";

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const path = /^\/[\x21-\xff]*$/;

interface Known {
  readonly origin: string;
  readonly path: string;
  readonly bytes: Buffer;
}

/** By the headers' identity: a deployment's adapter hands out the same ones again and again. */
const known = new WeakMap<UpstreamRequest["headers"], Known>();

/**
 * The head of a request in HTTP/1.1 without its end: what the requests to one deployment share.
 * @returns An error where a name or a value cannot stand there.
 */
export function requestHead(request: UpstreamRequest): Buffer | Error {
  const { headers, origin } = request;
  const before = known.get(headers);
  if (before !== undefined && before.path === request.path && before.origin === origin) return before.bytes;
  if (!path.test(request.path)) return new errors.InvalidArgumentError("invalid request path");
  const lines = [`${request.method} ${request.path} HTTP/1.1`, `host: ${new URL(origin).host}`, "connection: keep-alive"];
  for (const [name, value] of Object.entries(headers)) {
    if (!headerName.test(name) || !headerValue.test(value)) return new errors.InvalidArgumentError(`invalid ${name} header`);
    lines.push(`${name}: ${value}`);
  }
  const bytes = Buffer.from(`${lines.join("\r\n")}\r\n`, "latin1");
  known.set(headers, { origin, path: request.path, bytes });
  return bytes;
}
