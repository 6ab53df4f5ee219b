/** An id that may be kept, because it is safe in headers and logs. */
const printable = /^[\x21-\x7e]{1,128}$/;

/** The id of a call. @param given The caller's own `x-request-id`, kept where it is short and printable. Else the call gets a new id. */
export function callIdOf(given: string | undefined, newCallId: () => string): string {
  return given !== undefined && printable.test(given) ? given : newCallId();
}
