import assert from "node:assert/strict";
import { totalmem } from "node:os";
import { test } from "node:test";
import { usualBufferedBytes } from "../../../src/lib/shared/buffered-bytes.ts";
import { load, loadValid, oneDeployment, told } from "../support/load.ts";

const base = oneDeployment();

test("without settings the defaults stand", async () => {
  const config = await loadValid(base);
  assert.equal(config.source.strategy.name, "simple-shuffle");
  assert.equal(config.masterKey, undefined);
  assert.equal(config.maxRequestBytes, 32 * 1_048_576);
  assert.equal(config.maxBufferedBytes, usualBufferedBytes());
  assert.ok(config.maxBufferedBytes > 1_048_576 && config.maxBufferedBytes <= totalmem() / 4);
  assert.deepEqual(config.cors, []);
  assert.equal(config.console, true);
  assert.deepEqual(config.files, ["config.yaml"]);
});

test("the server's settings are read", async () => {
  const config = await loadValid(`${base}
general_settings: {master_key: sk-1234, max_request_size_mb: 0.5, max_buffered_bytes: 1000000, cors_allow_origins: ["https://a.example", "*"], disable_admin_ui: true, max_connection_age: 300, litellm_key_header_name: X-My-Key}
`);
  assert.equal(config.masterKey, "sk-1234");
  assert.equal(config.maxRequestBytes, 524_288);
  assert.equal(config.maxBufferedBytes, 1_000_000);
  assert.deepEqual(config.cors, ["https://a.example", "*"]);
  assert.equal(config.console, false);
  assert.equal(config.keyHeader, "x-my-key");
  assert.equal(config.maxConnectionAgeMs, 300_000);
  assert.equal((await loadValid(base)).maxConnectionAgeMs, undefined);
});

test("a wrong type or range is a problem that says what is allowed", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["litellm_settings: {drop_params: maybe}", 'litellm_settings.drop_params: must be true, false or a list of names, not "maybe"'],
    ["general_settings: {max_request_size_mb: 0}", "general_settings.max_request_size_mb: must be a number > 0, not 0"],
    ["general_settings: {max_connection_age: 0}", "general_settings.max_connection_age: must be a number of seconds > 0, not 0"],
    ["general_settings: {max_buffered_bytes: 1000}", "general_settings.max_buffered_bytes: must be a number > 65536, not 1000"],
    ["general_settings: {master_key: [a]}", "general_settings.master_key: must be a text, not a list"],
    [
      "general_settings: {cors_allow_origins: example.com}",
      "general_settings.cors_allow_origins: must be * or an origin such as https://app.example.com, without a path",
    ],
    [
      'general_settings: {litellm_key_header_name: "my key"}',
      "general_settings.litellm_key_header_name: must be the name of a header, such as x-my-key",
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
