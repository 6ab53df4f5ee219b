import assert from "node:assert/strict";
import { test } from "node:test";
import { load, loadValid, told } from "../support/load.ts";

const models = ["a", "b", "c"].map((name) => `  - {model_name: ${name}, litellm_params: {model: openai/${name}}}\n`).join("");

function withGroups(...lines: readonly string[]): string {
  return `model_list:\n${models}router_settings:\n  routing_groups:\n${lines.map((line) => `    - ${line}\n`).join("")}`;
}

test("a routing group gives its models a strategy of their own, with its own arguments", async () => {
  const { source } = await loadValid(
    withGroups("{models: [a, b], routing_strategy: latency-based-routing, routing_strategy_args: {lowest_latency_buffer: 0.5}}"),
  );
  assert.equal(source.strategy.name, "simple-shuffle");
  assert.deepEqual(
    [...source.groupStrategies].map(([group, choice]) => [group, choice.name]),
    [
      ["a", "latency-based-routing"],
      ["b", "latency-based-routing"],
    ],
  );
  assert.match(source.groupStrategies.get("a")?.key ?? "", /0\.5/);
});

test("a routing group with a name may be called by it, and routes over all of its models by its strategy", async () => {
  const { source } = await loadValid(withGroups("{group_name: fast, models: [a, c], routing_strategy: least-busy}"));
  assert.deepEqual(source.aliases, [{ alias: "fast", targets: ["a", "c"], hidden: false }]);
  assert.equal(source.groupStrategies.get("fast")?.name, "least-busy");
});

test("the name of a group or an alias stays what it is, whatever a routing group is called", async () => {
  const { source } = await loadValid(withGroups("{group_name: a, models: [b], routing_strategy: p2c}"));
  assert.deepEqual(source.aliases, []);
  assert.deepEqual([...source.groupStrategies.keys()], ["b"]);
});

test("what is wrong in a routing group is told with its place", async () => {
  const { problems, warnings } = await load(
    withGroups(
      "nonsense",
      "{models: [a], routing_strategy: p3c}",
      "{routing_strategy: p2c}",
      "{models: [a], routing_strategy: p2c, routing_strategy_args: 3}",
      "{models: [aa], routing_strategy: p2c, weight: 1}",
      "{models: [b], routing_strategy: p2c}",
      "{models: [b], routing_strategy: round-robin}",
    ),
  );
  assert.deepEqual(
    told(problems).map((line) => line.replace(/; allowed are.*/, "")),
    [
      '7:7 router_settings.routing_groups[0]: must be a map with models and routing_strategy, not "nonsense"',
      '8:39 router_settings.routing_groups[1].routing_strategy: there is no strategy "p3c" (did you mean p2c?)',
      "9:7 router_settings.routing_groups[2].models: must be a list of groups",
      "10:67 router_settings.routing_groups[3].routing_strategy_args: must be a map, not 3",
    ],
  );
  assert.deepEqual(told(warnings), [
    '11:17 router_settings.routing_groups[4].models: there is no group "aa", so it is left out',
    "11:45 router_settings.routing_groups[4].weight: is not known here, and is ignored",
    "13:17 router_settings.routing_groups[6].models: b is in an earlier entry too; the last one counts",
  ]);
});
