import { createHmac } from "node:crypto";
import { SealedIds } from "../auth/sealed-ids.ts";
import type { LoadedConfig } from "../config/load/load-config.ts";
import type { PinnedIds } from "../core/pinned-ids.ts";
import type { ConfigurationInForce } from "../config/load/configuration-in-force.ts";

/** Makes the ids by which callers name what deployments keep. They follow the configuration in force: another secret ends those of before. */
export function composePinnedIds(inForce: ConfigurationInForce): PinnedIds {
  const ids = new SealedIds(secretOf(inForce.config));
  inForce.follow({
    adopt({ config }) {
      if (config !== undefined) ids.configure(secretOf(config));
    },
  });
  return ids;
}

/** Says nothing of the master key that it is made from. */
function secretOf({ masterKey }: Pick<LoadedConfig, "masterKey">): Buffer {
  return createHmac("sha256", masterKey ?? "")
    .update("huntgroup: ids")
    .digest();
}
