import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import type { StrategyPlugin } from "../../src/core/strategy.ts";
import { checkStrategyNames, findStrategy, strategies, strategyNames } from "../../src/strategies/index.ts";

function named(name: string, ...aliases: string[]): StrategyPlugin {
  return { name, aliases, parseConfig: () => undefined, create: () => ({ pick: (candidates) => candidates.at(0) }) };
}

test("lists the strategies by their names and aliases", () => {
  assert.deepEqual(strategyNames(), [
    "simple-shuffle",
    "least-busy",
    "usage-based-routing",
    "usage-based-routing-v2",
    "latency-based-routing",
    "cost-based-routing",
    "round-robin",
    "p2c",
    "peak-ewma",
    "adaptive",
  ]);
});

test("says of each strategy whether the weights are the shares, and whether limits are", () => {
  const byWeight = strategies.filter(({ byWeightAlone }) => byWeightAlone === true).map(({ name }) => name);
  const byLimits = strategies.filter(({ limitsAreShares }) => limitsAreShares === true).map(({ name }) => name);
  assert.deepEqual([byWeight, byLimits], [["simple-shuffle", "round-robin"], ["simple-shuffle"]]);
});

test("lists a strategy for every file of the folder, named like its file", async () => {
  const files = await readdir(new URL("../../src/strategies/", import.meta.url));
  const others = new Set(["index.ts", "custom-strategy.ts"]);
  const expected = files.filter((file) => !others.has(file)).map((file) => file.replace(/\.ts$/, ""));
  assert.deepEqual(strategies.map(({ name }) => name).sort(), expected.sort());
});

test("finds each strategy by its name and by its aliases", () => {
  for (const plugin of strategies) {
    for (const name of [plugin.name, ...(plugin.aliases ?? [])]) assert.deepEqual(findStrategy(name), { ok: true, value: plugin });
  }
});

for (const name of ["simple", "", "Least-Busy", "constructor"]) {
  test(`says about the unknown name ${JSON.stringify(name)} which ones are allowed`, () => {
    assert.deepEqual(findStrategy(name), {
      ok: false,
      error:
        `unknown strategy ${JSON.stringify(name)}; allowed: simple-shuffle, least-busy, usage-based-routing, usage-based-routing-v2, ` +
        "latency-based-routing, cost-based-routing, round-robin, p2c, peak-ewma, adaptive, or a file such as ./my-strategy.ts",
    });
  });
}

test("has no name twice", () => {
  assert.deepEqual(checkStrategyNames(strategies), { ok: true, value: undefined });
});

const clashes: readonly { title: string; plugins: readonly StrategyPlugin[]; twice: string }[] = [
  { title: "two names", plugins: [named("one"), named("two"), named("one")], twice: '"one"' },
  { title: "a name and an alias", plugins: [named("one"), named("two", "one")], twice: '"one"' },
  { title: "two aliases", plugins: [named("one", "three"), named("two", "three")], twice: '"three"' },
  { title: "a name and its own alias", plugins: [named("one", "one"), named("two", "three"), named("three")], twice: '"one", "three"' },
];

for (const { title, plugins, twice } of clashes) {
  test(`refuses a list in which ${title} are the same, naming the culprits and all names`, () => {
    const result = checkStrategyNames(plugins);
    assert.ok(!result.ok);
    const all = [...new Set(strategyNames(plugins))].join(", ");
    assert.equal(result.error, `strategy names must be unique, but more than one strategy is called ${twice}; all names: ${all}`);
  });
}
