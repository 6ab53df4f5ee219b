import { lowest } from "../../src/core/pick/lowest.ts";
import type { Contestant } from "./scenario.ts";

/** The least remaining work, with everything known: speeds, what is under way, how long each answer will be. */
export const oracle: Contestant = {
  name: "oracle",
  create: (backends) => ({
    name: "oracle",
    parseConfig: () => undefined,
    create: (_config, { random }) => ({
      pick: (candidates) => lowest(candidates, ({ id }) => backends.get(id)?.workSeconds ?? 0, random),
    }),
  }),
};
