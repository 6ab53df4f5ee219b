import { actedOn, information, later, type SettingsTable } from "./setting-spec.ts";

/** `model_info` of a deployment. Anything else may stand there too: it is for people and tools. */
export const modelInfoTable = {
  id: actedOn(
    "text",
    "The deployment's name in metrics and messages, which callers may use as a model. Unique. Without it: a hash of the entry, stable over restarts.",
  ),
  input_cost_per_token: actedOn("number", "As under `litellm_params`, which wins.", { min: 0 }),
  output_cost_per_token: actedOn("number", "As under `litellm_params`, which wins.", { min: 0 }),
  cache_read_input_token_cost: actedOn("number", "As under `litellm_params`, which wins.", { min: 0 }),
  cache_creation_input_token_cost: actedOn("number", "As under `litellm_params`, which wins.", { min: 0 }),
  supported_environments: actedOn("names", "Load this deployment only where `LITELLM_ENVIRONMENT` is one of these."),
  max_input_tokens: actedOn(
    "integer",
    "The longest prompt that it takes: checked where `enable_pre_call_checks` is on. Without it: what LiteLLM's table says of the model.",
    { min: 1 },
  ),
  blocked: actedOn("boolean", "Paused: it gets no calls.", { default: false }),
  supports_response_schema: actedOn(
    "boolean",
    "Whether it takes a `response_format` with a JSON schema. With `enable_pre_call_checks`, one that says no gets no such calls. Without it: what LiteLLM's table says of the model.",
  ),
  supports_assistant_prefill: actedOn(
    "boolean",
    "It goes on with an assistant message at the end of a request, so it can resume a stream that another deployment left unfinished; see `stream_recovery`. `hosted_vllm` always can. Without it: what LiteLLM's table says of the model, except where OpenAI's format is spoken, which mostly can't.",
  ),
  supported_endpoints: actedOn(
    "names",
    "The paths of OpenAI's API that the deployment answers itself. Where `/v1/responses` is one of them, Responses go to it as they came, and are not translated to chat; see [responses.md](responses.md). Without it: what is known of the host.",
  ),
  cooldown_time: actedOn("seconds", "As under `litellm_params`; this one wins.", { min: 0 }),
  allowed_fails: actedOn("integer", "As under `litellm_params`; this one wins.", { min: 0 }),
  allowed_fails_policy: actedOn("allowed fails policy", "As under `litellm_params`; this one wins."),
  mode: actedOn("text", "What the model is for: `chat`, `completion`, `embedding`, …: health checks ask it for that."),
  description: information("For people."),
  base_model: actedOn(
    "text",
    "The model behind a deployment whose own name does not tell, as on Azure: what LiteLLM's table says of it counts, prices too.",
  ),
  max_tokens: information("The model's limits."),
  max_output_tokens: information(
    "The model's longest answer, which budgets count with. Without it: what LiteLLM's table says of the model.",
  ),
  tier: information("`free` or `paid`."),
  created_at: information("For people."),
  created_by: information("For people."),
  updated_at: information("For people."),
  updated_by: information("For people."),
  db_model: information("LiteLLM's own mark."),
  access_groups: later("Access control."),
  team_id: later("Access control."),
  team_public_model_name: later("Access control."),
  allow_fail_open: later("Use of a deployment that is cooling down."),
  enable_tag_filtering: later("Routing by tags."),
  health_check_model: later("Health checks."),
  health_check_timeout: actedOn("seconds", "Bounds the call that `GET /health` makes. Without it: 15.", { above: 0 }),
  health_check_max_tokens: actedOn(
    "integer",
    "The longest answer to the call that `GET /health` makes. 1 counts as 16, because models refuse it.",
    { min: 1, default: 16 },
  ),
  disable_background_health_check: later("Health checks."),
  custom_tokenizer: later("Token counting."),
} as const satisfies SettingsTable;
