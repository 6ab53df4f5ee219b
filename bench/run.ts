/**
 * What routing costs, beside the alternatives, in one run on one machine: see docs/BENCHMARKS.md.
 * A Markdown table for each lane on the standard output, all values in bench/results/latest.json.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { lanes } from "./lanes/index.ts";
import { Bench } from "./support/bench.ts";
import { assignCores } from "./support/cores.ts";
import { judge } from "./support/goal.ts";
import { goalTable, sheetTable } from "./support/markdown.ts";
import { projectFile } from "./support/project-file.ts";
import { programOutput } from "./support/program-output.ts";
import { summarize } from "./support/statistics.ts";
import { givenGateway } from "./targets/given-gateway.ts";
import { huntgroupBefore } from "./targets/huntgroup.ts";
import { targets } from "./targets/index.ts";

const usage = `npm run bench -- [options]
  --quick               all lanes in less than a minute, roughly
  --lane NAME           only this one, may be repeated: ${lanes.map(({ name }) => name).join(", ")}
  --target NAME         only this one, may be repeated: ${targets.map(({ name }) => name).join(", ")}
  --rounds N            how often each is measured; 7, or 1 when quick
  --before FOLDER       a checkout of another commit (npm ci done in it), as one more target: "before"
  --url URL             a gateway that is running, as one more target: it answers for the model "bench-group"
  --url-header K:V      a header that it wants, may be repeated
  --url-pid PID         its process, for its CPU time
  --upstream-port PORT  where the mock provider listens, for its configuration
  --cpu-prof FOLDER     where targets made of Node leave a profile of themselves: see bench/self-times.ts
  --json FILE           in place of bench/results/latest.json`;

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    lane: { type: "string", multiple: true, default: lanes.map(({ name }) => name) },
    target: { type: "string", multiple: true, default: targets.map(({ name }) => name) },
    rounds: { type: "string" },
    before: { type: "string" },
    url: { type: "string" },
    "url-header": { type: "string", multiple: true, default: [] },
    "url-pid": { type: "string" },
    "upstream-port": { type: "string", default: "0" },
    "cpu-prof": { type: "string" },
    json: { type: "string", default: projectFile("bench/results/latest.json") },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(usage);
  process.exit();
}

function chosen<Item extends { readonly name: string }>(kind: string, all: readonly Item[], names: readonly string[]): readonly Item[] {
  const unknown = names.find((name) => all.every((item) => item.name !== name));
  if (unknown === undefined) return all.filter(({ name }) => names.includes(name));
  console.error(`There is no ${kind} "${unknown}"; there are ${all.map(({ name }) => name).join(", ")}.`);
  process.exit(2);
}

/** What can go on goes on, but the run as a whole has failed. */
function fail(message: string): undefined {
  console.error(message);
  process.exitCode = 1;
}

const quick = options.quick;
const rounds = Number(options.rounds ?? (quick ? 1 : 7));
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`--rounds is "${options.rounds}"; it must be a whole number from 1.`);
  process.exit(2);
}
const asked = chosen("lane", lanes, options.lane);
const contestants = [...chosen("target", targets, options.target)];
if (options.before !== undefined) contestants.push(huntgroupBefore(resolve(options.before)));
if (options.url !== undefined)
  contestants.push(
    givenGateway({
      url: options.url,
      pid: options["url-pid"] === undefined ? undefined : Number(options["url-pid"]),
      headers: Object.fromEntries(options["url-header"].map((header) => header.split(/:\s*/, 2) as [string, string])),
    }),
  );

const cores = assignCores();
const folder = mkdtempSync(join(tmpdir(), "huntgroup-bench-"));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const about = {
  startedAt: new Date().toISOString(),
  commit: programOutput("git", "describe", "--always", "--dirty") ?? null,
  node: process.version,
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: { available: availableParallelism(), pinned: cores },
  quick,
  rounds,
  targets: contestants.map((target) => ({ name: target.name, version: target.version() ?? null })),
};

const versions = about.targets.flatMap(({ name, version }) => (version === null ? [] : [`${name} ${version}`]));
console.log(
  `${about.cpu}, ${about.cores.available} cores, ${cores.target === undefined ? "nothing pinned" : `the target on core ${cores.target}, load and upstream elsewhere`}; ` +
    `node ${about.node}; ${versions.join(", ")}\n`,
);
console.log(`${rounds} ${rounds === 1 ? "round" : "rounds"}; median (lowest … highest)${quick ? "; quick, so rough" : ""}`);
for (const target of contestants)
  if (target.version() === undefined) console.log(`\nLeft out: ${target.name} is not installed (${target.howToGet ?? "no help for it"}).`);

const bench = await Bench.start({
  quick,
  rounds,
  targets: contestants,
  cores,
  folder,
  upstreamPort: Number(options["upstream-port"]),
  nodeArgs: options["cpu-prof"] === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", options["cpu-prof"]],
  onFailure: fail,
});
const results: unknown[] = [];
try {
  for (const lane of asked) {
    const begun = performance.now();
    bench.beginLane();
    const result = await lane.run(bench).catch((error: unknown) => fail(`lane ${lane.name} failed: ${String(error)}`));
    if (result === undefined) continue;
    const seconds = (performance.now() - begun) / 1_000;
    console.error(`${lane.name}: ${seconds.toFixed(0)} s`);
    const { sheet, goals, notes = [] } = result;
    const judged = goals.map((goal) => judge(goal, sheet));
    const parts = [`## ${lane.title}`];
    if (sheet.measures.length > 0) parts.push(sheetTable(sheet));
    if (judged.length > 0) parts.push(goalTable(judged));
    console.log(`\n${[...parts, ...notes].join("\n\n")}`);
    const measures = sheet.measures.map((measure) => ({
      ...measure,
      targets: sheet.targets.flatMap((target) => {
        const values = sheet.values(measure.name, target);
        return values.length === 0 ? [] : [{ target, ...summarize(values), values }];
      }),
    }));
    results.push({ lane: lane.name, title: lane.title, seconds, measures, goals: judged, notes });
  }
} finally {
  await bench.stop();
}
mkdirSync(dirname(options.json), { recursive: true });
writeFileSync(options.json, `${JSON.stringify({ ...about, results }, null, 2)}\n`);
// Whatever a target left open does not hold this process.
process.exit();
