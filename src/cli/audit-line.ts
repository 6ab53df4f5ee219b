import type { AuditEntry } from "../control/operator.ts";

/** A change as one line for the log. */
export function auditLine({ at, who, what, before, after, etag }: AuditEntry): string {
  return `audit: ${new Date(at).toISOString()} ${what} by ${who}: ${before} → ${after} (${etag})`;
}
