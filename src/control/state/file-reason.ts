/** Why a file could not be used: the platform's code, which says what matters and shows nothing. */
export function fileReason(cause: unknown): string {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "unknown reason";
}
