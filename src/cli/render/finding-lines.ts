import type { ConfigFinding } from "../../../gen/huntgroup/v1/admin_pb.ts";

/** Writes findings as `check` does, a line each: `error: file:line:column key: message`. */
export function findingLines(kind: "error" | "warning", findings: readonly ConfigFinding[]): readonly string[] {
  return findings.map(({ file, line, column, key, message }) => {
    const place = file === "" ? "" : `${file}${line === 0 ? "" : `:${line}:${column}`} `;
    return `${kind}: ${place}${key === "" ? "" : `${key}: `}${message}`;
  });
}
