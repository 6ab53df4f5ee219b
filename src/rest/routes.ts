import type { Caller } from "../auth/caller.ts";
import type { CallerFormat, CallRoute } from "../core/format.ts";
import { callerFormats } from "../formats/index.ts";
import { decodePathName } from "../lib/decode-path-name.ts";
import type { Exchange } from "./exchange.ts";
import { usualPaths } from "./usual-paths.ts";

/** What a path stands for. */
export type Route =
  | CallRoute
  | { readonly kind: "models" }
  | { readonly kind: "model"; readonly model: string }
  | { readonly kind: "model_info" }
  | { readonly kind: "model_group_info" }
  | { readonly kind: "health" }
  | { readonly kind: "router_settings" }
  | { readonly kind: "liveness" }
  | { readonly kind: "readiness" }
  | { readonly kind: "metrics" }
  | { readonly kind: "hello" }
  | PassThroughRoute;

/** A path that leads to another server. */
export interface PassThroughRoute {
  readonly kind: "pass_through";
  readonly methods: readonly string[];
  /** Whether a caller has to show a key. */
  readonly needsKey: boolean;
  /** Passes one request on, once its method is allowed and its key was checked. */
  pass(exchange: Exchange, caller: Caller): void;
}

const fixed: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/", { kind: "hello" }],
  // What some clients ask for before all else, to see whether there is a server.
  ["/api/hello", { kind: "hello" }],
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
]);

const modelAtEnd = ["/v1/models/", "/models/"];

/** The answer for a caller that asked for another path. */
export const knownPaths = [
  ...callerFormats.flatMap((format) => format.knownPaths ?? []),
  `GET ${[...fixed.keys(), ...modelAtEnd.map((path) => `${path}{id}`)].filter((path) => fixed.get(path)?.kind !== "hello").join(", ")}`,
].join("; ");

/**
 * Finds what a path stands for, also where a client has made it of a base URL that does not fit: see {@link usualPaths}. Model names in it may
 * hold slashes, encoded (`%2F`) or not.
 * @param path Without its query.
 * @param method Of the request: an API may have several operations at one path. Default: POST.
 * @param formats Those that callers may speak, whose paths are looked for first. Default: all that are listed.
 * @returns Undefined for an unknown path.
 */
export function findRoute(path: string, method = "POST", formats: readonly CallerFormat[] = callerFormats): Route | undefined {
  // Nearly all paths are usual.
  const exact = findExact(path, method, formats);
  if (exact !== undefined) return exact;
  for (const usual of usualPaths(path)) {
    const route = findExact(usual, method, formats);
    // What no API has under these prefixes is not made reachable there.
    if (route !== undefined && (isOfApis(route) || !hasPrefix.test(path))) return route;
  }
  return undefined;
}

function findExact(path: string, method: string, formats: readonly CallerFormat[]): Route | undefined {
  for (const format of formats) {
    const call = format.findCall(path, method);
    if (call !== undefined) return call;
  }
  return fixed.get(path) ?? findModel(path);
}

const hasPrefix = /^\/+(?:v1|openai|anthropic)\//;

/** Whether a route is of the APIs that models are called by, or one that LiteLLM has under `/v1` too. */
function isOfApis({ kind }: Route): boolean {
  return kind === "call" || kind === "models" || kind === "model" || kind === "model_info";
}

/** The methods that a route answers, as the `allow` header lists them. */
export function allowedMethods(route: Route): string {
  if (route.kind === "pass_through") return route.methods.join(", ");
  return route.kind === "call" ? (route.methods?.join(", ") ?? "POST") : "GET, HEAD";
}

function findModel(path: string): Route | undefined {
  const prefix = modelAtEnd.find((one) => path.startsWith(one));
  if (prefix === undefined || path.endsWith("/")) return undefined;
  return { kind: "model", model: decodePathName(path.slice(prefix.length)) };
}

const realtimePaths: ReadonlySet<string> = new Set(["/v1/realtime", "/realtime", "/openai/realtime"]);

/** Whether conversations over WebSocket are opened at a path. */
export function isRealtimePath(path: string): boolean {
  return [path, ...usualPaths(path)].some((one) => realtimePaths.has(one));
}
