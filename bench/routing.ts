/**
 * How well the strategies route, by simulation: `npm run routing -- [--seeds N] [--strategy NAME] [--scenario NAME]`. The production router runs on
 * virtual time, so the same seed gives the same figures on every machine. See docs/routing.md.
 */
import { parseArgs } from "node:util";
import { strategies } from "../src/strategies/index.ts";
import { oracle } from "./routing/oracle.ts";
import { readSizes } from "./routing/sizes.ts";
import { type Contestant, runSteady, steadyScenarios } from "./routing/steady.ts";

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string", default: "10" },
    strategy: { type: "string", multiple: true },
    scenario: { type: "string", multiple: true },
  },
});
const seeds = Array.from({ length: Number(options.seeds) }, (_none, index) => index + 1);
const contestants: readonly (readonly [string, Contestant])[] = [
  ...strategies.map((plugin): readonly [string, Contestant] => [plugin.name, () => plugin]),
  ["oracle", oracle],
];
const sizes = readSizes();
const scenarios = steadyScenarios.filter(({ name }) => options.scenario?.includes(name) ?? true);

console.log(`Sizes: ${sizes.source}; ${seeds.length} seeds. Goodput in % (lowest … highest), first content p99 in ms.\n`);
console.log(`| strategy | ${scenarios.map(({ name }) => name).join(" | ")} |\n| --- |${" --- |".repeat(scenarios.length)}`);
for (const [name, contestant] of contestants) {
  if (options.strategy?.includes(name) === false) continue;
  const cells: string[] = [];
  for (const scenario of scenarios) {
    const goodputs: number[] = [];
    const firsts: number[] = [];
    for (const seed of seeds) {
      const { goodput, firstMs } = await runSteady(scenario, contestant, sizes.requests, seed);
      goodputs.push(goodput);
      firsts.push(firstMs.p99);
    }
    const range = `${Math.min(...goodputs).toFixed(1)} … ${Math.max(...goodputs).toFixed(1)}`;
    cells.push(`${mean(goodputs).toFixed(1)} (${range}), ${mean(firsts).toFixed(0)}`);
  }
  console.log(`| ${name} | ${cells.join(" | ")} |`);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
