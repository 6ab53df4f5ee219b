import { lowest } from "../core/pick/lowest.ts";
import type { StrategyChoice } from "../core/table-source.ts";
import type { Backend } from "./world/backend.ts";

/** The name under which the strategy that knows everything is listed. */
export const oracleName = "oracle";

/** The least remaining work, with everything known: speeds, what is under way, how long each answer will be. No router can know this. */
export function oracleChoice(backends: ReadonlyMap<string, Backend>): StrategyChoice {
  return {
    name: oracleName,
    key: oracleName,
    create: ({ random }) => ({ pick: (candidates) => lowest(candidates, ({ id }) => backends.get(id)?.workSeconds ?? 0, random) }),
  };
}
