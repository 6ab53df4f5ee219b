/**
 * Whether the simulation tells what happens: `npm run validate-simulation -- --help`. Five worlds run both ways, with the same calls at the same
 * moments: by a router in front of mock replicas over sockets, and on virtual time.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { randomInt, seededRandom } from "../src/lib/random.ts";
import { replicaSpecOf } from "../src/replica/replica-settings.ts";
import type { CallResult } from "../src/simulation/call-result.ts";
import { defaultChoice } from "../src/simulation/contest.ts";
import { simulate } from "../src/simulation/simulate.ts";
import { summarize } from "../src/simulation/summary.ts";
import { arrivalsOf } from "../src/simulation/traffic/callers.ts";
import type { Arrival } from "../src/simulation/traffic/traffic.ts";
import { ReplicaBackend } from "../src/simulation/world/replica-backend.ts";
import { deployment } from "../test/support/core-fixture.ts";
import { sourceOf } from "./routing/source-of.ts";
import { runOverSockets } from "./validation/over-sockets.ts";
import { replicaId, type ValidatedWorld, validatedWorlds } from "./validation/worlds.ts";

const usage = `npm run validate-simulation -- [options]
  --seconds N    of calls, in the time of the simulation; 240
  --times N      how many times as fast it goes over sockets, 2 to 5; 2
  --repeats N    how often, each time with other calls; 1
  --world NAME   only this one, may be repeated: ${validatedWorlds.map(({ name }) => name).join(", ")}`;

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "240" },
    times: { type: "string", default: "2" },
    repeats: { type: "string", default: "1" },
    world: { type: "string", multiple: true, default: validatedWorlds.map(({ name }) => name) },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(usage);
  process.exit();
}
const [seconds, times, repeats] = [Number(options.seconds), Number(options.times), Number(options.repeats)];
if (!(seconds > 0 && times >= 1 && times <= 20 && repeats >= 1)) {
  console.error(usage);
  process.exit(2);
}

/** At most so far may what is simulated be from what happened. */
const farthest = 0.1;
/** More of a core than this is no fair run: what is measured then is this machine. */
const mostCpu = 0.5;
/** Of each world there are so many, side by side and with calls of their own, which are counted together: more calls in the same time. */
const copies = 4;
/** Timers that are later than this show that the machine is not free. */
const mostLateMs = 10;
/** Chance decides between equals in the router: one run over sockets is compared with so many simulated ones. */
const simulatedRuns = 8;

const worlds = validatedWorlds.filter(({ name }) => options.world.includes(name));
const missed: string[] = [];
const folder = mkdtempSync(join(tmpdir(), "huntgroup-validate-"));
try {
  for (let repeat = 1; repeat <= repeats; repeat++) await compare(repeat);
} finally {
  rmSync(folder, { recursive: true });
}
if (missed.length > 0) {
  console.error(`\nmore than ${100 * farthest} % off: ${missed.join("; ")}`);
  process.exitCode = 1;
}

async function compare(seed: number): Promise<void> {
  const copied = new Map(worlds.map((world) => [world, Array.from({ length: copies }, (_none, copy) => copyOf(world, copy + 1))]));
  const random = seededRandom(seed);
  const traffic = new Map(
    [...copied.values()]
      .flat()
      .map((world) => [world, arrivalsOf([world.callers], seconds * 1_000, seededRandom(randomInt(random, 2 ** 32)))]),
  );
  const { results, cpuShares, lateMs } = await runOverSockets(traffic, times, folder);
  const cpu = [...cpuShares].map(([name, share]) => `${name} ${(100 * share).toFixed(0)} %`);
  console.log(
    `\nRun ${seed}: ${seconds} s of calls at ${times} times their speed; CPU of a core: ${cpu.join(", ")}; timers late by up to ${lateMs.toFixed(1)} ms.\n`,
  );
  if (Math.max(...cpuShares.values()) > mostCpu) console.error("a process took more than half a core: choose fewer --times");
  if (lateMs > mostLateMs) console.error("this machine has other things to do, and is late with ours: the figures tell of that, too");
  console.log("Over sockets / simulated (difference); times in ms.\n");
  console.log(
    "| world | strategy | calls | goodput, % | TTFT p50 | TTFT p99 | end p50 | end p99 |\n| --- | --- | --- | --- | --- | --- | --- | --- |",
  );
  for (const [world, own] of copied) {
    const simulations: CallResult[] = [];
    for (const copy of own) simulations.push(...(await simulatedResults(copy, traffic.get(copy) ?? [])));
    const calls = own.flatMap((copy) => results.get(copy) ?? []);
    const happened = figuresOf(calls, world);
    const simulated = figuresOf(simulations, world);
    const cells = Object.entries(happened).map(([name, value]) => {
      const expected = simulated[name as keyof typeof simulated];
      const off = value / expected - 1;
      if (!(Math.abs(off) <= farthest)) missed.push(`${world.name} ${name} ${percent(off)} in run ${seed}`);
      return `${value.toFixed(value < 100 ? 1 : 0)} / ${expected.toFixed(expected < 100 ? 1 : 0)} (${percent(off)})`;
    });
    console.log(`| ${world.name} | ${world.strategy} | ${calls.length} | ${cells.join(" | ")} |`);
  }
}

function copyOf(world: ValidatedWorld, copy: number): ValidatedWorld {
  const name = `${world.name}-${copy}`;
  return { ...world, name, callers: { ...world.callers, model: name } };
}

async function simulatedResults(world: ValidatedWorld, arrivals: readonly Arrival[]): Promise<readonly CallResult[]> {
  const ids = world.replicas.map((_replica, index) => replicaId(world, index));
  const group = { group: world.name };
  const source = sourceOf(
    ids.map((id) => deployment(id, group)),
    defaultChoice(world.strategy),
  );
  const all: CallResult[] = [];
  for (let seed = 1; seed <= simulatedRuns; seed++) {
    const results = await simulate({
      source,
      seed,
      createWorld: (clock) => ({
        backends: new Map(world.replicas.map((replica, index) => [ids[index] ?? "", new ReplicaBackend(replicaSpecOf(replica), clock)])),
        traffic: arrivals,
      }),
    });
    all.push(...results);
  }
  return all;
}

type Figures = Readonly<Record<"goodput" | "TTFT p50" | "TTFT p99" | "end p50" | "end p99", number>>;

/** The first tenth is not counted. */
function figuresOf(results: readonly CallResult[], { good }: ValidatedWorld): Figures {
  const counted = results.filter(({ arrival }) => arrival.at >= seconds * 100);
  const { goodput, firstMs, totalMs } = summarize(counted, good);
  return { goodput, "TTFT p50": firstMs.p50, "TTFT p99": firstMs.p99, "end p50": totalMs.p50, "end p99": totalMs.p99 };
}

function percent(share: number): string {
  return `${share >= 0 ? "+" : ""}${(100 * share).toFixed(1)} %`;
}
