import type { IncomingHttpHeaders } from "node:http";

/** What may be kept as a call's id: it goes into headers and logs. */
const printable = /^[\x21-\x7e]{1,128}$/;

/** The caller's own `x-request-id` where it is short and printable, else a new id. */
export function callIdOf(headers: IncomingHttpHeaders, newCallId: () => string): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && printable.test(given) ? given : newCallId();
}
