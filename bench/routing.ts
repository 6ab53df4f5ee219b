/**
 * How well the strategies route, by simulation: `npm run routing -- --help`. The production router runs on virtual time, so the same seed gives the
 * same figures on every machine. docs/routing.md holds what a whole run prints.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { families } from "./routing/families.ts";
import { readSizes } from "./routing/sizes.ts";
import { Workers } from "./routing/workers.ts";

const usage = `npm run routing -- [options]
  --family NAME      only this one, may be repeated: ${families.map(({ name }) => name).join(", ")}
  --strategy NAME    only this one, may be repeated, where a family does not choose its own
  --seeds N          how many worlds are drawn of each scenario; 10
  --worlds N         how many scenarios the family "random" draws; 200
  --jobs N           processes; as many as there are cores`;

const { values: options } = parseArgs({
  options: {
    family: { type: "string", multiple: true, default: families.map(({ name }) => name) },
    strategy: { type: "string", multiple: true },
    seeds: { type: "string", default: "10" },
    worlds: { type: "string", default: "200" },
    jobs: { type: "string", default: String(availableParallelism()) },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(usage);
  process.exit();
}
const unknown = options.family.find((name) => families.every((family) => family.name !== name));
if (unknown !== undefined) {
  console.error(`There is no family "${unknown}"; there are ${families.map(({ name }) => name).join(", ")}.`);
  process.exit(2);
}
const [seeds, worlds, jobs] = [Number(options.seeds), Number(options.worlds), Number(options.jobs)];
for (const [name, value] of Object.entries({ seeds, worlds, jobs })) {
  if (Number.isInteger(value) && value > 0) continue;
  console.error(`--${name} must be a whole number from 1.`);
  process.exit(2);
}

console.log(`Sizes of requests: ${readSizes().source}. ${seeds} seeds.`);
const workers = new Workers(jobs);
try {
  for (const family of families) {
    if (!options.family.includes(family.name)) continue;
    console.log(`\n## ${family.title}\n`);
    const report = await family.report({ seeds, worlds, strategies: options.strategy, workers });
    console.log(report.text);
    if (!report.isMet) process.exitCode = 1;
  }
} finally {
  workers.stop();
}
