import { lowest } from "../../src/core/pick/lowest.ts";
import type { StrategyPlugin } from "../../src/core/strategy.ts";
import type { Backend } from "../../src/simulation/world/backend.ts";

/** The least remaining work, with everything known: speeds, what is under way, how long each answer will be. */
export function oracle(backends: ReadonlyMap<string, Backend>): StrategyPlugin {
  return {
    name: "oracle",
    parseConfig: () => undefined,
    create: (_config, { random }) => ({
      pick: (candidates) => lowest(candidates, ({ id }) => backends.get(id)?.workSeconds ?? 0, random),
    }),
  };
}
