import { defaultChoice } from "../../src/simulation/contest.ts";
import { oracleChoice, oracleName } from "../../src/simulation/oracle.ts";
import { strategies } from "../../src/strategies/index.ts";
import type { Contestant } from "./scenario.ts";

/** The built-in strategies with their defaults, and the one that knows everything. */
export const contestants: readonly Contestant[] = [
  ...strategies.map(({ name }): Contestant => ({ name, create: () => defaultChoice(name) })),
  { name: oracleName, create: oracleChoice },
];

/** @throws Error for a name that there is none of. */
export function contestantOf(name: string): Contestant {
  const found = contestants.find((contestant) => contestant.name === name);
  if (found === undefined) throw new Error(`there is no strategy "${name}"; there are ${contestants.map((one) => one.name).join(", ")}`);
  return found;
}
