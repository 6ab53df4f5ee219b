/**
 * What one choice costs, eligibility and strategy together, in nanoseconds of CPU time. `node bench/pick.ts [--quick] [--json]`
 * Deployments have an rpm limit, so that the window is consulted for each. Each strategy has a process of its own, as routers mostly use one:
 * code that has met several kinds of a thing is slower with each of them.
 */
import { parseArgs } from "node:util";
import { createGroup } from "../src/core/table/group.ts";
import { Ledger } from "../src/core/state/ledger.ts";
import { Picker } from "../src/core/pick/picker.ts";
import { RoutedDeployment } from "../src/core/table/routed-deployment.ts";
import { systemClock } from "../src/lib/clock.ts";
import { seededRandom } from "../src/lib/random.ts";
import { strategies } from "../src/strategies/index.ts";
import { anyDemand, deployment } from "../test/support/core-fixture.ts";
import { FakeConfigReader } from "../test/support/fake-config-reader.ts";
import { cpuMicrosSince } from "./support/cpu-since.ts";
import { runScript } from "./support/run-script.ts";
import { median } from "./support/statistics.ts";

const {
  values: { quick, json, strategy: only },
} = parseArgs({
  options: { quick: { type: "boolean", default: false }, json: { type: "boolean", default: false }, strategy: { type: "string" } },
});
/** For one measurement. */
const leastNanos = (quick ? 20 : 200) * 1_000_000;
const sizes = [3, 100, 10_000];

function nanosPerPick(plugin: (typeof strategies)[number], size: number): readonly number[] {
  const ledger = new Ledger();
  const random = seededRandom(1);
  const strategy = plugin.create(plugin.parseConfig(new FakeConfigReader()), { clock: systemClock, random });
  const entries = Array.from(
    { length: size },
    (_, index) =>
      new RoutedDeployment(
        deployment(`d${index}`, { rpm: 1e9, inputCostPerToken: index, outputCostPerToken: index }),
        1 + (index % 5),
        false,
        ledger,
      ),
  );
  for (const entry of entries) {
    const outcome = {
      kind: "success",
      firstTokenMs: 100 + (entry.row % 7),
      totalMs: 1_000,
      stream: true,
      usage: { promptTokens: 100, outputTokens: 50 },
    } as const;
    ledger.end(entry.row, systemClock.now(), ledger.begin(entry.row, systemClock.now(), 10, 10), outcome, 400);
  }
  const group = createGroup("m", entries, { strategy, name: plugin.name });
  const picker = new Picker(ledger);
  const demand = { ...anyDemand({ requestBytes: 400 }), now: 0 };
  const context = { now: 0, stream: true, promptTokens: 100, outputTokens: 50 };
  const run = (picks: number): number => {
    const begun = process.cpuUsage();
    for (let pick = 0; pick < picks; pick++) {
      demand.now = context.now = systemClock.now();
      picker.pick(group, demand, context);
    }
    return (cpuMicrosSince(begun) * 1_000) / picks;
  };
  // The first ones are slow, since the code is new; each doubles the number until the time is long enough to be told.
  let picks = 1;
  while (picks * run(picks) < leastNanos) picks *= 2;
  return Array.from({ length: quick ? 3 : 7 }, () => run(picks));
}

interface Measured {
  readonly strategy: string;
  readonly deployments: number;
  readonly nanos: readonly number[];
}

const results: Measured[] = [];
for (const plugin of strategies) {
  if (plugin.name === only)
    results.push(...sizes.map((size) => ({ strategy: plugin.name, deployments: size, nanos: nanosPerPick(plugin, size) })));
  else if (only === undefined) {
    const own = await runScript("bench/pick.ts", ["--json", "--strategy", plugin.name, ...(quick ? ["--quick"] : [])]);
    results.push(...(own as readonly Measured[]));
  }
}
if (json) console.log(JSON.stringify(results));
else {
  console.log(`node ${process.version}; ns for one pick, median of runs\n`);
  console.log(`| strategy | ${sizes.map((size) => `${size} deployments`).join(" | ")} |`);
  console.log(`|---|${sizes.map(() => "---|").join("")}`);
  for (const [name, runs] of Map.groupBy(results, ({ strategy }) => strategy))
    console.log(`| ${name} | ${runs.map(({ nanos }) => median(nanos).toFixed(0)).join(" | ")} |`);
}
