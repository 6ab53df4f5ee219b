import type { LoadedConfig } from "./load-config.ts";

/** Whether a server with this configuration lets everybody call without a key. */
export function isOpen(config: Pick<LoadedConfig, "masterKey" | "keys" | "jwt" | "certificates">): boolean {
  const { masterKey, keys, jwt, certificates } = config;
  return masterKey === undefined && keys.length === 0 && jwt === undefined && certificates === undefined;
}
