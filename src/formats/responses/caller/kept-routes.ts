import type { CallerFormat, CallMethod, CallRoute } from "../../../core/format.ts";

/** What is done beside the making of an answer. `create` is the making of a conversation, which no model is asked for. */
export type KeptOperation = "kept" | "create" | "input_tokens" | "compact";

interface KeptRoute {
  readonly pattern: RegExp;
  readonly operation: KeptOperation;
  /** What the body is, by the method. */
  readonly methods: Readonly<Partial<Record<CallMethod, "json" | "none">>>;
}

/** Behind `/v1`, and without it. In each path, what is caught is what the caller has ids of. The first pattern that fits counts. */
const routes: readonly KeptRoute[] = [
  { pattern: /^\/responses\/input_tokens$/, operation: "input_tokens", methods: { POST: "json" } },
  { pattern: /^\/responses\/compact$/, operation: "compact", methods: { POST: "json" } },
  { pattern: /^\/(responses)\/([^/]+)$/, operation: "kept", methods: { GET: "none", DELETE: "none" } },
  { pattern: /^\/(responses)\/([^/]+)\/(cancel)$/, operation: "kept", methods: { POST: "none" } },
  { pattern: /^\/(responses)\/([^/]+)\/(input_items)$/, operation: "kept", methods: { GET: "none" } },
  { pattern: /^\/(conversations)$/, operation: "create", methods: { POST: "json" } },
  { pattern: /^\/(conversations)\/([^/]+)$/, operation: "kept", methods: { GET: "none", POST: "json", DELETE: "none" } },
  { pattern: /^\/(conversations)\/([^/]+)\/(items)$/, operation: "kept", methods: { GET: "none", POST: "json" } },
  { pattern: /^\/(conversations)\/([^/]+)\/(items)\/([^/]+)$/, operation: "kept", methods: { GET: "none", DELETE: "none" } },
];

/**
 * Finds what a path of Responses stands for beside the making of answers.
 * @param caller Reads the request, and hands it to `readKeptCall` where the route says an operation of these.
 */
export function findKeptCall(path: string, method: string, caller: CallerFormat): CallRoute | undefined {
  const below = path.startsWith("/v1/") ? path.slice(3) : path;
  for (const { pattern, operation, methods } of routes) {
    const found = pattern.exec(below);
    if (found === null) continue;
    const [, ...kept] = found;
    const body = Object.entries(methods).find(([name]) => name === method)?.[1] ?? "none";
    const endpoint = operation === "kept" || operation === "create" ? "kept" : "chat";
    return { kind: "call", caller, endpoint, operation, model: undefined, methods: Object.keys(methods) as CallMethod[], body, kept };
  }
  return undefined;
}
