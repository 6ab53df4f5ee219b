import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sharedFolder, skippedWithout } from "../../support/shared-folder.ts";
import { FakeProviders } from "../support/fake-providers.ts";
import { load, loadValid, oneDeployment, told } from "../support/load.ts";

/** Names that LiteLLM acts on itself, of each topic. A provider that sees them has a secret that is not its own, or refuses the request. */
const own: readonly string[] = [
  "langfuse_secret",
  "langfuse_public_key",
  "langsmith_api_key",
  "posthog_api_key",
  "wandb_api_key",
  "dd_api_key",
  "turn_off_message_logging",
  "s3_secret_access_key",
  "s3_access_key_id",
  "aws_external_id",
  "vertex_ai_credentials",
  "anthropic_identity_token",
  "valkey_password",
  "client_secret",
  "token_exchange_endpoint",
  "github_copilot_user_session",
  "watsonx_credentials",
  "default_headers",
  "provider_specific_header",
  "prompt_id",
  "prompt_variables",
  "litellm_system_prompt",
  "cache_control_injection_points",
  "ttl",
  "enable_prompt_caching",
  "input_cost_per_token_above_200k_tokens",
  "output_cost_per_token_above_200k_tokens",
  "cache_read_input_token_cost_above_1hr",
  "tiered_pricing",
  "rpd",
  "tpd",
  "daily_reset_time",
  "keepalive_seconds",
  "tag_regex",
  "timeout_by_service_tier",
  "search_tool_name",
  "silent_model",
  "supports_vision",
  "supports_function_calling",
  "max_input_tokens",
  "litellm_provider",
  "base_model",
  "access_windows",
  "_litellm_strip_stream_usage",
  "_router_weights",
  "mock_timeout",
  "litellm_metadata",
  "proxy_server_request",
  "secret_fields",
];

/** What LiteLLM begins to use after this was written, where its kind shows it. */
const tomorrow = ["_litellm_new", "langfuse_other_key", "s3_new_secret", "aws_new_thing", "input_cost_per_token_above_1m_tokens"];

const sent = async (...lines: readonly string[]) => {
  const providers = new FakeProviders();
  await loadValid(oneDeployment(...lines), { providers });
  return Object.keys(providers.params.defaults);
};

const written = (names: readonly string[]) => names.map((name) => `${name}: value-of-it`);

test("a parameter that is LiteLLM's own reaches no provider", async () => {
  for (const name of [...own, ...tomorrow]) assert.deepEqual(await sent(`${name}: ${name === "daily_reset_time" ? "12:00" : 1}`), [], name);
});

test("the same holds where it stands among the defaults of all deployments, or in a credential", async () => {
  const providers = new FakeProviders();
  const credential = "credential_list: [{credential_name: c, credential_values: {s3_secret_access_key: k1, api_key: k2}}]";
  const defaults = "router_settings: {default_litellm_params: {langfuse_secret: k3, top_k: 3}}";
  await loadValid(`${oneDeployment("litellm_credential_name: c")}${credential}\n${defaults}\n`, { providers });
  assert.deepEqual(providers.params.defaults, { top_k: 3 });
});

test("a fallback's own parameters hold none of LiteLLM's either", async () => {
  const text = `model_list:
  - {model_name: a, litellm_params: {model: openai/a}}
  - {model_name: b, litellm_params: {model: openai/b}}
router_settings: {fallbacks: [{a: [{model: b, langfuse_secret: k, rpd: 5}]}]}
`;
  const { config, warnings } = await load(text);
  assert.equal(config?.source.settings.fallbacks.generic.get("a")?.[0]?.amend, undefined);
  assert.match(told(warnings).join("\n"), /langfuse_secret: is a setting of a deployment, and is ignored here/);
});

test("a name that neither LiteLLM nor this program has a use for is a parameter of requests", async () => {
  const names = [
    "temperature",
    "top_k",
    "num_ctx",
    "metadata",
    "custom_sampler",
    "guided_json",
    "provider",
    "cache_salt",
    "reasoning_split",
  ];
  assert.deepEqual(await sent(...names.map((name) => `${name}: 1`)), names);
});

test("members of extra_body go out whatever their names, because the operator says so", async () => {
  assert.deepEqual(await sent("extra_body: {guardrails: [a], ttl: 5}"), ["guardrails", "ttl"]);
});

test("what is lost by such a name is said; a mark of the model loses nothing", async () => {
  const { warnings } = await load(
    oneDeployment(
      "langfuse_secret: k",
      "default_api_key_rpm_limit: 5",
      "supports_vision: true",
      "litellm_provider: openai",
      "mock_timeout: 3",
    ),
  );
  assert.deepEqual(told(warnings), [
    "5:7 model_list[0].litellm_params.langfuse_secret: is a setting of LiteLLM's callbacks, which are not acted on yet; it is sent to nobody",
    "6:7 model_list[0].litellm_params.default_api_key_rpm_limit: is a limit that is not kept yet",
    "9:7 model_list[0].litellm_params.mock_timeout: is LiteLLM's own, and is not acted on",
  ]);
});

const reference = "reference/litellm-params.txt";

test("none of the names that LiteLLM keeps to itself reaches a provider", { skip: skippedWithout(reference) }, async () => {
  const lines = readFileSync(join(sharedFolder, reference), "utf8").split("\n");
  const names = lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split("\t")[0] ?? "");
  assert.ok(names.length >= 550);
  // Their values are checked elsewhere, or are those of other rows: here only the names are in question.
  const checked = new Set(["extra_headers", "headers", "extra_body", "mock_response", "organization", "litellm_credential_name"]);
  for (const name of names.filter((one) => !checked.has(one))) {
    const providers = new FakeProviders();
    await load(oneDeployment(...written([name])), { providers, skipInvalid: true });
    for (const { params } of providers.connected) assert.deepEqual(Object.keys(params.defaults), [], name);
  }
});
