import type { CallerFormat, CallMethod, CallRoute } from "../../../core/format.ts";

/** What OpenAI's API keeps for its callers beside responses. */
export type KeptKind = "files" | "batches";

interface KeptRoute {
  readonly pattern: RegExp;
  /** What the body is, by the method. */
  readonly methods: Readonly<Partial<Record<CallMethod, NonNullable<CallRoute["body"]>>>>;
}

/** Behind `/v1`, and without it. In each path, what is caught is the kind, the caller's id, and what of it is asked for. */
const routes: readonly KeptRoute[] = [
  { pattern: /^\/(files)$/, methods: { POST: "form", GET: "none" } },
  { pattern: /^\/(files)\/([^/]+)$/, methods: { GET: "none", DELETE: "none" } },
  { pattern: /^\/(files)\/([^/]+)\/(content)$/, methods: { GET: "none" } },
  { pattern: /^\/(batches)$/, methods: { POST: "json", GET: "none" } },
  { pattern: /^\/(batches)\/([^/]+)$/, methods: { GET: "none" } },
  { pattern: /^\/(batches)\/([^/]+)\/(cancel)$/, methods: { POST: "none" } },
];

/** The paths in words, for who asked for another one. */
export const keptPaths = "/v1/files, /v1/files/{id}, /v1/files/{id}/content, /v1/batches, /v1/batches/{id}, /v1/batches/{id}/cancel";

/**
 * Finds what a path of files or batches stands for.
 * @param caller Reads the request, and hands it to `readFilesCall`.
 */
export function findFilesCall(path: string, method: string, caller: CallerFormat): CallRoute | undefined {
  const below = path.startsWith("/v1/") ? path.slice(3) : path;
  if (!below.startsWith("/files") && !below.startsWith("/batches")) return undefined;
  for (const { pattern, methods } of routes) {
    const found = pattern.exec(below);
    if (found === null) continue;
    const [, ...kept] = found;
    const body = Object.entries(methods).find(([name]) => name === method)?.[1] ?? "none";
    return {
      kind: "call",
      caller,
      endpoint: "kept",
      operation: kept[0],
      model: undefined,
      methods: Object.keys(methods) as CallMethod[],
      body,
      kept,
    };
  }
  return undefined;
}
