import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import type { StrategyPlugin } from "../../../src/core/strategy.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { seededRandom } from "../../../src/lib/random.ts";
import { load, loadValid, oneDeployment, told } from "../support/load.ts";

interface Args {
  readonly size: number;
  readonly fast: boolean;
  readonly mode: string;
}

let created: Args | undefined;

const plugin: StrategyPlugin<Args> = {
  name: "sample",
  aliases: ["sample-v2"],
  parseConfig: (args) => ({
    size: args.number("size", { default: 3, min: 1, max: 9, integer: true, description: "" }),
    fast: args.boolean("fast", { default: false, description: "" }),
    mode: args.choice("mode", { default: "a", choices: ["a", "b"], description: "" }),
  }),
  create: (config) => {
    created = config;
    return { pick: (candidates) => candidates.at(0) };
  },
};
const strategies = [plugin as StrategyPlugin];

function settings(...lines: readonly string[]): string {
  return `${oneDeployment()}router_settings:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

test("a strategy reads its arguments and is created with them", async () => {
  const text = settings("routing_strategy: sample-v2", "routing_strategy_args: {size: '4', fast: yes, mode: b}");
  const { source } = await loadValid(text, { strategies });
  assert.equal(source.strategy.name, "sample");
  source.strategy.create({ clock: systemClock, random: seededRandom(1) });
  assert.deepEqual(created, { size: 4, fast: true, mode: "b" });
});

test("wrong arguments are problems at their place, unread ones a warning", async () => {
  const { problems, warnings } = await load(
    settings("routing_strategy: sample", "routing_strategy_args: {size: 10, fast: 3, mode: c, sise: 1}"),
    {
      strategies,
    },
  );
  assert.deepEqual(told(problems), [
    "7:33 router_settings.routing_strategy_args.size: must be a whole number from 1 to 9, not 10",
    "7:43 router_settings.routing_strategy_args.fast: must be true or false, not 3",
    '7:52 router_settings.routing_strategy_args.mode: must be one of a, b, not "c"',
  ]);
  assert.deepEqual(told(warnings), [
    "7:55 router_settings.routing_strategy_args.sise: is no argument of sample, and is ignored (did you mean size?); it takes size, fast, mode",
  ]);
});

test("an unknown strategy is refused with the allowed ones and the one that was meant", async () => {
  const { problems } = await load(settings("routing_strategy: simple"));
  assert.match(
    told(problems)[0] ?? "",
    /^6:21 router_settings\.routing_strategy: there is no strategy "simple" \(did you mean simple-shuffle\?\); allowed are simple-shuffle, least-busy, /,
  );
});

test("a strategy from a file is imported relative to the configuration", async () => {
  const asked: string[] = [];
  const importStrategy = async (path: string) => {
    asked.push(path);
    return { default: plugin };
  };
  const { source } = await loadValid(
    { "config.yaml": "include: sub/more.yaml\n", "sub/more.yaml": settings("routing_strategy: ./mine.ts") },
    { importStrategy },
  );
  assert.equal(source.strategy.name, "sample");
  assert.deepEqual(asked, [resolve("sub/mine.ts")]);
});

test("a file that holds no strategy, cannot be imported or throws is a problem", async () => {
  const broken: StrategyPlugin = {
    name: "broken",
    parseConfig: () => {
      throw new Error("no luck");
    },
    create: () => ({ pick: (candidates) => candidates.at(0) }),
  };
  const cases: readonly (readonly [() => Promise<unknown>, RegExp])[] = [
    [async () => ({}), /default export/],
    [async () => ({ default: { name: "x" } }), /parseConfig/],
    [() => Promise.reject(new Error("no such module")), /cannot be imported: no such module/],
    [async () => ({ default: broken }), /failed to read its arguments: no luck/],
  ];
  for (const [importStrategy, message] of cases) {
    const { problems, config } = await load(settings("routing_strategy: ./mine.ts"), { importStrategy });
    assert.equal(config, undefined);
    assert.match(problems[0]?.message ?? "", message);
  }
});

test("shadow strategies are read by name or alias, each once, with the share of picks at which they are asked", async () => {
  const { source } = await loadValid(
    settings("shadow_strategies: [least-busy, usage-based-routing-v2, usage-based-routing]", "shadow_sample: 0.25"),
  );
  assert.deepEqual(
    source.shadows?.choices.map(({ name }) => name),
    ["least-busy", "usage-based-routing"],
  );
  assert.equal(source.shadows?.sample, 0.25);
  assert.equal((await loadValid(settings("shadow_strategies: p2c"))).source.shadows?.sample, 0.1);
  assert.equal((await loadValid(settings("shadow_sample: 0.5"))).source.shadows, undefined);
});

test("a shadow strategy that is not there and a share above 1 are problems at their place", async () => {
  const { problems } = await load(settings("shadow_strategies: [least-bussy]", "shadow_sample: 1.5"));
  const [first = "", second = ""] = told(problems).toSorted();
  assert.match(first, /^6:\d+ router_settings\.shadow_strategies: there is no strategy "least-bussy" \(did you mean least-busy\?\)/);
  assert.match(second, /^7:\d+ router_settings\.shadow_sample: must be a number .*1.*, not 1\.5/);
});
