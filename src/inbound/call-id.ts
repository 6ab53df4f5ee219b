/** What may be kept as a call's id: it goes into headers and logs. */
const printable = /^[\x21-\x7e]{1,128}$/;

/** @param given The caller's own `x-request-id`: kept where it is short and printable, else the call gets a new one. */
export function callIdOf(given: string | undefined, newCallId: () => string): string {
  return given !== undefined && printable.test(given) ? given : newCallId();
}
