import assert from "node:assert/strict";
import { test } from "node:test";
import type { FallbackTarget } from "../../../src/core/call.ts";
import { callOf } from "../../formats/openai/support.ts";
import { load, loadValid, told } from "../support/load.ts";

const groups = `model_list:
  - {model_name: a, litellm_params: {model: openai/a}, model_info: {id: id-a}}
  - {model_name: b, litellm_params: {model: openai/b}}
  - {model_name: vendor/c, litellm_params: {model: openai/c}}
  - {model_name: "wild/*", litellm_params: {model: "openai/*"}}
`;

async function fallbacksOf(
  value: string,
): Promise<{ readonly table: Readonly<Record<string, readonly string[]>>; readonly said: readonly string[] }> {
  const { config, problems, warnings } = await load(`${groups}router_settings:\n  model_group_alias: {alias: a}\n  fallbacks: ${value}\n`);
  assert.deepEqual(told(problems), []);
  const entries = [...(config?.source.settings.fallbacks.generic ?? [])].map(
    ([group, targets]) => [group, targets.map(({ model }) => model)] as const,
  );
  return {
    table: Object.fromEntries(entries),
    said: warnings.map(({ key, message }) => `${key.replace("router_settings.fallbacks", "")}: ${message}`),
  };
}

async function targetOf(value: string, env: Readonly<Record<string, string>> = {}): Promise<FallbackTarget> {
  const { source } = await loadValid(`${groups}router_settings:\n  fallbacks: [a: [${value}]]\n`, { env });
  const target = source.settings.fallbacks.generic.get("a")?.[0];
  assert.ok(target);
  return target;
}

/** The targets for all groups. */
async function forAllGroups(text: string): Promise<{ readonly all: readonly string[] | undefined; readonly said: readonly string[] }> {
  const { config, warnings } = await load(`${groups}router_settings: ${text}\n`);
  const targets = config?.source.settings.fallbacks.generic.get("*");
  return { all: targets?.map(({ model }) => model), said: warnings.map(({ message }) => message) };
}

test("fallbacks are a list of maps from a group to names; a single map and a single name will do", async () => {
  for (const value of ["[{a: [b, vendor/c]}, {b: [a2]}]", "[{a: [b, vendor/c], b: [a2]}]", "{a: [b, vendor/c], b: a2}"]) {
    const { table, said } = await fallbacksOf(value.replaceAll("a2", "wild/x"));
    assert.deepEqual(table, { a: ["b", "vendor/c"], b: ["wild/x"] });
    assert.deepEqual(said, []);
  }
});

test("an empty list is an entry, and null is none", async () => {
  assert.deepEqual((await fallbacksOf("[{a: []}, {b: }]")).table, { a: [] });
});

test("groups and targets may be anything that callers may write as a model", async () => {
  for (const name of ["a", "id-a", "alias", "openai/b", "wild/anything", "vendor/c"]) {
    assert.deepEqual(
      (await fallbacksOf(`[{"${name}": [b]}, {b: ["${name}"]}]`)).said.filter((one) => !one.includes("circle")),
      [],
    );
  }
  // A name is also looked up without its provider.
  assert.deepEqual((await fallbacksOf("[{c: [b]}]")).said, []);
});

test("what is doubtful is warned of, and loads", async () => {
  const cases: readonly (readonly [string, Readonly<Record<string, readonly string[]>>, readonly string[]])[] = [
    [
      "[{vendor/d: [b]}]",
      { "vendor/d": ["b"] },
      ['[0].vendor/d: there is no group "vendor/d" (did you mean vendor/c?), so these fallbacks are never used'],
    ],
    ["[{a: [c, b]}]", { a: ["c", "b"] }, ['[0].a[0]: there is no group "c", so it is passed over']],
    ['[{a: ["wild/*", b]}]', { a: ["b"] }, ["[0].a[0]: is a pattern; a fallback is a single model, so it is passed over"]],
    ["[{a: [b]}, {a: [vendor/c]}]", { a: ["b"] }, ["[1].a: has fallbacks already, which count; these are ignored"]],
    [
      "[{model: a, context_window: 4096}, {a: [b]}]",
      { a: ["b"] },
      ["[0]: is no map from a group to its fallbacks, as `- group: [other]` is, and is ignored"],
    ],
    [
      "[b, {a: [vendor/c]}, vendor/c]",
      { a: ["vendor/c"], "*": ["b", "vendor/c"] },
      ["[0]: names no group whose fallback it is, and is taken as default_fallbacks; write `- group: [other]`"],
    ],
    ["[{a: [a]}]", { a: ["a"] }, ["[0].a: goes in a circle: a → a; a call tries each of them once"]],
    [
      "[{a: [b]}, {b: [vendor/c]}, {vendor/c: [b]}]",
      { a: ["b"], b: ["vendor/c"], "vendor/c": ["b"] },
      ["[2].vendor/c: goes in a circle: b → vendor/c → b; a call tries each of them once"],
    ],
  ];
  for (const [value, table, said] of cases) {
    const read = await fallbacksOf(value);
    assert.deepEqual(read, { table, said }, value);
  }
});

test("default_fallbacks win over loose names and lose to an entry for all groups", async () => {
  assert.deepEqual(await forAllGroups("{fallbacks: [a], default_fallbacks: [b]}"), {
    all: ["b"],
    said: ["names no group whose fallback it is, and is ignored, since default_fallbacks is set; write `- group: [other]`"],
  });
  assert.deepEqual(await forAllGroups('{fallbacks: [{"*": [a]}], default_fallbacks: [b]}'), {
    all: ["a"],
    said: ["is ignored, since fallbacks has an entry for `*`"],
  });
  assert.deepEqual(await forAllGroups("{default_fallbacks: b}"), { all: ["b"], said: [] });
});

test("loose names among the fallbacks of one kind of failure are ignored with a warning", async () => {
  const { config, warnings } = await load(`${groups}router_settings: {context_window_fallbacks: [b]}\n`);
  assert.equal(config?.source.settings.fallbacks.contextWindow.size, 0);
  assert.match(warnings[0]?.message ?? "", /is ignored; write/);
});

test("a group of other environments is named as such", async () => {
  const { warnings } = await load(
    `${groups}  - {model_name: d, litellm_params: {model: openai/d}, model_info: {supported_environments: [production]}}\nrouter_settings: {fallbacks: [a: [d]]}\n`,
    { env: { LITELLM_ENVIRONMENT: "staging" } },
  );
  assert.match(warnings.at(-1)?.message ?? "", /^the deployments of d belong to other environments, so it is passed over$/);
});

test("a target with parameters of its own changes the request, and only for itself", async () => {
  const target = await targetOf(
    "{model: b, temperature: 0, max_tokens: os.environ/MOST, messages: [{role: user, content: short}], timeout: 5}",
    {
      MOST: "100",
    },
  );
  const call = callOf('{"model":"a","messages":[{"role":"user","content":"long"}],"max_completion_tokens":9,"seed":12345678901234567890}');
  const amended = target.amend?.(call);
  assert.equal(
    amended?.body.bytes.toString(),
    '{"model":"a","messages":[{"role":"user","content":"short"}],"seed":12345678901234567890,"temperature":0,"max_tokens":100,"timeout":5}',
  );
  assert.deepEqual([amended.maxOutputTokens, amended.timeoutMs], [100, 5_000]);
  assert.equal(call.timeoutMs, undefined);
});

test("a target with nothing but a model changes nothing", async () => {
  assert.equal((await targetOf("{model: b}")).amend, undefined);
});

test("credentials and other settings of deployments are not taken into a request", async () => {
  const { config, warnings } = await load(
    `${groups}router_settings:\n  fallbacks: [a: [{model: b, api_key: sk-never-shown, api_base: "http://x", rpm: 1}]]\n`,
  );
  assert.equal(config?.source.settings.fallbacks.generic.get("a")?.[0]?.amend, undefined);
  assert.deepEqual(
    warnings.map(({ key }) => key),
    ["api_key", "api_base", "rpm"].map((key) => `router_settings.fallbacks[0].a[0].${key}`),
  );
  assert.ok(!JSON.stringify(warnings).includes("sk-never-shown"));
});

test("a name from the environment is not shown", async () => {
  const { warnings } = await load(`${groups}router_settings:\n  fallbacks: [a: [os.environ/OTHER]]\n`, { env: { OTHER: "hidden" } });
  assert.deepEqual(told(warnings), ["7:19 router_settings.fallbacks[0].a[0]: there is no group ***, so it is passed over"]);
});

test("what is no fallback is a problem that says what is allowed", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["5", ": must be a map from a group to its fallbacks, not 5"],
    ["[[a]]", "[0]: must be a map from a group to its fallbacks, not a list"],
    ["[{a: [[b]]}]", "[0].a[0]: must be a name, or a map with `model` and its parameters, not a list"],
    ['[{a: [""]}]', '[0].a[0]: must be a name, or a map with `model` and its parameters, not ""'],
    ["[{a: [{temperature: 1}]}]", "[0].a[0].model: is required: the name of a model"],
    ["[{a: [{model: b, timeout: 0}]}]", "[0].a[0].timeout: must be a number of seconds above 0, not the number 0"],
  ];
  for (const [value, problem] of cases) {
    const { problems } = await load(`${groups}router_settings:\n  fallbacks: ${value}\n`);
    assert.deepEqual(
      problems.map(({ key, message }) => `${key.replace("router_settings.fallbacks", "")}: ${message}`),
      [problem],
    );
  }
});

test("a missing variable in a fallback names its place", async () => {
  const { problems } = await load(`${groups}router_settings:\n  fallbacks: [a: [os.environ/OTHER]]\n`);
  assert.equal(problems.length, 1);
  assert.match(problems[0]?.message ?? "", /variable OTHER is not set/);
  assert.equal(problems[0]?.key, "router_settings.fallbacks[0].a[0]");
});
