/** What a header's name and value may hold: RFC 9110 without its obsolete parts, and Latin-1 as Node sends it. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const notInValue = /[^\t\u0020-\u007e\u0080-\u00ff]/;

/** Headers that the transport sets itself. Another value would break the connection. */
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

/** Whether a text can be the name of a header. */
export function isHeaderName(name: string): boolean {
  return headerName.test(name);
}

/** Whether a text can be the value of a header. */
export function isHeaderValue(value: string): boolean {
  return !notInValue.test(value);
}

/** Whether the transport sets this header itself. */
export function isTransportHeader(lowerCaseName: string): boolean {
  return transportHeaders.has(lowerCaseName);
}
