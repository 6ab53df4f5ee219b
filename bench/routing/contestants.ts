import { strategies } from "../../src/strategies/index.ts";
import { oracle } from "./oracle.ts";
import type { Contestant } from "./scenario.ts";

/** The built-in strategies, and those that know everything. */
export const contestants: readonly Contestant[] = [
  ...strategies.map((plugin): Contestant => ({ name: plugin.name, create: () => plugin })),
  oracle,
];

/** @throws Error for a name that there is none of. */
export function contestantOf(name: string): Contestant {
  const found = contestants.find((contestant) => contestant.name === name);
  if (found === undefined) throw new Error(`there is no strategy "${name}"; there are ${contestants.map((one) => one.name).join(", ")}`);
  return found;
}
