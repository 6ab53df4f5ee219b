import { type Host, hosts } from "./hosts.ts";

const byPrefix: ReadonlyMap<string, Host> = new Map(hosts.flatMap((host) => host.prefixes.map((prefix) => [prefix, host] as const)));

export function hostByPrefix(prefix: string): Host | undefined {
  return byPrefix.get(prefix);
}

/** The host whose own address this is, whatever the path's spelling. A server at an address of its own has none. */
export function hostByApiBase(apiBase: string): Host | undefined {
  const name = URL.parse(apiBase)?.hostname;
  if (name === undefined || name === "localhost" || name === "127.0.0.1") return undefined;
  return hosts.find((host) => host.apiBase !== undefined && URL.parse(host.apiBase)?.hostname === name);
}
