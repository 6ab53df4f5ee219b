import type { Call } from "../call.ts";
import type { CallerKey } from "../caller-key.ts";
import { type Endpoint, endpointNames } from "../endpoints.ts";
import { RouterError } from "../errors.ts";

/** What a key may be let in to: the operations that are routed, and what is no operation of a model's. */
export type KeyEndpoint = Exclude<Endpoint, "kept"> | "files" | "batches" | "pass_through";

/** What a key must name to be let in to it: what outlives its call, or is not counted as one. */
const namedAlone: ReadonlySet<KeyEndpoint> = new Set(["realtime", "files", "batches", "pass_through"]);

const all: readonly KeyEndpoint[] = [...endpointNames.filter((name) => name !== "kept"), "files", "batches", "pass_through"];

/** Names that stand for several. `calls` is what a key without a list may call. */
const groups: ReadonlyMap<string, readonly KeyEndpoint[]> = new Map([
  ["calls", all.filter((name) => !namedAlone.has(name))],
  ["images", ["image_generation", "image_edit", "image_variation"]],
  ["audio", ["speech", "transcription", "translation"]],
]);

/** The names that a key's `endpoints` may hold. */
export const keyEndpointNames: readonly string[] = [...groups.keys(), ...all];

/**
 * What the names of a key's list let it in to.
 * @returns Undefined for an empty list: all that is answered in one call.
 */
export function keyEndpoints(names: readonly string[]): ReadonlySet<KeyEndpoint> | undefined {
  return names.length === 0 ? undefined : new Set(names.flatMap((name) => groups.get(name) ?? all.filter((one) => one === name)));
}

/** Why a key may not call an endpoint, whatever the model. Undefined when it may, and for callers without a key of their own. */
export function endpointRefusal(caller: CallerKey | undefined, endpoint: KeyEndpoint): RouterError | undefined {
  if (caller === undefined || mayCall(caller, endpoint)) return undefined;
  return new RouterError("permission_denied", `The key "${caller.name}" may not call ${endpoint}: its \`endpoints\` do not name it.`);
}

/** The same for a call. What deployments keep is of several APIs, whose doors know which: here, one of them must be open. */
export function callEndpointRefusal({ caller, endpoint }: Pick<Call, "caller" | "endpoint">): RouterError | undefined {
  if (endpoint !== "kept") return endpointRefusal(caller, endpoint);
  return caller === undefined || keepers.some((one) => mayCall(caller, one)) ? undefined : endpointRefusal(caller, "chat");
}

const keepers: readonly KeyEndpoint[] = ["chat", "files", "batches"];

function mayCall({ endpoints }: CallerKey, endpoint: KeyEndpoint): boolean {
  return endpoints === undefined ? !namedAlone.has(endpoint) : endpoints.has(endpoint);
}
