import { BlockList, isIP } from "node:net";
import type { ConfigLoader } from "../../control/plane/load-under-state.ts";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Tells whether only this machine can reach a server on this host. A name other than localhost is taken to be public. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host.toLowerCase() === "localhost";
  return loopback.check(host, version === 4 ? "ipv4" : "ipv6");
}

/** Makes a loader that refuses a configuration without a master key: a reload must not open a public address that a start would refuse to open. */
export function guardedLoad(load: ConfigLoader, host: string): ConfigLoader {
  return async (changes) => {
    const result = await load(changes);
    if (result.config === undefined || result.config.masterKey !== undefined) return result;
    const message = `is not set, and ${host} can be reached from other machines: set a key, or restart with --insecure`;
    const at = { file: result.wanted[0] ?? "", line: 1, column: 1, key: "general_settings.master_key", sourceLine: "", caretColumn: 1 };
    return { ...result, config: undefined, problems: [...result.problems, { ...at, message }] };
  };
}
