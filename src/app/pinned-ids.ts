import { createHmac } from "node:crypto";
import { SealedIds } from "../auth/sealed-ids.ts";
import type { LoadedConfig } from "../config/load/load-config.ts";
import type { AnswerShelf, PinnedIds } from "../core/pinned-ids.ts";
import type { ConfigurationInForce } from "../config/load/configuration-in-force.ts";

/**
 * Makes the ids by which callers name what deployments keep. They follow the configuration in force: another secret ends those of before.
 * @param ownSecret For a configuration that gives none; the same on all threads.
 * @param shelf Omit it where no answers are kept.
 */
export function composePinnedIds(inForce: ConfigurationInForce, ownSecret: string, shelf?: AnswerShelf): PinnedIds {
  const ids = new SealedIds(secretOf(inForce.config, ownSecret), shelf);
  inForce.follow({
    adopt({ config }) {
      if (config !== undefined) ids.configure(secretOf(config, ownSecret));
    },
  });
  return ids;
}

/** Says nothing of the secret that it is made from, which may be the master key. */
function secretOf({ idSecret, masterKey }: LoadedConfig, ownSecret: string): Buffer {
  return createHmac("sha256", idSecret ?? masterKey ?? ownSecret)
    .update("huntgroup: ids")
    .digest();
}
