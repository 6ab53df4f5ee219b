/** Why a file could not be used, by the platform's code: it says what matters and gives nothing away. */
export function fileReason(cause: unknown): string {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "unknown reason";
}
