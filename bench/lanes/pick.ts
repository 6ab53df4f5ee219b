import { runScript } from "../support/run-script.ts";
import { Sheet } from "../support/sheet.ts";
import type { Lane } from "./lane.ts";

/** By number of deployments, in microseconds. */
const atMost: Readonly<Record<string, number>> = { 3: 0.5, 100: 1, 10_000: 5 };

export const pick: Lane = {
  name: "pick",
  title: "One choice in the core, by strategy and number of deployments (bench/pick.ts)",
  async run(bench) {
    const sheet = new Sheet();
    const runs = (await runScript("bench/pick.ts", ["--json", ...(bench.quick ? ["--quick"] : [])])) as readonly {
      readonly strategy: string;
      readonly deployments: number;
      readonly nanos: readonly number[];
    }[];
    for (const { strategy, deployments, nanos } of runs)
      for (const value of nanos) sheet.add({ name: strategy, unit: "µs", digits: 2 }, String(deployments), value / 1_000);
    const goals = runs.map(({ strategy, deployments }) => ({
      measure: strategy,
      target: String(deployments),
      beside: undefined,
      atMost: atMost[deployments] ?? Number.NaN,
    }));
    return { sheet, goals };
  },
};
