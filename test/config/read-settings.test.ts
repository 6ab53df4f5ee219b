import assert from "node:assert/strict";
import { test } from "node:test";
import { load, loadValid, oneDeployment, told } from "./support/load.ts";

const base = oneDeployment();

test("without settings the defaults stand", async () => {
  const config = await loadValid(base);
  assert.deepEqual(config.source.settings, {
    numRetries: 2,
    retryAfterMs: 0,
    timeoutMs: 600_000,
    streamTimeoutMs: undefined,
    enforceRateLimits: true,
  });
  assert.equal(config.source.strategyName, "simple-shuffle");
  assert.equal(config.masterKey, undefined);
  assert.equal(config.maxRequestBytes, 32 * 1_048_576);
  assert.deepEqual(config.cors, []);
  assert.deepEqual(config.files, ["config.yaml"]);
});

test("settings are read from their sections, seconds into milliseconds", async () => {
  const config = await loadValid(`${base}
router_settings: {num_retries: 0, timeout: "2.5", stream_timeout: 6000, retry_after: 0, enforce_rate_limits: no}
general_settings: {master_key: sk-1234, max_request_size_mb: 0.5, cors_allow_origins: ["https://a.example", "*"]}
`);
  assert.deepEqual(config.source.settings, {
    numRetries: 0,
    retryAfterMs: 0,
    timeoutMs: 2_500,
    streamTimeoutMs: 6_000_000,
    enforceRateLimits: false,
  });
  assert.equal(config.masterKey, "sk-1234");
  assert.equal(config.maxRequestBytes, 524_288);
  assert.deepEqual(config.cors, ["https://a.example", "*"]);
});

test("litellm_settings give what router_settings leave open, and lose with a warning where both speak", async () => {
  const quiet = await load(`${base}litellm_settings: {num_retries: 5, request_timeout: 30}\n`);
  assert.equal(quiet.config?.source.settings.numRetries, 5);
  assert.equal(quiet.config.source.settings.timeoutMs, 30_000);
  assert.deepEqual(quiet.warnings, []);
  const loud = await load(
    `${base}router_settings: {num_retries: 1, timeout: 30}\nlitellm_settings: {num_retries: 5, request_timeout: 30}\n`,
  );
  assert.equal(loud.config?.source.settings.numRetries, 1);
  assert.deepEqual(told(loud.warnings), ["6:33 litellm_settings.num_retries: is set to another value under router_settings, which wins"]);
});

test("a wrong type or range is a problem that says what is allowed", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["router_settings: {num_retries: two}", 'router_settings.num_retries: must be a whole number ≥ 0, not "two"'],
    ["router_settings: {num_retries: 1.5}", "router_settings.num_retries: must be a whole number ≥ 0, not 1.5"],
    ["router_settings: {num_retries: -1}", "router_settings.num_retries: must be a whole number ≥ 0, not -1"],
    ["router_settings: {timeout: 0}", "router_settings.timeout: must be a number of seconds > 0, not 0"],
    ["router_settings: {timeout: .inf}", "router_settings.timeout: must be a number of seconds > 0, not .inf"],
    ["router_settings: {timeout: [1]}", "router_settings.timeout: must be a number of seconds > 0, not a list"],
    ["router_settings: {enforce_rate_limits: maybe}", 'router_settings.enforce_rate_limits: must be true or false, not "maybe"'],
    ["litellm_settings: {drop_params: maybe}", 'litellm_settings.drop_params: must be true, false or a list of names, not "maybe"'],
    ["general_settings: {max_request_size_mb: 0}", "general_settings.max_request_size_mb: must be a number > 0, not 0"],
    ["general_settings: {master_key: [a]}", "general_settings.master_key: must be a text, not a list"],
    [
      "general_settings: {cors_allow_origins: example.com}",
      "general_settings.cors_allow_origins: must be * or an origin such as https://app.example.com, without a path",
    ],
    ["router_settings: nonsense", 'router_settings: must be a map, not "nonsense"'],
  ];
  for (const [section, problem] of cases) {
    const { problems, config } = await load(`${base}${section}\n`);
    assert.deepEqual(
      problems.map(({ key, message }) => `${key}: ${message}`),
      [problem],
    );
    assert.equal(config, undefined);
  }
});

test("a master key that comes out empty refuses, also where invalid deployments are skipped", async () => {
  const cases: readonly (readonly [string, Record<string, string>, RegExp])[] = [
    ["general_settings: {master_key: os.environ/KEY}", {}, /variable KEY is not set/],
    ["general_settings: {master_key: os.environ/KEY}", { KEY: "" }, /is empty/],
    ['general_settings: {master_key: ""}', {}, /is empty/],
    ["general_settings: {master_key: <your-key>}", {}, /unfilled placeholder/],
    ["litellm_settings: {master_key: '${KEY}'}", {}, /variable KEY is not set/],
    ["", { LITELLM_MASTER_KEY: " " }, /LITELLM_MASTER_KEY is set but empty/],
  ];
  for (const [section, env, message] of cases) {
    const { problems, config } = await load(`${base}${section}\n`, { env, skipInvalid: true });
    assert.equal(config, undefined, section);
    assert.match(problems[0]?.message ?? "", message);
    assert.equal(problems[0]?.key, "general_settings.master_key");
  }
});

test("the master key may come from the environment, and the configuration's own wins", async () => {
  assert.equal((await loadValid(base, { env: { LITELLM_MASTER_KEY: "sk-l" } })).masterKey, "sk-l");
  assert.equal((await loadValid(base, { env: { LITELLM_MASTER_KEY: "sk-l", HUNTGROUP_MASTER_KEY: "sk-h" } })).masterKey, "sk-h");
  const own = await loadValid(`${base}general_settings: {master_key: sk-own}\n`, { env: { HUNTGROUP_MASTER_KEY: "sk-h" } });
  assert.equal(own.masterKey, "sk-own");
});

test("a master key without a value is said to leave the server open", async () => {
  const { config, warnings } = await load(`${base}general_settings:\n  master_key:\n`);
  assert.equal(config?.masterKey, undefined);
  assert.deepEqual(told(warnings), ["6:3 general_settings.master_key: is empty, so the server is open to everybody who reaches it"]);
});
