import { seededRandom } from "../../src/lib/random.ts";
import type { Summary } from "../../src/simulation/summary.ts";
import { contestants } from "./contestants.ts";
import { conversationScenarios, conversationTraffic, mostCached } from "./conversations.ts";
import { randomRanges, randomWorld } from "./random-worlds.ts";
import type { RoutingScenario } from "./scenario.ts";
import { nodeScenarios, steadyScenarios } from "./steady.ts";
import type { Family, FamilyReport, ReportOptions } from "./family.ts";
import { reportPressure } from "./pressure-report.ts";
import { reportQuotas } from "./quota-report.ts";
import { mean, seedsOf } from "./statistics.ts";

interface Promised {
  readonly scenario: string;
  readonly strategy: string;
  readonly what: string;
  holds(all: Summaries): { readonly measured: string; readonly isMet: boolean };
}

/** By scenario and strategy, one for each seed. */
type Summaries = (scenario: string, strategy: string) => readonly Summary[];

function goodputAtLeast(scenario: string, strategy: string, least: number): Promised {
  return {
    scenario,
    strategy,
    what: `goodput ≥ ${least} %`,
    holds(all) {
      const measured = mean(all(scenario, strategy), ({ goodput }) => goodput);
      return { measured: `${measured.toFixed(2)} %`, isMet: measured >= least };
    },
  };
}

/** Every family, in the order in which they are reported. */
export const families: readonly Family[] = [
  table({
    name: "steady",
    title: "Eight replicas, two of them at half speed",
    scenarios: steadyScenarios,
    promised: [
      goodputAtLeast("load 0.8", "adaptive", 99),
      goodputAtLeast("load 0.9", "adaptive", 95.5),
      goodputAtLeast("trace, 0.6", "adaptive", 99),
      goodputAtLeast("slow spell, 0.7", "adaptive", 98.5),
    ],
  }),
  table({
    name: "nodes",
    title: "Several routers that see each other 100 ms late",
    scenarios: [...steadyScenarios.slice(0, 1), ...nodeScenarios],
    promised: nodeScenarios.map(({ name }, index) => withinPointsOf(name, "load 0.8", "adaptive", [1, 3][index] ?? 3)),
  }),
  table({
    name: "conversations",
    title: "Conversations, and replicas that remember beginnings",
    scenarios: conversationScenarios,
    promised: conversationScenarios.flatMap(({ name }, index) => [
      cachedAtLeast(name, "adaptive", index === 0 ? 0 : 2_000),
      firstNoWorse(name, "adaptive", "least-busy"),
    ]),
  }),
  { name: "quotas", title: "Four accounts with quotas, calls that wait for 20 s at most", report: reportQuotas },
  { name: "pressure", title: "More than there is room for, and a tenant that wants it all", report: reportPressure },
  { name: "random", title: "Worlds drawn at random: adaptive beside least-busy", report: reportRandom },
];

function withinPointsOf(scenario: string, base: string, strategy: string, points: number): Promised {
  return {
    scenario,
    strategy,
    what: `goodput within ${points} of one router's`,
    holds(all) {
      const lost = mean(all(base, strategy), ({ goodput }) => goodput) - mean(all(scenario, strategy), ({ goodput }) => goodput);
      return { measured: `${lost.toFixed(2)} points less`, isMet: lost <= points };
    },
  };
}

function cachedAtLeast(scenario: string, strategy: string, hotTokens: number): Promised {
  return {
    scenario,
    strategy,
    what: "cached tokens ≥ 90 % of the most that there could be",
    holds(all) {
      const summaries = all(scenario, strategy);
      const most = summaries.map((_summary, index) => mostCached(conversationTraffic(seededRandom(index + 1), hotTokens)));
      const share = (100 * mean(summaries, ({ cached }) => cached)) / (most.reduce((sum, value) => sum + value, 0) / most.length);
      return { measured: `${share.toFixed(1)} %`, isMet: share >= 90 };
    },
  };
}

function firstNoWorse(scenario: string, strategy: string, beside: string): Promised {
  return {
    scenario,
    strategy,
    what: `first content p99 no worse than ${beside}'s`,
    holds(all) {
      const [own, other] = [strategy, beside].map((name) => mean(all(scenario, name), ({ firstMs }) => firstMs.p99));
      return { measured: `${own?.toFixed(0)} : ${other?.toFixed(0)} ms`, isMet: (own ?? Infinity) <= (other ?? 0) };
    },
  };
}

interface Table {
  readonly name: string;
  readonly title: string;
  readonly scenarios: readonly RoutingScenario[];
  readonly promised: readonly Promised[];
}

function table({ name, title, scenarios, promised }: Table): Family {
  return {
    name,
    title,
    async report({ seeds, strategies, workers }) {
      const chosen = contestants.map((contestant) => contestant.name).filter((one) => strategies?.includes(one) ?? true);
      const runs = new Map<string, Promise<Summary[]>>();
      for (const contestant of chosen) {
        for (const scenario of scenarios) {
          const all = seedsOf(seeds).map((seed) => workers.run({ scenario: scenario.name, contestant, seed }));
          runs.set(`${scenario.name}/${contestant}`, Promise.all(all));
        }
      }
      const done = new Map<string, readonly Summary[]>();
      for (const [key, run] of runs) done.set(key, await run);
      const all: Summaries = (scenario, strategy) => done.get(`${scenario}/${strategy}`) ?? [];
      const lines = [
        "Goodput in % (lowest … highest); first content p50, p99 in ms; cached tokens in %.",
        "",
        `| strategy | ${scenarios.map((scenario) => scenario.name).join(" | ")} |`,
        `| --- |${" --- |".repeat(scenarios.length)}`,
        ...chosen.map((strategy) => `| ${strategy} | ${scenarios.map((scenario) => cell(all(scenario.name, strategy))).join(" | ")} |`),
      ];
      const judged = promised.filter(({ strategy }) => chosen.includes(strategy)).map((one) => ({ ...one, ...one.holds(all) }));
      if (judged.length > 0) lines.push("", "| promised | scenario | measured | |", "| --- | --- | --- | --- |");
      for (const { strategy, what, scenario, measured, isMet } of judged) {
        lines.push(`| ${strategy}: ${what} | ${scenario} | ${measured} | ${isMet ? "met" : "**missed**"} |`);
      }
      return { text: lines.join("\n"), isMet: judged.every(({ isMet }) => isMet) };
    },
  };
}

function cell(summaries: readonly Summary[]): string {
  const goodputs = summaries.map(({ goodput }) => goodput);
  const range = `${Math.min(...goodputs).toFixed(1)} … ${Math.max(...goodputs).toFixed(1)}`;
  const cached = mean(summaries, (summary) => summary.cached);
  const [p50, p99] = [mean(summaries, ({ firstMs }) => firstMs.p50), mean(summaries, ({ firstMs }) => firstMs.p99)];
  const times = `${p50.toFixed(0)}, ${p99.toFixed(0)}`;
  return `${mean(summaries, ({ goodput }) => goodput).toFixed(1)} (${range}); ${times}${cached > 0 ? `; ${cached.toFixed(1)}` : ""}`;
}

/** A loss counts where all of its 95 % interval over paired seeds lies below this. */
const mostLoss = -0.5;

async function reportRandom({ seeds, worlds, workers }: ReportOptions): Promise<FamilyReport> {
  const compared = Array.from({ length: worlds }, async (_none, number) => {
    const scenario = randomWorld(number);
    const [own, other] = await Promise.all(
      ["adaptive", "least-busy"].map((contestant) =>
        Promise.all(seedsOf(seeds).map((seed) => workers.run({ scenario: scenario.name, contestant, seed }))),
      ),
    );
    const differences = (own ?? []).map(({ goodput }, index) => goodput - (other?.[index]?.goodput ?? 0));
    return { name: scenario.name, ...interval(differences) };
  });
  const all = await Promise.all(compared);
  const losses = all.filter(({ high }) => high < mostLoss);
  const wins = all.filter(({ low }) => low > -mostLoss);
  const average = all.reduce((sum, { middle }) => sum + middle, 0) / all.length;
  const lines = [
    `${worlds} worlds: ${randomRanges}.`,
    "",
    `adaptive is better by ${average.toFixed(1)} points on average; better beyond doubt in ${wins.length}, worse beyond doubt (all of the 95 % interval below ${mostLoss}) in ${losses.length}.`,
    ...losses.map(({ name, low, middle, high }) => `- ${name}: ${middle.toFixed(1)} (${low.toFixed(1)} … ${high.toFixed(1)})`),
  ];
  return { text: lines.join("\n"), isMet: losses.length === 0 };
}

/** Student's t for 95 %, two-sided, by degrees of freedom up to 9; more are as good as the normal distribution here. */
const student = [Infinity, 12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26];

function interval(values: readonly number[]): { readonly low: number; readonly middle: number; readonly high: number } {
  const middle = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(values.length - 1, 1);
  const half = (student[values.length - 1] ?? 2) * Math.sqrt(variance / values.length);
  return { low: middle - half, middle, high: middle + half };
}
