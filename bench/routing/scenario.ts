import type { StrategyChoice } from "../../src/core/table-source.ts";
import type { Summary } from "../../src/simulation/summary.ts";
import type { TracedRequest } from "../../src/simulation/traffic/traffic.ts";
import type { Backend } from "../../src/simulation/world/backend.ts";

/** A strategy, or one that may look at what only the simulated world knows. */
export interface Contestant {
  readonly name: string;
  create(backends: ReadonlyMap<string, Backend>): StrategyChoice;
}

/** One world and its traffic: the same for each contestant with the same seed. */
export interface RoutingScenario {
  readonly name: string;
  run(contestant: Contestant, seed: number, sizes: readonly TracedRequest[]): Promise<Summary>;
}
