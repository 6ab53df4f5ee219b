import assert from "node:assert/strict";
import { test } from "node:test";
import { load, oneDeployment } from "../support/load.ts";

/** What real configurations hold that no documentation mentions: each loads, and what is doubtful about it is said. */
const cases: readonly { readonly title: string; readonly text: string; readonly warnings: readonly RegExp[] }[] = [
  {
    title: "a section given twice",
    text: `${oneDeployment()}litellm_settings: {num_retries: 1}\nlitellm_settings: {num_retries: 2}\n`,
    warnings: [/given twice/],
  },
  { title: "the top of an anchored map parked under x-params", text: `x-params: &p {rpm: 3}\n${oneDeployment("<<: [*p]")}`, warnings: [] },
  { title: "tpm with underscores", text: oneDeployment("tpm: 80_000"), warnings: [/read as the number 80000/] },
  { title: "an empty model_list", text: "model_list: []\n", warnings: [/holds no deployment/] },
  { title: "a section with only comments", text: `${oneDeployment()}general_settings:\n  # master_key: x\n`, warnings: [/is empty/] },
  {
    title: "a group name with a slash, a colon, capitals and a space",
    text: oneDeployment().replace("model_name: group", 'model_name: "A b/c:d"'),
    warnings: [],
  },
  {
    title: "a wildcard beside a more specific one",
    text: `${oneDeployment().replace("name: group", 'name: "*"')}${oneDeployment().replace("model_list:\n", "").replace("name: group", "name: claude-*")}`,
    warnings: [],
  },
  {
    title: "fallbacks as a bare list of names",
    text: `${oneDeployment()}router_settings: {fallbacks: [group, openai/gpt-4o]}\n`,
    warnings: [/taken as default_fallbacks/],
  },
  {
    title: "context_window_fallbacks as maps of model and context_window",
    text: `${oneDeployment()}litellm_settings: {context_window_fallbacks: [{model: a, context_window: 1}]}\n`,
    warnings: [/is no map from a group to its fallbacks.* ignored/],
  },
  {
    title: "fallbacks keyed by a deployment's id, by a group that is not there, and in a circle",
    text: `${oneDeployment()}    model_info: {id: d1}\nrouter_settings: {fallbacks: [d1: [group], gone: [group], group: [openai/gpt-4o], openai/gpt-4o: [group]]}\n`,
    warnings: [/there is no group "gone", so these fallbacks are never used/, /goes in a circle: group → openai\/gpt-4o → group/],
  },
  {
    title: "fallbacks with an inline deployment",
    text: oneDeployment("fallbacks: [{model: openai/x, api_key: k}]"),
    warnings: [/there is no group "openai\/x", so it is passed over/, /is a setting of a deployment, and is ignored here/],
  },
  { title: "an alias to a list of groups", text: `${oneDeployment()}router_settings: {model_group_alias: {a: [group]}}\n`, warnings: [] },
  { title: "identical twins", text: `${oneDeployment()}${oneDeployment().replace("model_list:\n", "")}`, warnings: [/says the same/] },
  {
    title: "num_retries in three places",
    text: `${oneDeployment("num_retries: 3")}router_settings: {num_retries: 1}\nlitellm_settings: {num_retries: 2}\n`,
    warnings: [/router_settings, which wins/],
  },
  {
    title: "keys in wrong sections",
    text: `${oneDeployment()}general_settings: {drop_params: true, set_verbose: true}\nport: 1\n`,
    warnings: [/belongs under litellm_settings/, /belongs under/, /--port/],
  },
  { title: "rpm_limit", text: oneDeployment("rpm_limit: 3"), warnings: [/used as rpm/] },
  {
    title: "litellm_settings inside an entry",
    text: `${oneDeployment()}    litellm_settings: {drop_params: true}\n`,
    warnings: [/belongs at the top level/],
  },
  { title: "drop_params as a list", text: oneDeployment("drop_params: [logit_bias]"), warnings: [] },
  {
    title: "zeroes that mean something",
    text: `${oneDeployment("order: 0", "weight: 0", "num_retries: 0", "cooldown_time: 0")}router_settings: {retry_after: 0, cooldown_time: 0, allowed_fails: 0}\n`,
    warnings: [],
  },
  { title: "timeouts of hours", text: oneDeployment("timeout: 6000"), warnings: [] },
  { title: "an invented mode", text: `${oneDeployment()}    model_info: {mode: antigravity, anything: [1]}\n`, warnings: [] },
  {
    title: "nulls where texts belong",
    text: `${oneDeployment("api_base: null", "api_key:", "temperature: ~")}general_settings: {database_url: null}\n`,
    warnings: [],
  },
  { title: "callbacks as a string", text: `${oneDeployment()}litellm_settings: {callbacks: x}\n`, warnings: [/not acted on yet/] },
  {
    title: "a variable that is its own reference",
    text: `${oneDeployment()}environment_variables: {X: "\${X}"}\n`,
    warnings: [/stays unset/],
  },
  { title: "only the first slash separates", text: oneDeployment().replace("gpt-4o", "/models/x.gguf"), warnings: [] },
  {
    title: "booleans as words from the environment",
    text: `${oneDeployment()}litellm_settings: {drop_params: "\${X:-false}"}\n`,
    warnings: [],
  },
];

for (const { title, text, warnings } of cases) {
  test(`loads ${title}`, async () => {
    const result = await load(text);
    assert.deepEqual(result.problems, []);
    assert.equal(result.warnings.length, warnings.length, result.warnings.map(({ message }) => message).join("\n"));
    for (const [index, expected] of warnings.entries()) assert.match(result.warnings[index]?.message ?? "", expected);
  });
}

test("306 deployments load quickly and keep their order", async () => {
  const entries = Array.from(
    { length: 306 },
    (_, index) => `  - {model_name: g${index % 33}, litellm_params: {model: openai/m${index}, rpm: ${index + 1}}}\n`,
  );
  const { config } = await load(`model_list:\n${entries.join("")}`);
  assert.deepEqual(
    config?.source.deployments.map(({ rpm }) => rpm),
    entries.map((_, index) => index + 1),
  );
});
