import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger } from "../../../src/core/state/ledger.ts";
import { StrategyCache } from "../../../src/core/table/strategy-cache.ts";
import { RoutingTable } from "../../../src/core/table/routing-table.ts";
import type { TableSource } from "../../../src/core/table-source.ts";
import { seededRandom } from "../../../src/lib/random.ts";
import { deployment, tableSource } from "../../support/core-fixture.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function compile(source: TableSource): RoutingTable {
  return new RoutingTable(source, {
    ledger: new Ledger(),
    strategies: new StrategyCache({ clock: new FakeClock(), random: seededRandom(1) }, () => assert.fail("no shadow fails")),
  });
}

function idsOf(table: RoutingTable, model: string): readonly string[] | undefined {
  return table.resolve(model)?.group.entries.map((entry) => entry.id);
}

const source = tableSource(
  [
    deployment("a", { group: "gpt" }),
    deployment("b", { group: "gpt" }),
    deployment("c", { group: "claude", address: "anthropic/claude" }),
    deployment("star", { group: "*", upstreamModel: "*" }),
    deployment("open", { group: "openai/*", upstreamModel: "*" }),
    deployment("gpt", { group: "trap" }),
  ],
  {
    aliases: [
      { alias: "best", targets: ["claude"], hidden: false },
      { alias: "secret", targets: ["claude"], hidden: true },
      { alias: "both", targets: ["gpt", "claude"], hidden: false },
      { alias: "via-pattern", targets: ["openai/gpt-5"], hidden: false },
    ],
  },
);

test("a name is looked up as id, alias, group and pattern, in this order", () => {
  const table = compile(source);
  assert.deepEqual(idsOf(table, "a"), ["a"]);
  assert.deepEqual(idsOf(table, "gpt"), ["a", "b"], "a group's name wins over an id of the same text");
  assert.deepEqual(idsOf(table, "best"), ["c"]);
  assert.deepEqual(idsOf(table, "secret"), ["c"]);
  assert.deepEqual(idsOf(table, "both"), ["a", "b", "c"]);
  assert.deepEqual(idsOf(table, "openai/gpt-9"), ["open"]);
  assert.deepEqual(idsOf(table, "via-pattern"), ["open"]);
  assert.deepEqual(idsOf(table, "whatever"), ["star"]);
});

test("a deployment is addressed by its litellm_params.model where no pattern takes the name", () => {
  const table = compile(
    tableSource([deployment("a", { group: "gpt", address: "azure/small" }), deployment("b", { group: "gpt", address: "azure/large" })]),
  );
  assert.deepEqual(idsOf(table, "azure/small"), ["a"]);
  assert.equal(table.resolve("azure/none"), undefined);
});

test("hidden aliases route but are not listed", () => {
  assert.deepEqual(compile(source).models, ["gpt", "claude", "*", "openai/*", "trap", "best", "both", "via-pattern"]);
});

test("tiers are ordered by order, backups last within one", () => {
  const table = compile(
    tableSource([
      deployment("late", { order: 2, weight: 1 }),
      deployment("backup", { order: 1, weight: 0 }),
      deployment("main", { order: 1, weight: 5 }),
    ]),
  );
  const tiers = table.resolve("m")?.group.tiers.map((tier) => tier.entries.map((entry) => entry.id));
  assert.deepEqual(tiers, [["main"], ["backup"], ["late"]]);
});

test("weights that were set at run time win over the configured ones, and rows stay", () => {
  const deps = {
    ledger: new Ledger(),
    strategies: new StrategyCache({ clock: new FakeClock(), random: seededRandom(1) }, () => assert.fail("no shadow fails")),
  };
  const weighted = tableSource([deployment("a", { weight: 1 }), deployment("b", { weight: 1 })]);
  const before = new RoutingTable(weighted, deps);
  const after = new RoutingTable(weighted, deps, new Map([["a", 9]]));
  assert.equal(before.entry("a")?.weight, 1);
  assert.equal(after.entry("a")?.weight, 9);
  assert.equal(after.entry("a")?.row, before.entry("a")?.row);
});
