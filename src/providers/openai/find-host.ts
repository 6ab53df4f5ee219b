import type { Host } from "./host.ts";
import { hosts } from "./hosts.ts";

const byPrefix: ReadonlyMap<string, Host> = new Map(hosts.flatMap((host) => host.prefixes.map((prefix) => [prefix, host] as const)));

/** The host that a prefix of `litellm_params.model` chooses; undefined when there is none. */
export function hostByPrefix(prefix: string): Host | undefined {
  return byPrefix.get(prefix);
}

/** The host that is reached at this address, whatever its path. Undefined for a server at an address of the user's own. */
export function hostByApiBase(apiBase: string): Host | undefined {
  const name = URL.parse(apiBase)?.hostname;
  if (name === undefined || name === "localhost" || name === "127.0.0.1") return undefined;
  return hosts.find((host) => host.apiBase !== undefined && URL.parse(host.apiBase)?.hostname === name);
}
