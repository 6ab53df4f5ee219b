import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { configSchema } from "../../../src/config/settings/config-schema.ts";
import { withSettingReference } from "../../../src/config/settings/setting-documentation.ts";
import { strategies } from "../../../src/strategies/index.ts";
import { load } from "../support/load.ts";
import { seedPageConfigs } from "../support/seed-page.ts";

const schema = configSchema(strategies);
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true, formats: {} }).compile(schema);

function faults(text: string): readonly string[] {
  return validate(parse(text, { merge: true, uniqueKeys: false })) ? [] : (validate.errors ?? []).map((error) => error.instancePath);
}

test("the published schema and the reference of keys are current", async () => {
  const published = await readFile(new URL("../../../docs/config.schema.json", import.meta.url), "utf8");
  assert.ok(published === `${JSON.stringify(schema, null, 2)}\n`, "docs/config.schema.json is stale: run node scripts/config-schema.ts");
  const document = await readFile(new URL("../../../docs/configuration.md", import.meta.url), "utf8");
  assert.ok(withSettingReference(document) === document, "docs/configuration.md is stale: run node scripts/config-schema.ts");
});

test("the seed page's configurations are valid", () => {
  for (const text of seedPageConfigs) assert.deepEqual(faults(text), []);
});

test("the schema and the loader agree on what is wrong", async () => {
  const deployment = "model_list: [{model_name: g, litellm_params: {model: openai/a}}]\n";
  const cases: readonly (readonly [string, boolean])[] = [
    ["", true],
    ["router_settings: {num_retries: '3', timeout: 80_000, enforce_rate_limits: yes, routing_strategy_args: }", true],
    ["router_settings: {num_retries: -1}", false],
    ["model_list: [{model_name: g, litellm_params: {model: openai/a, weight: 2e9}}]", false],
    ["router_settings: {num_retries: [1]}", false],
    ["router_settings: {timeout: 0}", false],
    ["router_settings: {routing_strategy: simple}", false],
    ["router_settings: {routing_strategy: latency-based-routing, routing_strategy_args: {ttl: x}}", false],
    ["router_settings: {model_group_alias: {a: g, b: [g], c: {model: g, hidden: true}}}", true],
    ["router_settings: {model_group_alias: {a: {hidden: true}}}", false],
    [
      "router_settings: {fallbacks: [{g: [g, {model: g, temperature: 0}]}], context_window_fallbacks: {g: g}, default_fallbacks: [g]}",
      true,
    ],
    ["router_settings: {fallbacks: [{g: [{temperature: 0}]}]}", false],
    ["router_settings: {fallbacks: 5}", false],
    ["router_settings: {fallbacks: g, context_window_fallbacks: [{g: g}]}", true],
    ["general_settings: {otel: true, log_level: WARNING}", true],
    ["general_settings: {otel: 7}", false],
    ["router_settings: {retry_policy: {TimeoutErrorRetries: 1}, model_group_retry_policy: {g: {RateLimitErrorRetries: '2'}}}", true],
    ["router_settings: {retry_policy: {TimeoutErrorRetry: 1, DefaultRetries: 2}}", true],
    ["router_settings: {retry_policy: {TimeoutErrorRetries: -1}}", false],
    ["router_settings: {allowed_fails_policy: {TimeoutErrorRetries: 1}}", true],
    ["router_settings: {order_fallback_status_codes: [429, 5xx, '4XX'], queue_timeout: 0, queue_size: 5}", true],
    ["router_settings: {order_fallback_status_codes: []}", true],
    ["router_settings: {order_fallback_status_codes: [600]}", false],
    ["router_settings: {order_fallback_status_codes: [5x]}", false],
    ["router_settings: {stream_idle_timeout: 0}", false],
    ["litellm_settings: {cooldown_time: 0, allowed_fails: 0}", true],
    ["litellm_settings: {cooldown_time: -1}", false],
    ["general_settings: {max_request_size_mb: 0}", false],
    ["general_settings:", true],
    ['litellm_settings: {drop_params: [a], request_timeout: "${T:-600}"}', true],
    ["litellm_settings: nonsense", false],
    [`keys: [{name: a, sha256: ${"A".repeat(64)}, models: g, rpm: 1, max_budget: 0.5, budget_duration: 1mo, tags: "a, b"}]`, true],
    [`keys: [{sha256: ${"a".repeat(64)}}]`, false],
    ["keys: [{name: a, sha256: abc}]", false],
    [`keys: [{name: a, sha256: ${"a".repeat(64)}, rpm: 0}]`, false],
    [`keys: [{name: a, sha256: ${"a".repeat(64)}, key: sk-1}]`, false],
    [`keys: [{name: a, sha256: ${"a".repeat(64)}, max_budget: 1, budget_duration: 1y}]`, false],
    ["general_settings: {jwt: {issuer: i, audience: a, jwks_url: 'https://i', keys: {a: b}, algorithms: [ES256]}}", true],
    ["general_settings: {jwt: {issuer: i, jwks_url: 'https://i', keys: {a: b}}}", false],
    ["general_settings: {jwt: {issuer: i, audience: a, jwks_url: 'https://i', keys: {a: b}, algorithms: [none]}}", false],
    ["general_settings: {max_failed_attempts: -1}", false],
  ];
  for (const [section, valid] of cases) {
    assert.equal(faults(deployment + section).length === 0, valid, section);
    assert.equal((await load(deployment + section)).config !== undefined, valid, section);
  }
});

test("a key that is not known is a fault where the loader warns of it, and none among request parameters", () => {
  for (const text of [
    "nonsense: 1",
    "router_settings: {nonsense: 1}",
    "model_list: [{model_name: g, nonsense: 1, litellm_params: {model: a}}]",
  ]) {
    assert.notEqual(faults(text).length, 0, text);
  }
  assert.deepEqual(
    faults("x-anchors: 1\nmodel_list: [{model_name: g, litellm_params: {model: a, nonsense: 1}, model_info: {anything: 1}}]"),
    [],
  );
});
