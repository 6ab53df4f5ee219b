import type { Endpoint } from "../core/call.ts";

/** What a path stands for. */
export type Route =
  | {
      readonly kind: "call";
      readonly endpoint: Endpoint;
      /** Named in the path; it wins over the body's. */ readonly model: string | undefined;
    }
  | { readonly kind: "models" }
  | { readonly kind: "model"; readonly model: string }
  | { readonly kind: "model_info" }
  | { readonly kind: "model_group_info" }
  | { readonly kind: "health" }
  | { readonly kind: "router_settings" }
  | { readonly kind: "liveness" }
  | { readonly kind: "readiness" }
  | { readonly kind: "metrics" }
  | { readonly kind: "hello" };

const calls: readonly (readonly [path: string, endpoint: Endpoint])[] = [
  ["/chat/completions", "chat"],
  // After chat, whose path ends the same way.
  ["/completions", "completions"],
  ["/embeddings", "embeddings"],
];

const fixed: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/", { kind: "hello" }],
  ["/models", { kind: "models" }],
  ["/v1/models", { kind: "models" }],
  ["/model/info", { kind: "model_info" }],
  ["/v1/model/info", { kind: "model_info" }],
  ["/model_group/info", { kind: "model_group_info" }],
  ["/health", { kind: "health" }],
  ["/router/settings", { kind: "router_settings" }],
  ["/health/liveliness", { kind: "liveness" }],
  ["/health/liveness", { kind: "liveness" }],
  ["/health/readiness", { kind: "readiness" }],
  ["/metrics", { kind: "metrics" }],
  ...calls.flatMap(([path, endpoint]): [string, Route][] => [
    [path, { kind: "call", endpoint, model: undefined }],
    [`/v1${path}`, { kind: "call", endpoint, model: undefined }],
  ]),
]);

/** Where the model stands between a prefix and the operation. */
const modelInMiddle = ["/engines/", "/openai/deployments/"];
const modelAtEnd = ["/v1/models/", "/models/"];

/** For the caller who asked for something else. */
export const knownPaths =
  "POST /v1/chat/completions, /v1/completions and /v1/embeddings (with or without /v1, or under /engines/{model} and " +
  "/openai/deployments/{model}); GET /v1/models, /v1/models/{id}, /model/info, /model_group/info, /router/settings, /metrics, /health, /health/liveliness and /health/readiness";

/**
 * Finds what a path stands for. Model names may hold slashes, encoded (`%2F`) or as they are.
 * @param path Without its query.
 * @returns undefined for an unknown path.
 */
export function findRoute(path: string): Route | undefined {
  return fixed.get(path) ?? findCallByPathModel(path) ?? findModel(path);
}

/** The methods that a route answers, as the `allow` header lists them. */
export function allowedMethods(route: Route): "POST" | "GET, HEAD" {
  return route.kind === "call" ? "POST" : "GET, HEAD";
}

function findCallByPathModel(path: string): Route | undefined {
  const prefix = modelInMiddle.find((one) => path.startsWith(one));
  if (prefix === undefined) return undefined;
  for (const [suffix, endpoint] of calls) {
    if (!path.endsWith(suffix) || path.length <= prefix.length + suffix.length) continue;
    return { kind: "call", endpoint, model: decode(path.slice(prefix.length, -suffix.length)) };
  }
  return undefined;
}

function findModel(path: string): Route | undefined {
  const prefix = modelAtEnd.find((one) => path.startsWith(one));
  if (prefix === undefined || path.length === prefix.length) return undefined;
  return { kind: "model", model: decode(path.slice(prefix.length)) };
}

/** A name whose percent-encoding is broken stays as it is: no model has it, and "no such model" says it best. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
