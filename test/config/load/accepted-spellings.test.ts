import assert from "node:assert/strict";
import { test } from "node:test";
import { describeConfig } from "../../../src/config/load/describe-config.ts";
import type { LoadedConfig } from "../../../src/config/load/load-config.ts";
import { providerRegistry } from "../../../src/providers/index.ts";
import { load, oneDeployment, told } from "../support/load.ts";

interface Spelling {
  readonly title: string;
  readonly text: string;
  /** What comes of it. */
  readonly read: (config: LoadedConfig) => unknown;
  readonly wanted: unknown;
  readonly warnings?: readonly RegExp[];
}

const base = oneDeployment();
const two = `${base}  - {model_name: other, litellm_params: {model: openai/b}}\n`;
const otlp = "http://localhost:4318/v1/traces";

/** What LiteLLM takes, as people write it. Each was refused once. */
const spellings: readonly Spelling[] = [
  ...["true", "True", "'true'", "{}"].map((value) => ({
    title: `general_settings.otel: ${value}`,
    text: `${base}general_settings: {otel: ${value}}\n`,
    read: (config: LoadedConfig) => config.telemetry.otel?.traces?.url,
    wanted: value === "{}" ? undefined : otlp,
  })),
  { title: "otel: false", text: `${base}general_settings: {otel: false}\n`, read: ({ telemetry }) => telemetry.otel, wanted: undefined },
  ...(["callbacks", "success_callback"] as const).map((key) => ({
    title: `otel among ${key}`,
    text: `${base}litellm_settings: {${key}: [otel, prometheus]}\n`,
    read: (config: LoadedConfig) => config.telemetry.otel?.traces?.url,
    wanted: otlp,
  })),
  ...(
    [
      ["warning", "warn"],
      ["WARNING", "warn"],
      ["INFO", "info"],
      ["CRITICAL", "error"],
      ["Error", "error"],
    ] as const
  ).map(([written, level]) => ({
    title: `log_level: ${written}`,
    text: `${base}general_settings: {log_level: ${written}}\n`,
    read: (config: LoadedConfig) => config.telemetry.logLevel,
    wanted: level,
  })),
  ...["rpm", "tpm", "itpm", "otpm", "rpd", "tpd"].map((limit) => ({
    title: `${limit}: 0, which lets no call pass`,
    text: oneDeployment(`${limit}: 0`),
    read: (config: LoadedConfig) => config.source.deployments[0]?.blocked,
    wanted: true,
  })),
  {
    title: "retry_policy.DefaultRetries",
    text: `${base}router_settings: {retry_policy: {DefaultRetries: 4, TimeoutErrorRetries: 1}}\n`,
    read: ({ source }) => source.settings.retryPolicy,
    wanted: { Default: 4, TimeoutError: 1 },
  },
  {
    title: "classes of failure that are none",
    text: `${base}router_settings: {retry_policy: {APIErrorRetries: 2}, allowed_fails_policy: {RateLimitErrorRetries: 1}}\n`,
    read: ({ source }) => [source.settings.retryPolicy, source.settings.cooldown.allowedFailsPolicy],
    wanted: [{}, {}],
    warnings: [/APIErrorRetries: is no class of failure, and is ignored/, /RateLimitErrorRetries: is no class of failure, and is ignored/],
  },
  ...["provider-budget-routing", "lar1"].map((name) => ({
    title: `routing_strategy: ${name}`,
    text: `${base}router_settings: {routing_strategy: ${name}}\n`,
    read: (config: LoadedConfig) => config.source.strategy.name,
    wanted: "simple-shuffle",
    warnings: [/is LiteLLM's own and is not there yet; simple-shuffle chooses instead/],
  })),
  {
    title: "a fallback as a string",
    text: `${two}router_settings: {fallbacks: [{group: other}], context_window_fallbacks: [{group: other}]}\n`,
    read: ({ source }) => source.settings.fallbacks.generic.get("group")?.map(({ model }) => model),
    wanted: ["other"],
  },
  {
    title: "fallbacks as a string",
    text: `${two}router_settings: {fallbacks: other}\n`,
    read: ({ source }) => source.settings.fallbacks.generic.get("*")?.map(({ model }) => model),
    wanted: ["other"],
    warnings: [/taken as default_fallbacks/],
  },
  {
    title: "fallbacks of a deployment, which are its group's",
    text: `${oneDeployment("fallbacks: [other]")}  - {model_name: other, litellm_params: {model: openai/b}}\n`,
    read: ({ source }) => source.settings.fallbacks.generic.get("group")?.map(({ model }) => model),
    wanted: ["other"],
  },
];

for (const { title, text, read, wanted, warnings = [] } of spellings) {
  test(`takes ${title}`, async () => {
    const { config, problems, warnings: given } = await load(text);
    assert.deepEqual(told(problems), []);
    assert.ok(config);
    assert.deepEqual(read(config), wanted);
    assert.equal(given.length, warnings.length, told(given).join("\n"));
    for (const [index, expected] of warnings.entries()) assert.match(told(given)[index] ?? "", expected);
  });
}

test("the group's own fallbacks win over those of its deployments", async () => {
  const text = `${oneDeployment("fallbacks: [b]")}  - {model_name: a, litellm_params: {model: openai/a}}
  - {model_name: b, litellm_params: {model: openai/b}}
litellm_settings: {fallbacks: [{group: [a]}]}
`;
  const { config, warnings } = await load(text);
  assert.deepEqual(
    config?.source.settings.fallbacks.generic.get("group")?.map(({ model }) => model),
    ["a"],
  );
  assert.match(told(warnings).join("\n"), /litellm_params\.fallbacks: is ignored, since fallbacks has an entry for group/);
});

/** Asked for or not, what is done comes to the same. */
const harmless: readonly string[] = [
  "set_verbose: false",
  "cache: false",
  "json_logs: true",
  "telemetry: false",
  "turn_off_message_logging: true",
  "success_callback: []",
  "failure_callback: []",
  'success_callback: ["prometheus"]',
  'failure_callback: ["prometheus"]',
  "callbacks: []",
  "cache_params: {}",
  "disable_end_user_cost_tracking: true",
  "ssl_verify: true",
  "max_budget: null",
  "global_disable_no_log_param: true",
];
const harmlessGeneral: readonly string[] = [
  "store_model_in_db: true",
  "store_prompts_in_spend_logs: true",
  "proxy_batch_write_at: 60",
  "database_connection_pool_limit: 10",
  "alerting: []",
  "disable_spend_logs: true",
  "telemetry: false",
  "allowed_ips: null",
  "maximum_spend_logs_retention_interval: 1d",
  "maximum_spend_logs_retention_period: 7d",
  "allow_user_auth: true",
  "database_url:",
  "disable_end_user_cost_tracking: true",
];

test("nothing is said of a setting by which nothing is lost", async () => {
  for (const [section, lines] of [["litellm_settings", harmless] as const, ["general_settings", harmlessGeneral] as const]) {
    for (const line of lines) {
      const { warnings, problems } = await load(`${base}${section}: {${line}}\n`);
      assert.deepEqual([...told(problems), ...told(warnings)], [], line);
    }
  }
  assert.deepEqual(told((await load(oneDeployment("stream: true"))).warnings), []);
});

const losing: readonly (readonly [section: string, line: string, lost: RegExp])[] = [
  ["litellm_settings", "set_verbose: true", /Logging/],
  ["litellm_settings", "cache: true", /response cache/],
  ["litellm_settings", "ssl_verify: false", /ssl_verify/],
  ["litellm_settings", 'success_callback: ["langfuse"]', /langfuse is not acted on yet/],
  ["litellm_settings", 'failure_callback: ["prometheus", "sentry"]', /Callbacks/],
  ["litellm_settings", "max_budget: 0", /Budgets/],
  ["general_settings", "database_url: postgresql://db, store_model_in_db: true", /store_model_in_db: is known but not acted on yet/],
  ["general_settings", "allowed_ips: [10.0.0.1]", /THE DOOR IS OPEN TO ALL OTHERS TOO/],
  ["general_settings", "disable_auth: true", /nothing switches keys off/],
];

test("what is lost is said", async () => {
  for (const [section, line, lost] of losing) {
    const { warnings } = await load(`${base}${section}: {${line}}\n`);
    assert.match(told(warnings).join("\n"), lost, line);
  }
});

/** Settings that LiteLLM knows, and where. */
const litellms: readonly (readonly [section: string, ...names: readonly string[]])[] = [
  ["litellm_settings", "telemetry", "extra_spend_tag_headers", "disable_end_user_cost_tracking", "timezone", "default_key_generate_params"],
  ["litellm_settings", "strip_anthropic_total_tokens", "use_chat_completions_url_for_anthropic_messages", "global_disable_no_log_param"],
  ["litellm_settings", "include_cost_in_streaming_usage", "return_response_headers", "enable_end_user_cost_tracking_prometheus_only"],
  ["litellm_settings", "disable_end_user_cost_tracking_prometheus_only"],
  ["general_settings", "allow_user_auth", "maximum_spend_logs_retention_interval", "maximum_spend_logs_cleanup_cron", "allowed_ips"],
  ["general_settings", "proxy_base_url", "telemetry"],
  ["", "assistant_settings"],
];

test("no setting that LiteLLM knows is called unknown", async () => {
  for (const [section, ...names] of litellms) {
    for (const name of names) {
      const { warnings } = await load(`${base}${section === "" ? `${name}: {a: 1}` : `${section}: {${name}: x}`}\n`);
      assert.doesNotMatch(told(warnings).join("\n"), /is not known here|did you mean/, name);
    }
  }
});

/** Names that are near to one that means something else. */
const apart: readonly (readonly [section: string, name: string])[] = [
  ["router_settings", "enable_cooldowns"],
  ["general_settings", "enable_admin_ui"],
  ["general_settings", "ollama_base_url"],
  ["", "cache_settings"],
  ["", "server_settings"],
  ["litellm_settings", "default_end_user_params"],
  ["litellm_settings", "default_team"],
  ["litellm_settings", "default_params"],
  ["router_settings", "min_fallbacks"],
];

test("a hint never points to the opposite or to another subject", async () => {
  for (const [section, name] of apart) {
    const { warnings } = await load(`${base}${section === "" ? `${name}: {a: 1}` : `${section}: {${name}: true}`}\n`);
    assert.match(told(warnings).join("\n"), /is not known here, and is ignored$/, name);
  }
});

test("a typing error still gets the right spelling", async () => {
  for (const [written, meant] of [
    ["num_retires", "num_retries"],
    ["cooldown_tme", "cooldown_time"],
    ["allowedfails", "allowed_fails"],
    ["routing-strategy", "routing_strategy"],
    ["fallback", "fallbacks"],
  ] as const) {
    const { warnings } = await load(`${base}router_settings: {${written}: 1}\n`);
    assert.match(told(warnings).join("\n"), new RegExp(`did you mean ${meant}\\?`), written);
  }
});

test("a deployment that gets nothing beside a sibling with an rpm is named", async () => {
  const text = `${oneDeployment("rpm: 10")}  - {model_name: group, litellm_params: {model: openai/b}}\n`;
  const { warnings } = await load(text);
  assert.match(told(warnings).join("\n"), /names no rpm, and a sibling in group group does: as in LiteLLM, it serves only while no such/);
  for (const more of ["router_settings: {routing_strategy: least-busy}\n", "router_settings: {default_litellm_params: {weight: 1}}\n"]) {
    assert.deepEqual(told((await load(text + more)).warnings), []);
  }
});

test("check names what is not offered for chat", async () => {
  const { config } = await load(
    `model_list:
  - {model_name: a, litellm_params: {model: openai/a}, model_info: {mode: image_generation}}
  - {model_name: b, litellm_params: {model: openai/responses/b}}
  - {model_name: c, litellm_params: {model: openai/c}, model_info: {mode: chat}}
`,
    { providers: providerRegistry, env: { OPENAI_API_KEY: "sk-test-0123456789" } },
  );
  assert.ok(config);
  const [a, b, c] = describeConfig(config)
    .split("\n")
    .filter((line) => line.includes("openai"));
  assert.match(a ?? "", /image_generation: not offered for chat/);
  assert.doesNotMatch(b ?? "", /not offered/);
  assert.doesNotMatch(c ?? "", /not offered/);
});

test("check says whom a deployment for all models asks, and each model has its own price and facts", async () => {
  const text = "model_list: [{model_name: '*', litellm_params: {model: '*'}}]\n";
  const { config } = await load(text, {
    providers: providerRegistry,
    env: { OPENAI_API_KEY: "sk-a-key", ANTHROPIC_API_KEY: "sk-ant-key" },
  });
  assert.ok(config);
  assert.match(
    describeConfig(config),
    /models are asked of openai, text-completion-openai, anthropic by their names, any other from openai/,
  );
  const [one] = config.source.deployments;
  const priceOf = (model: string): number | undefined => one?.pricesOf?.(model)?.inputCostPerToken;
  assert.equal(priceOf("anthropic/claude-haiku-4-5"), 1e-6);
  assert.equal(priceOf("claude-haiku-4-5"), 1e-6);
  assert.equal(priceOf("gpt-4o"), 2.5e-6);
  assert.equal(priceOf("no-such-model"), undefined);
});

test("check says what a file does not show: another default address than LiteLLM's, chat as a prompt", async () => {
  const entries = ["deepseek/x", "text-completion-openai/y", "openai/z"].map(
    (model) => `  - {model_name: m, litellm_params: {model: ${model}, api_key: sk-some-key}}\n`,
  );
  const text = `model_list:\n${entries.join("")}`;
  const { config } = await load(text, { providers: providerRegistry });
  assert.ok(config);
  assert.match(
    describeConfig(config),
    /deepseek +x +at https:\/\/api\.deepseek\.com\/v1 \(LiteLLM: .*\/beta\)\n.* y +chat goes to \/completions as a prompt\n.*openai +z\n/,
  );
});
