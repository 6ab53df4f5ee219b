import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import type { UpstreamFailure } from "../core/upstream.ts";

/** What an exchange fails with. @param wasSent Whether any of the request has gone out. */
export function failureOf(cause: Error, wasSent: boolean): UpstreamFailure {
  const code = platformCode(cause);
  const reason = (failedLookups.has(code) ? fileLimit() : undefined) ?? code;
  return { kind: localFaults.has(reason) ? "local" : wasSent ? "broken" : "connect", reason, cause };
}

/** What the system says of a name that it did not find. It says the same where it had no file left to look it up with. */
const failedLookups: ReadonlySet<string> = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_SYSTEM", "EAI_NODATA", "EAI_NONAME"]);

/** Tries to open a file. @returns The platform's code, where this process or this machine can open no more. */
function fileLimit(): string | undefined {
  try {
    closeSync(openSync(devNull, "r"));
    return undefined;
  } catch (error) {
    return error instanceof Error ? platformCode(error) : undefined;
  }
}

/** The platform's codes for what this process or this machine lacks, or for a call of ours that makes no sense to it. */
const localFaults: ReadonlySet<string> = new Set([
  "EINVAL",
  "EMFILE",
  "ENFILE",
  "ENOMEM",
  "ENOBUFS",
  "EADDRNOTAVAIL",
  "EMSGSIZE",
  "EFAULT",
  "EBADF",
  "ERR_MEMORY_ALLOCATION_FAILED",
  "ERR_BUFFER_TOO_LARGE",
  "ERR_STRING_TOO_LONG",
  "RangeError",
  "ERR_OUT_OF_RANGE",
  "ERR_INVALID_ARG_TYPE",
  "ERR_INVALID_ARG_VALUE",
]);

/** The platform's code, such as `ECONNREFUSED`. Messages are not shown: they may name internal addresses, and a proxy's password. */
export function platformCode(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  if (typeof code === "string") return code;
  // A host with several addresses fails with all their errors together.
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return inner instanceof Error ? platformCode(inner) : error.name;
}
