import assert from "node:assert/strict";
import { test } from "node:test";
import { providerRegistry } from "../../../src/providers/index.ts";
import { load, told } from "../support/load.ts";

/** A configuration as people write it for LiteLLM, shortened to what is particular about it. */
interface PeoplesConfig {
  readonly title: string;
  readonly text: string;
  /** How many deployments serve. Omit it for one. */
  readonly serving?: number;
  /** Why the others are left out: of providers that are not spoken to, or where LiteLLM drops them too. */
  readonly leftOut?: readonly RegExp[];
}

const one = "model_list: [{model_name: gpt, litellm_params: {model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY}}]\n";

/** One deployment with these parameters beside a good one. */
function beside(params: string, info = ""): string {
  const more = info === "" ? "" : `, model_info: {${info}}`;
  return `model_list:\n  - {model_name: good, litellm_params: {model: openai/gpt-4o}}\n  - {model_name: other, litellm_params: {${params}}${more}}\n`;
}

const notServed = [/which is not supported yet/];

/** Bad deployments among good ones, which LiteLLM serves. */
const mixed: readonly PeoplesConfig[] = [
  // LiteLLM knows none of the two either, also with an address; the key of one company never goes to another.
  {
    title: "mistralai/ at an own address",
    text: beside("model: mistralai/mixtral, api_base: http://gpu:8000/v1"),
    leftOut: [/`mistralai` is not known$/],
  },
  {
    title: "google/ at an own address",
    text: beside("model: google/gemma-3, api_base: http://gpu:8000/v1"),
    leftOut: [/`google` is not known$/],
  },
  // LiteLLM would look into its database.
  {
    title: "a credential that is not in the file",
    text: beside("model: openai/x, litellm_credential_name: c"),
    leftOut: [/there is no such entry in credential_list/],
  },
  {
    title: "a variable within a model's name",
    text: beside("model: azure/os.environ/DEPLOYMENT, api_base: https://r.openai.azure.com, api_key: k"),
    leftOut: [/variable DEPLOYMENT is not set/],
  },
  {
    title: "bedrock beside openai",
    text: beside("model: bedrock/anthropic.claude-3-5-sonnet, aws_region_name: us-east-1"),
    serving: 2,
  },
  { title: "a bare bedrock name", text: beside('model: "us.anthropic.claude-3-5-sonnet-20241022-v2:0"'), serving: 2 },
  {
    title: "vertex_ai beside openai",
    text: beside("model: vertex_ai/gemini-2.5-pro, vertex_project: p, vertex_location: us-central1, vertex_credentials: /c.json"),
    serving: 2,
  },
  { title: "vertex_ai's Claude", text: beside("model: vertex_ai/claude-sonnet-4@20250514, vertex_project: p"), serving: 2 },
  {
    title: "sagemaker",
    text: beside("model: sagemaker/jumpstart-llama, aws_access_key_id: a, aws_secret_access_key: b"),
    leftOut: notServed,
  },
  { title: "watsonx", text: beside("model: watsonx/ibm/granite-3-8b, project_id: p, watsonx_region_name: eu"), leftOut: notServed },
  { title: "predibase", text: beside("model: predibase/llama-3, api_key: k, tenant_id: t"), leftOut: notServed },
  {
    title: "an auto router",
    text: beside("model: auto_router/a, auto_router_config_path: r.json, auto_router_default_model: good"),
    leftOut: notServed,
  },
  {
    title: "a prefix that no one knows",
    text: beside("model: zhipu/glm-4, api_key: k"),
    leftOut: [/names no provider: `zhipu` is not known$/],
  },
  { title: "siliconflow by its name alone", text: beside("model: siliconflow/x, api_key: k"), leftOut: [/names no provider/] },
  {
    title: "an own Python provider",
    text: `${beside("model: my-llm/x")}litellm_settings: {custom_provider_map: [{provider: my-llm, custom_handler: h.my}]}\n`,
    leftOut: [/names no provider/],
  },
  { title: "a model that no table knows", text: beside("model: text-davinci-003, api_key: k"), leftOut: [/names no provider/] },
  {
    title: "a provider's key that is set nowhere",
    text: beside("model: groq/llama-3.3-70b"),
    leftOut: [/api_key is missing|api_key.*GROQ_API_KEY/],
  },
  { title: "a key by a variable that is set nowhere", text: beside("model: openai/x, api_key: os.environ/NOT_SET"), leftOut: [/NOT_SET/] },
  { title: "a model by a variable that is set nowhere", text: beside("model: os.environ/NOT_SET"), leftOut: [/NOT_SET/] },
  {
    title: "azure without a name, for images",
    text: beside("model: azure/, api_base: https://r.openai.azure.com, api_key: k", "mode: image_generation"),
    leftOut: [/names no model/],
  },
  {
    title: "a price that is no number",
    text: beside("model: openai/x, input_cost_per_token: 0.0.00006"),
    leftOut: [/input_cost_per_token/],
  },
];

/** Providers and addresses. */
const providers: readonly PeoplesConfig[] = [
  {
    title: "zai, minimax and huggingface",
    text: `${beside("model: zai/glm-4.6, api_key: k")}  - {model_name: m, litellm_params: {model: minimax/M2, api_key: k}}\n  - {model_name: h, litellm_params: {model: huggingface/together/org/x, api_key: k}}\n`,
    serving: 4,
  },
  {
    title: "gradient_ai, scaleway, poe and veniceai",
    text: `${beside("model: gradient_ai/x, api_key: k")}${["scaleway", "poe", "veniceai"].map((name) => `  - {model_name: ${name}, litellm_params: {model: ${name}/x, api_key: k}}\n`).join("")}`,
    serving: 5,
  },
  {
    title: "a host name whose last label is a number",
    text: beside("model: openai/qwen3.6, api_base: 'http://qwen3.6:8000/v1', api_key: dummy"),
    serving: 2,
  },
  { title: "ollama in a container", text: beside("model: ollama/qwen3:30b, api_base: http://host.docker.internal:11434"), serving: 2 },
  {
    title: "ollama_chat by its wildcard",
    text: "model_list: [{model_name: 'ollama/*', litellm_params: {model: 'ollama_chat/*', api_base: http://ollama:11434}}]\n",
  },
  {
    title: "anthropic and gemini by their own variables",
    text: "model_list: [{model_name: c, litellm_params: {model: claude-sonnet-4-5}}, {model_name: g, litellm_params: {model: gemini/gemini-2.5-pro}}]\n",
    serving: 2,
  },
  {
    title: "all models of a provider, and of any",
    text: "model_list: [{model_name: 'anthropic/*', litellm_params: {model: 'anthropic/*'}}, {model_name: '*', litellm_params: {model: '*'}}]\n",
    serving: 2,
  },
  {
    title: "azure with a version and a base model",
    text: "model_list: [{model_name: a, litellm_params: {model: azure/my-gpt, api_base: https://r.openai.azure.com/, api_key: k, api_version: '2024-08-01-preview'}, model_info: {base_model: azure/gpt-4o}}]\n",
  },
  {
    title: "azure's o series and responses",
    text: "model_list: [{model_name: a, litellm_params: {model: azure/o_series/o3, api_base: https://r.openai.azure.com, api_key: k}}, {model_name: b, litellm_params: {model: azure/responses/gpt-5, api_base: https://r.openai.azure.com, api_key: k}}]\n",
    serving: 2,
  },
  {
    title: "azure_ai at Foundry's two kinds of address",
    text: "model_list: [{model_name: a, litellm_params: {model: azure_ai/DeepSeek-R1, api_base: https://r.services.ai.azure.com/models, api_key: k}}, {model_name: b, litellm_params: {model: azure_ai/x, api_base: https://x.eastus.models.ai.azure.com, api_key: k}}]\n",
    serving: 2,
  },
  { title: "a text completion model", text: beside("model: text-completion-openai/gpt-3.5-turbo-instruct, api_key: k"), serving: 2 },
  {
    title: "databricks and snowflake",
    text: `${beside("model: databricks/dbrx, api_base: https://d.cloud.databricks.com/serving-endpoints, api_key: k")}  - {model_name: s, litellm_params: {model: snowflake/mistral-large2, api_base: https://a.snowflakecomputing.com/api/v2, api_key: pat/k}}\n`,
    serving: 3,
  },
  {
    title: "github and cloudflare",
    text: beside("model: cloudflare/@cf/meta/llama-3-8b, api_base: https://api.cloudflare.com/client/v4/accounts/a/ai/run/, api_key: k"),
    serving: 2,
  },
  {
    title: "groq by its address",
    text: beside("model: llama-3.3-70b-versatile, api_base: https://api.groq.com/openai/v1, api_key: k"),
    serving: 2,
  },
  { title: "a key that is not needed", text: beside("model: openai/x, api_base: http://gpu:8000/v1, api_key: ''"), serving: 2 },
  {
    title: "custom_llm_provider",
    text: beside("model: x, custom_llm_provider: openai, api_base: http://gpu:8000/v1, api_key: k"),
    serving: 2,
  },
];

const written: readonly PeoplesConfig[] = [
  {
    title: "variables as a shell writes them",
    text: beside('model: "${MODEL:-openai/gpt-4o-mini}", api_key: "${OPENAI_API_KEY}"'),
    serving: 2,
  },
  {
    title: "merged anchors",
    text: `x-base: &base {api_key: k, timeout: 5}\nx-more: &more {<<: *base, rpm: 3}\n${beside("<<: [*more], model: openai/x")}`,
    serving: 2,
  },
  {
    title: "names with more than one slash",
    text: `${beside("model: openai//models/x.gguf, api_base: http://gpu/v1")}${["openrouter/openrouter/auto", "openrouter/qwen/qwen3:free", "groq/openai/gpt-oss-120b"].map((model) => `  - {model_name: "A b/c:d", litellm_params: {model: "${model}", api_key: k}}\n`).join("")}`,
    serving: 5,
  },
  { title: "twins", text: `${beside("model: openai/gpt-4o")}  - {model_name: good, litellm_params: {model: openai/gpt-4o}}\n`, serving: 3 },
  {
    title: "limits and settings beside litellm_params",
    text: one.replace("}}]", "}, rpm: 5, tpm: 6, custom_llm_provider: openai, litellm_settings: {drop_params: true}}]"),
  },
  {
    title: "every deployment a mock_response",
    text: "model_list: [{model_name: a, litellm_params: {model: anything, mock_response: hello}}, {model_name: b, litellm_params: {model: openai/x, mock_response: litellm.RateLimitError}}]\n",
    serving: 2,
  },
  {
    title: "an address for all kinds of models",
    text: "model_list: [{model_name: '*', litellm_params: {model: 'openai/*', api_base: http://gpu:8000/v1, api_key: none}}, {model_name: 'claude-*', litellm_params: {model: openai/fixed, api_base: http://gpu:8000/v1}}]\n",
    serving: 2,
  },
];

/** Models that are not for chat. */
const modes: readonly PeoplesConfig[] = [
  ["image_generation", "openai/dall-e-3"],
  ["audio_transcription", "openai/whisper-1"],
  ["audio_speech", "openai/tts-1"],
  ["rerank", "cohere/rerank-v3.5"],
  ["moderation", "openai/omni-moderation-latest"],
  ["responses", "openai/gpt-5-codex"],
  ["embedding", "openai/text-embedding-3-small"],
  ["completion", "openai/gpt-3.5-turbo-instruct"],
  ["batch", "openai/gpt-4o"],
  ["antigravity", "openai/x"],
].map(([mode, model]) => ({ title: `mode: ${mode}`, text: beside(`model: ${model}, api_key: k`, `mode: ${mode}`), serving: 2 }));

/** Sections of settings, each beside one good deployment. */
const sections: readonly (readonly [title: string, text: string])[] = [
  ["otel as a switch", "general_settings: {otel: True}"],
  ["log_level: warning", "general_settings: {log_level: warning}"],
  [
    "a database, and models kept in it",
    "general_settings: {master_key: sk-1234, database_url: 'postgresql://u:p@db/l', store_model_in_db: true, proxy_batch_write_at: 60}",
  ],
  [
    "database settings without one",
    "general_settings: {store_model_in_db: false, database_url: null, database_connection_pool_limit: 10, allow_requests_on_db_unavailable: true}",
  ],
  [
    "a cache in Redis",
    "litellm_settings: {cache: true, cache_params: {type: redis, host: os.environ/REDIS_HOST, port: 6379, ttl: 600, supported_call_types: [acompletion]}}",
  ],
  [
    "callbacks of many kinds",
    "litellm_settings: {success_callback: [langfuse, s3, datadog], failure_callback: [sentry], service_callback: [prometheus_system], callbacks: custom.handler}",
  ],
  [
    "an own callback and its settings",
    "litellm_settings: {callbacks: [my_module.instance], langfuse_default_tags: [user], s3_callback_params: {s3_bucket_name: b}}",
  ],
  [
    "budgets of the proxy",
    "litellm_settings: {max_budget: 100, budget_duration: 30d}\ngeneral_settings: {proxy_budget_rescheduler_min_time: 10, proxy_budget_rescheduler_max_time: 60}",
  ],
  ["teams", "litellm_settings: {default_team_settings: [{team_id: a, success_callback: [langfuse]}]}"],
  ["own authentication", "general_settings: {custom_auth: auth.user, user_header_name: X-User, litellm_key_header_name: X-Key}"],
  ["mappings of user headers", "general_settings: {user_header_mappings: [{header_name: X-U, litellm_user_role: customer}]}"],
  ["health checks in the background", "general_settings: {background_health_checks: true, health_check_interval: 300}"],
  ["guardrails", "guardrails: [{guardrail_name: g, litellm_params: {guardrail: presidio, mode: pre_call}}]"],
  [
    "MCP servers and search tools",
    "mcp_servers: {a: {url: 'https://mcp.example.com'}}\nsearch_tools: [{search_tool_name: s, litellm_params: {search_provider: tavily}}]",
  ],
  [
    "files and fine-tuning",
    "files_settings: [{custom_llm_provider: openai, api_key: k}]\nfinetune_settings: [{custom_llm_provider: openai, api_key: k}]",
  ],
  ["alerting", "general_settings: {alerting: [slack], alerting_threshold: 300}"],
  ["rewriting of requests", "litellm_settings: {modify_params: true, merge_reasoning_content_in_choices: true}"],
  [
    "Redis for the router",
    "router_settings: {redis_host: os.environ/REDIS_HOST, redis_port: os.environ/REDIS_PORT, redis_password: x, use_redis_transaction_buffer: true}",
  ],
  ["an unknown class in a policy", "router_settings: {retry_policy: {ServiceUnavailableErrorRetries: 2, TimeoutErrorRetries: 1}}"],
  [
    "a strategy of budgets",
    "router_settings: {routing_strategy: provider-budget-routing, provider_budget_config: {openai: {budget_limit: 1, time_period: 1d}}}",
  ],
  [
    "settings in the wrong section",
    "general_settings: {drop_params: true, json_logs: true, request_timeout: 600, set_verbose: false, max_budget: 1, rpm: 5, tpm: 6, num_retries: 2, ttl: 3}",
  ],
  [
    "more settings in the wrong section",
    "litellm_settings: {master_key: sk-1, max_parallel_requests: 5, ui_access_mode: all, store_prompts_in_spend_logs: true, redis_url: 'redis://r', cache_responses: true, host: 0.0.0.0, port: 4000}",
  ],
  [
    "settings at the top that are none",
    "cache: {type: redis}\nhost: 0.0.0.0\nport: 4000\nlogging: {level: info}\nrate_limits: {rpm: 1}\nenvironment: {A: b}\nvirtual_keys: []",
  ],
  [
    "settings that no one knows",
    "general_settings: {disable_auth: true, cors_origins: ['*'], max_requests_per_minute: 5, default_model: gpt, health_check: true}",
  ],
  [
    "settings of old versions and rare ones",
    "litellm_settings: {telemetry: false, timezone: UTC, extra_spend_tag_headers: [x], return_response_headers: true, include_cost_in_streaming_usage: true}\nassistant_settings: {custom_llm_provider: azure}",
  ],
  [
    "fallbacks under both sections",
    "router_settings: {fallbacks: [{gpt: [gpt]}], num_retries: 2, retry_after: 0, allowed_fails: 3, cooldown_time: 0}\nlitellm_settings: {fallbacks: [{gpt: [other]}], context_window_fallbacks: [{gpt: [other]}]}",
  ],
  [
    "pre-call checks and aliases",
    "router_settings: {enable_pre_call_checks: true, optional_pre_call_checks: [prompt_caching], model_group_alias: {gpt-4: gpt, old: {model: gpt, hidden: true}}}",
  ],
  ["defaults of all deployments", "router_settings: {default_litellm_params: {api_key: k, max_tokens: 100}}"],
  [
    "one model for all, and callers' keys",
    "general_settings: {completion_model: gpt, allow_client_side_credentials: true, forward_client_headers_to_llm_api: true}",
  ],
  [
    "sections of nothing",
    "general_settings:\nlitellm_settings: {}\nrouter_settings:\n  # routing_strategy: simple-shuffle\nenvironment_variables:",
  ],
  [
    "spend logs",
    "general_settings: {store_prompts_in_spend_logs: true, disable_spend_logs: false, disable_error_logs: true, maximum_spend_logs_retention_period: 30d, maximum_spend_logs_cleanup_cron: '0 4 * * *'}",
  ],
  ["variables in the file", "environment_variables: {REDIS_HOST: redis, LANGFUSE_SECRET_KEY: sk-lf, EMPTY: ''}"],
  ["sections given twice", "litellm_settings: {drop_params: true}\nlitellm_settings: {drop_params: false}"],
];

/** Parameters of one deployment beside `model`. */
const parameters: readonly (readonly [title: string, params: string, info?: string])[] = [
  [
    "defaults of requests",
    "temperature: 0.2, max_tokens: 4096, stream: true, stop: ['x'], extra_body: {a: {b: 1}}, thinking: {type: enabled, budget_tokens: 100}, num_ctx: 8192",
  ],
  ["headers with a variable", "extra_headers: {X-Key: os.environ/OPENAI_API_KEY, anthropic-beta: x}"],
  ["limits as text with underscores and of nothing", "rpm: '500', tpm: 80_000, max_parallel_requests: 5"],
  ["limits by another name", "rpm_limit: 5, tpm_limit: 6"],
  ["no traffic", "rpm: 0"],
  ["zeroes and hours", "order: 0, cooldown_time: 0, max_retries: 0, timeout: 6000, stream_timeout: 2700"],
  [
    "LiteLLM's own parameters",
    "use_in_pass_through: true, langfuse_secret: s, cache_control_injection_points: [{location: message}], mock_response: hi, rpd: 5, prompt_id: p",
  ],
  ["prices by time and above a size", "input_cost_per_second: 0.1, input_cost_per_token_above_200k_tokens: 0.00001"],
  ["a switch for certificates", "ssl_verify: false"],
  ["dropped parameters as a list", "drop_params: [logit_bias], additional_drop_params: [user]"],
  ["nothing where texts belong", "api_base: null, organization:"],
  ["fallbacks of its own", "fallbacks: [{model: openai/gpt-4o-mini, api_key: k}]"],
  [
    "much about the model",
    "tags: [free]",
    "id: my-id, description: d, max_tokens: 4096, max_input_tokens: 128000, supports_vision: true, input_cost_per_token: 0.0000025, access_groups: [beta], rpm: 5",
  ],
];

const all: readonly PeoplesConfig[] = [
  ...mixed,
  ...providers,
  ...written,
  ...modes,
  ...sections.map(([title, text]) => ({ title, text: `${one}${text}\n` })),
  ...parameters.map(([title, params, info]) => ({ title, text: beside(`model: openai/x, ${params}`, info), serving: 2 })),
  { title: "no model_list at all", text: "litellm_settings: {drop_params: true}\n", serving: 0 },
  { title: "a model_list of nothing", text: "model_list:\ngeneral_settings: {master_key: sk-1}\n", serving: 0 },
];

test("the table has a row for each kind of file that people were seen to write", () => {
  assert.ok(all.length >= 60, String(all.length));
});

const env = {
  OPENAI_API_KEY: "sk-of-openai-1",
  ANTHROPIC_API_KEY: "sk-of-anthropic-1",
  GEMINI_API_KEY: "key-of-gemini-1",
  REDIS_HOST: "r",
  REDIS_PORT: "1",
};

for (const { title, text, serving = 1, leftOut = [] } of all) {
  test(`a file with ${title} loads`, async () => {
    const { config, problems } = await load(text, { providers: providerRegistry, env, skipInvalid: true });
    assert.deepEqual(told(problems), []);
    assert.ok(config !== undefined);
    const { deployments, invalid } = config.source;
    const reasons = invalid.map(({ reason }) => reason);
    assert.equal(reasons.length, leftOut.length, reasons.join("\n"));
    for (const [index, reason] of leftOut.entries()) assert.match(reasons[index] ?? "", reason);
    assert.equal(deployments.length, serving);
  });
}
