import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeProviders } from "../support/fake-providers.ts";
import { load, loadValid, oneDeployment, told } from "../support/load.ts";

test("numbers, booleans, model and model_name may come from the environment", async () => {
  const providers = new FakeProviders();
  const env = { RPM: "80_000", DROP: "True", MODEL: "azure/dep", NAME: "grp", TEMP: "0.5", STORE: "false", USER_ID: "12345" };
  const { source } = await loadValid(
    `model_list:
  - model_name: os.environ/NAME
    litellm_params: {model: "\${MODEL}", rpm: os.environ/RPM, weight: "\${W:-3}", temperature: os.environ/TEMP, store: "\${STORE}", user: "\${USER_ID}"}
litellm_settings: {drop_params: os.environ/DROP}
`,
    { env, providers },
  );
  const [deployment] = source.deployments;
  assert.deepEqual(
    [deployment?.group, deployment?.address, deployment?.provider, deployment?.rpm, deployment?.weight],
    ["grp", "azure/dep", "azure", 80_000, 3],
  );
  assert.equal(providers.params.dropParams, true);
  assert.deepEqual(providers.params.defaults, { temperature: 0.5, store: false, user: "12345" });
});

test("a missing variable names itself, the key and the deployment", async () => {
  const { problems } = await load(oneDeployment("api_key: os.environ/MY_KEY", 'api_base: "https://${HOST}/v1"'));
  assert.equal(
    told(problems)[0],
    '5:16 model_list[0].litellm_params.api_key: environment variable MY_KEY is not set, and the deployment of "group" needs it',
  );
  assert.match(told(problems)[1] ?? "", /^6:17 .*api_base: environment variable HOST is not set.*no deployment would be left/);
});

test("a missing variable in a key that is not acted on does no harm", async () => {
  const { config } = await load(`${oneDeployment()}general_settings: {database_url: os.environ/DATABASE_URL}\n`);
  assert.notEqual(config, undefined);
});

test("environment_variables are seen first, refer to each other in any order and never leave the configuration", async () => {
  const providers = new FakeProviders();
  const env = { OUTER: "outer", SELF: "from-outside", A: "hidden" };
  const text = `${oneDeployment('api_key: "${A}"', "user: os.environ/SELF")}environment_variables: {A: "\${B}!", B: os.environ/OUTER, SELF: "\${SELF}", N: 5, EMPTY: }\n`;
  await loadValid(text, { env, providers });
  assert.equal(providers.params.apiKey, "outer!");
  assert.equal(providers.params.defaults["user"], "from-outside");
  assert.equal(providers.params.env("N"), "5");
  assert.deepEqual(env, { OUTER: "outer", SELF: "from-outside", A: "hidden" });
});

test("a variable that is only itself, or goes in a circle, stays unset with a warning", async () => {
  const { warnings, config } = await load(`${oneDeployment()}environment_variables: {X: "\${X}", Y: "\${Z}", Z: "\${Y}"}\n`);
  assert.notEqual(config, undefined);
  assert.match(told(warnings)[0] ?? "", /environment_variables\.X: X is not set in the environment, so X stays unset/);
  assert.equal(warnings.length, 3);
});

test("environment_variables of a wrong shape are a problem", async () => {
  const { problems } = await load(`${oneDeployment()}environment_variables: {X: [1]}\n`);
  assert.deepEqual(told(problems), ["5:28 environment_variables.X: must be a single value, not a list"]);
});
