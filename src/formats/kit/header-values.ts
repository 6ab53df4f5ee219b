/** What may stand in a header's name, and in its value: RFC 9110 without the obsolete parts, plus Latin-1 as Node sends it. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const notInValue = /[^\t\u0020-\u007e\u0080-\u00ff]/;

/** Headers that the transport sets itself; another value would break the connection. */
const transportHeaders: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "transfer-encoding",
  "upgrade",
]);

export function isHeaderName(name: string): boolean {
  return headerName.test(name);
}

export function isHeaderValue(value: string): boolean {
  return !notInValue.test(value);
}

export function isTransportHeader(lowerCaseName: string): boolean {
  return transportHeaders.has(lowerCaseName);
}
