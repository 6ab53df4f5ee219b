import assert from "node:assert/strict";
import { test } from "node:test";
import { load, oneDeployment, told } from "../support/load.ts";

const base = oneDeployment();

test("a master key under litellm_settings is honoured, so that the server is not left open", async () => {
  const { config, warnings } = await load(`${base}litellm_settings: {master_key: sk-1234567890}\n`);
  assert.equal(config?.masterKey, "sk-1234567890");
  assert.deepEqual(told(warnings), [
    "5:20 litellm_settings.master_key: belongs under general_settings; it is honoured here too, but better moved there",
  ]);
});

test("harmless settings are honoured in a wrong section, with the right place named", async () => {
  const { config, warnings } = await load(`${base}general_settings: {num_retries: 7, request_timeout: 5, rpm: 9}\ntimeout: 4\n`);
  assert.equal(config?.source.settings.numRetries, 7);
  assert.equal(config.source.settings.timeoutMs, 4_000);
  assert.equal(config.source.deployments[0]?.rpm, undefined);
  assert.deepEqual(warnings.map(({ key, message }) => `${key}: ${message}`).slice(0, 4), [
    "general_settings.num_retries: belongs under router_settings; it is honoured here too, but better moved there",
    "general_settings.request_timeout: belongs under litellm_settings; it is honoured here too, but better moved there",
    "litellm_settings.request_timeout: is set to another value under router_settings, which wins",
    "general_settings.rpm: belongs under litellm_params of a deployment, and is ignored here",
  ]);
});

test("the right place wins over a wrong one", async () => {
  const { config, warnings } = await load(`${base}general_settings: {master_key: right-key}\nlitellm_settings: {master_key: wrong-key}\n`);
  assert.equal(config?.masterKey, "right-key");
  assert.match(told(warnings)[0] ?? "", /where it is set too, and is ignored here/);
});

test("a key that is not acted on yet, one in a wrong place and one that is unknown each get a warning", async () => {
  const { warnings, config } = await load(
    `${base}router_settings: {client_ttl: 0, routing_stategy: p2c, zzz: 1}\ncache: true\nport: 4000\nenvironment: x\nx-parked: {a: 1}\ngeneral_settings: {json_logs: true, set_verbose: true}\n`,
  );
  assert.notEqual(config, undefined);
  assert.deepEqual(told(warnings), [
    "5:19 router_settings.client_ttl: is known but not acted on yet: LiteLLM's cached clients. Connections are pooled here.",
    "5:34 router_settings.routing_stategy: is not known here, and is ignored (did you mean routing_strategy?)",
    "5:56 router_settings.zzz: is not known here, and is ignored",
    "6:1 cache: belongs under litellm_settings, and is not acted on yet: The response cache.",
    "7:1 port: is not read here: give it as the option --port",
    "8:1 environment: is not known here, and is ignored (did you mean environment_variables?)",
    "10:37 general_settings.set_verbose: belongs under router_settings, and is not acted on yet: Logging.",
  ]);
});

test("a key that many entries share is warned of once", async () => {
  const entry = "  - {model_name: g, litellm_params: {model: openai/N, max_retries: 3}}\n";
  const { warnings } = await load(`model_list:\n${[1, 2, 3].map((n) => entry.replace("N", String(n))).join("")}`);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]?.message ?? "", /Write num_retries\. \(and at 2 more places\)$/);
});

test("a key that every object has is not a setting", async () => {
  const { warnings, config } = await load(`${base}constructor: 1\nrouter_settings: {toString: 1}\n`);
  assert.notEqual(config, undefined);
  assert.equal(warnings.length, 2);
});
