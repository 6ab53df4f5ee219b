import assert from "node:assert/strict";
import { test } from "node:test";
import { load, loadValid, told } from "../support/load.ts";

const groups = `model_list:
  - {model_name: one, litellm_params: {model: openai/a}}
  - {model_name: two, litellm_params: {model: openai/b}}
  - {model_name: claude-*, litellm_params: {model: openai/claude-*}}
router_settings:
  model_group_alias:
`;

function withAliases(...lines: readonly string[]): string {
  return `${groups}${lines.map((line) => `    ${line}\n`).join("")}`;
}

test("an alias has one of three forms", async () => {
  const { source } = await loadValid(withAliases("a: one", "b: {model: two, hidden: true}", "c: [one, two, one]", "d: claude-3"));
  assert.deepEqual(source.aliases, [
    { alias: "a", targets: ["one"], hidden: false },
    { alias: "b", targets: ["two"], hidden: true },
    { alias: "c", targets: ["one", "two"], hidden: false },
    { alias: "d", targets: ["claude-3"], hidden: false },
  ]);
});

test("an alias of an alias is followed to the group", async () => {
  const { source } = await loadValid(withAliases("a: b", "b: c", "c: [one, two]"));
  assert.deepEqual(
    source.aliases.map(({ targets }) => targets),
    [
      ["one", "two"],
      ["one", "two"],
      ["one", "two"],
    ],
  );
});

test("an alias with the name of a deployment's id is warned of: the deployment wins", async () => {
  const text = `model_list:
  - {model_name: one, litellm_params: {model: openai/a}, model_info: {id: a}}
router_settings:
  model_group_alias: {a: one, b: one}
`;
  const { warnings } = await load(text);
  assert.deepEqual(told(warnings), [
    "4:23 router_settings.model_group_alias.a: is hidden by the deployment whose model_info.id is a: calls for this name go to it",
  ]);
});

test("an alias to nowhere, in a circle or of a wrong shape is refused", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["a: onne", '7:8 router_settings.model_group_alias.a: there is no group "onne" (did you mean one?); there are one, two, claude-*'],
    ["a: a", "7:8 router_settings.model_group_alias.a: goes in a circle: a → a"],
    ["a: []", "7:8 router_settings.model_group_alias.a: must be a group's name, a list of groups, or {model: group, hidden: true}"],
    [
      "a: {hidden: true}",
      "7:8 router_settings.model_group_alias.a: must be a group's name, a list of groups, or {model: group, hidden: true}",
    ],
    ["a:", "7:7 router_settings.model_group_alias.a: must be a group's name, a list of groups, or {model: group, hidden: true}"],
    ["a: {model: one, hidden: perhaps}", "7:29 router_settings.model_group_alias.a.hidden: must be true or false"],
  ];
  for (const [line, problem] of cases) assert.deepEqual(told((await load(withAliases(line))).problems), [problem]);
});

test("an alias with a group's name is warned of; one that is only itself is left out", async () => {
  const { config, warnings } = await load(withAliases("one: two", "two: two"));
  assert.deepEqual(
    config?.source.aliases.map(({ alias }) => alias),
    ["one"],
  );
  assert.deepEqual(told(warnings), [
    "7:5 router_settings.model_group_alias.one: hides the group one: calls for this name go to the alias's targets",
    "8:5 router_settings.model_group_alias.two: stands for itself; it can be left out",
  ]);
});
