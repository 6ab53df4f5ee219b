import type { LoadedConfig } from "./load-config.ts";

/** Whether a server with this configuration lets everybody call without a key. */
export function isOpen({ masterKey, keys, jwt }: Pick<LoadedConfig, "masterKey" | "keys" | "jwt">): boolean {
  return masterKey === undefined && keys.length === 0 && jwt === undefined;
}
