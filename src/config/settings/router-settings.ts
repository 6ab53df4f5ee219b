import { routerSetting } from "./router-setting.ts";
import {
  allowedFailsPolicy,
  boolean,
  classPriorities,
  genericFallbacks,
  groupRetryPolicies,
  hedges,
  integer,
  oneOf,
  retryPolicy,
  seconds,
  specialFallbacks,
  statuses,
} from "./setting-parsers.ts";
import { actedOn, later, type SettingsTable } from "./setting-spec.ts";

/**
 * `router_settings`: how calls are spread and what happens when one fails. A new setting is one row here, made by {@link routerSetting},
 * and a field of `RouterSettings` (src/core) where it is acted on. The lines of `huntgroup check` stand in the order of the rows.
 */
export const routerSettingsTable = {
  routing_strategy: actedOn(
    "text",
    "How one of a group's deployments is chosen: a strategy's name, or a file `./my-strategy.ts` relative to this one.",
    {
      default: "simple-shuffle",
      roams: true,
    },
  ),
  routing_strategy_args: actedOn("map", "The strategy's own settings.", { roams: true }),
  shadow_strategies: actedOn(
    "names",
    "Strategies (names, or files as in `routing_strategy`) that are asked beside the one in use at a sample of its picks, and change nothing: `huntgroup strategies`, the console and the metrics say how often they agree and what they are likely to have changed. With their arguments' defaults, in every group of several deployments that is not routed by them. Huntgroup's own setting.",
    { roams: true },
  ),
  shadow_sample: actedOn("number", "The share of picks at which `shadow_strategies` are asked. Huntgroup's own setting.", {
    default: 0.1,
    above: 0,
    max: 1,
    roams: true,
  }),
  model_group_alias: actedOn(
    "map",
    "More names for groups: `alias: group`, `alias: {model: group, hidden: true}` (routable, but not listed), or `alias: [group, group]` for several taken together.",
    {
      roams: true,
    },
  ),
  routing_groups: actedOn(
    "list",
    "Groups with a strategy of their own: entries of `models` (groups; each in one entry at most), `routing_strategy`, `routing_strategy_args`. With a `group_name`, callers may ask for all of them together by it.",
  ),
  ignore_invalid_deployments: actedOn(
    "boolean",
    "Leaves out the deployments that have something wrong in them, as LiteLLM does, and serves the others. `false` refuses such a configuration. Unless this is `true`, a reload with a fault that the configuration in force does not have changes nothing.",
    { default: true, roams: true },
  ),
  default_litellm_params: actedOn("map", "`litellm_params` for every deployment that does not set them itself."),
  default_max_parallel_requests: actedOn("integer or auto", "`max_parallel_requests` for every deployment that does not set it itself.", {
    min: 1,
  }),
  num_retries: routerSetting("numRetries", integer, {
    description: "Attempts after the first one, at most, per request.",
    default: 2,
    min: 0,
    roams: true,
    litellm: "num_retries",
    describe: ({ numRetries }) => ["retries", String(numRetries)],
  }),
  retry_policy: routerSetting("retryPolicy", retryPolicy, {
    description: "Retries by class of failure, in place of `num_retries`.",
    unset: undefined,
    roams: true,
  }),
  model_group_retry_policy: routerSetting("groupRetryPolicies", groupRetryPolicies, {
    description: "Retries by group and class of failure. Wins over `retry_policy`.",
    unset: new Map(),
    roams: true,
  }),
  retry_after: routerSetting("retryAfterMs", seconds, {
    description: "The least time before the same deployment is tried again.",
    default: 0,
    min: 0,
    roams: true,
    describe: ({ retryAfterMs }) => ["retry after", inSeconds(retryAfterMs)],
  }),
  timeout: routerSetting("timeoutMs", seconds, {
    description:
      "Bounds each wait for something to read of a deployment: the whole of a unary answer; of a stream the first content (connecting and the head included) and each gap. `stream_timeout` wins for streams. Without it 600, and 300 for gaps.",
    unset: undefined,
    above: 0,
    roams: true,
    litellm: "request_timeout",
    describe: ({ timeoutMs }) => ["timeout", timeoutMs === undefined ? "600 s" : inSeconds(timeoutMs)],
  }),
  stream_timeout: routerSetting("streamTimeoutMs", seconds, {
    description:
      "Bounds the wait for a stream's first content, which nothing but content ends, and each gap where `stream_idle_timeout` does not. Without it `timeout` does.",
    unset: undefined,
    above: 0,
    roams: true,
    describe: ({ streamTimeoutMs }) => ["stream timeout", inSeconds(streamTimeoutMs)],
  }),
  stream_idle_timeout: routerSetting("streamIdleTimeoutMs", seconds, {
    description:
      "Bounds the gaps of a stream that has begun; any bytes end a gap. Without it `stream_timeout` does, else a `timeout` that is set, else 300 s. Huntgroup's own setting.",
    unset: undefined,
    above: 0,
    roams: true,
    describe: ({ streamIdleTimeoutMs }) => ["stream idle timeout", inSeconds(streamIdleTimeoutMs)],
  }),
  stream_total_timeout: routerSetting("streamTotalTimeoutMs", seconds, {
    description: "Bounds a stream as a whole, however well it flows. Without it nothing does. Huntgroup's own setting.",
    unset: undefined,
    above: 0,
    roams: true,
    describe: ({ streamTotalTimeoutMs }) => ["stream total timeout", inSeconds(streamTotalTimeoutMs)],
  }),
  sse_keepalive_ping_interval_seconds: routerSetting("keepaliveMs", seconds, {
    description: "As in `litellm_settings`, where LiteLLM has it; wins over that.",
    default: 15,
    min: 0,
    roams: true,
    litellm: "sse_keepalive_ping_interval_seconds",
    describe: ({ keepaliveMs }) => ["stream keepalive", keepaliveMs === 0 ? "none" : inSeconds(keepaliveMs)],
  }),
  always_include_stream_usage: routerSetting("tellsUsage", boolean, {
    description: "As in `general_settings`, where LiteLLM has it; wins over that.",
    default: false,
    litellm: "always_include_stream_usage",
    describe: ({ tellsUsage }) => ["usage of streams", tellsUsage ? "told to every caller" : "told to callers that ask"],
  }),
  connect_timeout: routerSetting("connectTimeoutMs", seconds, {
    description: "How long a connection to a provider may take to be made. Huntgroup's own setting.",
    default: 10,
    above: 0,
    roams: true,
  }),
  connection_idle_timeout: routerSetting("connectionIdleMs", seconds, {
    description:
      "How long an idle connection to a provider is kept for the next request, where the provider does not say. Below the 5 s after which many servers close it. Huntgroup's own setting.",
    default: 4,
    above: 0,
  }),
  cooldown_time: routerSetting("cooldown.timeMs", seconds, {
    description: "How long a failing deployment cools down where its provider does not say. 0: not at all.",
    default: 5,
    min: 0,
    roams: true,
    litellm: "cooldown_time",
    describe: ({ cooldown }) => ["cooldown", cooldown.disabled ? "none" : inSeconds(cooldown.timeMs)],
  }),
  cooldown_max: routerSetting("cooldown.maxMs", seconds, {
    description:
      "The longest cooldown, whatever a provider asks for: a quota may be used up for hours, and be paid for before. Huntgroup's own setting.",
    default: 86_400,
    above: 0,
    roams: true,
  }),
  disable_cooldowns: routerSetting("cooldown.disabled", boolean, {
    description: "No deployment ever cools down.",
    default: false,
    roams: true,
  }),
  allowed_fails: routerSetting("cooldown.allowedFails", integer, {
    description:
      "Failures of a deployment that are borne before it cools down. Without it: a rate limit, a quota that is used up, refused credentials or an unknown model start its cooldown at once, and so do more than half of at least 5 calls in a minute. It never takes the only deployment of a group out; a class that `allowed_fails_policy` names does.",
    unset: undefined,
    min: 0,
    roams: true,
    litellm: "allowed_fails",
  }),
  allowed_fails_policy: routerSetting("cooldown.allowedFailsPolicy", allowedFailsPolicy, {
    description: "The same by class of failure. Wins over `allowed_fails`.",
    unset: undefined,
    roams: true,
  }),
  fallbacks: routerSetting("fallbacks.generic", genericFallbacks, {
    description:
      "Where calls go when a group has failed them: `- group: [other, {model: another, temperature: 0}]`. `*` stands for all groups without an entry; an empty list is none.",
    unset: new Map(),
    roams: true,
    litellm: "fallbacks",
  }),
  // Read with `fallbacks`, as those of `*`.
  default_fallbacks: actedOn("names", "The fallbacks of every group that has none of its own.", { roams: true }),
  context_window_fallbacks: routerSetting("fallbacks.contextWindow", specialFallbacks, {
    description: "Where calls go whose prompt is too long for a group. Where any are configured, they alone count for such calls.",
    unset: new Map(),
    roams: true,
    litellm: "context_window_fallbacks",
  }),
  content_policy_fallbacks: routerSetting("fallbacks.contentPolicy", specialFallbacks, {
    description: "Where calls go whose content a group's provider refused. Where any are configured, they alone count for such calls.",
    unset: new Map(),
    roams: true,
    litellm: "content_policy_fallbacks",
  }),
  max_fallbacks: routerSetting("fallbacks.maxFallbacks", integer, {
    description: "Fallbacks of one call, at most.",
    default: 5,
    min: 0,
    roams: true,
    describe: ({ fallbacks }) => ["fallbacks per call", String(fallbacks.maxFallbacks)],
  }),
  order_fallback_status_codes: routerSetting("orderFallbackStatuses", statuses, {
    description:
      "Statuses of a provider after which a higher `order` may be tried. Without it: after every failure; an empty list: after none.",
    unset: undefined,
    roams: true,
  }),
  queue_timeout: routerSetting("queue.timeoutMs", seconds, {
    description:
      "How long a call may wait for capacity when all deployments are at their limits. Keys (without keys sessions) take turns by tokens. By default a call is answered at once, but where a limit is `auto`: there it waits up to 10 s. Huntgroup's own setting.",
    default: 0,
    min: 0,
    roams: true,
    describe: ({ queue }) => ["queue", queue.timeoutMs === 0 ? "none" : `${inSeconds(queue.timeoutMs)}, ${queue.size} calls`],
  }),
  queue_size: routerSetting("queue.size", integer, {
    description: "Calls that wait, at most; further ones are answered at once. Huntgroup's own setting.",
    default: 1_000,
    min: 0,
    roams: true,
  }),
  request_class_priorities: routerSetting("classPriorities", classPriorities, {
    description:
      "Places in line by what agents say of their requests (`x-claude-code-request-class` and the like), for calls that name no `priority`: `{main: 0, auxiliary: 10}`. Smaller numbers go first when calls wait. Huntgroup's own setting.",
    unset: new Map(),
    roams: true,
  }),
  enable_tag_filtering: routerSetting("tagFiltering.enabled", boolean, {
    description: "Sends calls with tags only to deployments that carry them.",
    default: false,
    roams: true,
    describe: ({ tagFiltering }) => ["tags", tagFiltering.enabled ? `${tagFiltering.matchAny ? "any" : "all"} must match` : "ignored"],
  }),
  tag_filtering_match_any: routerSetting("tagFiltering.matchAny", boolean, {
    description: "Whether one of a call's tags is enough, or a deployment must carry all of them.",
    default: true,
    roams: true,
  }),
  enforce_rate_limits: routerSetting("enforceRateLimits", boolean, {
    description: "Whether rpm and tpm are hard limits. When false they only serve as weights, as in LiteLLM.",
    default: true,
    roams: true,
    describe: ({ enforceRateLimits }) => ["rate limits", enforceRateLimits ? "enforced" : "weights only"],
  }),
  enable_pre_call_checks: routerSetting("preCallChecks", boolean, {
    description:
      "Keeps calls from deployments that cannot serve them: too long a prompt (`model_info.max_input_tokens`), another region (`region_name` against the request's `allowed_model_region`), a JSON schema (`model_info.supports_response_schema`). Limits are always checked.",
    default: false,
    roams: true,
  }),
  hedge: routerSetting("hedges", hedges, {
    description:
      "Groups whose late calls get a second attempt on another deployment, and the first content wins: `{group: {after: p95, max_ratio: 0.05}}`. `after` is a number of seconds, or `p95` for when 95 of 100 calls to the deployment have their first content. At most `max_ratio` of the calls are hedged. Huntgroup's own setting.",
    unset: new Map(),
  }),
  stream_recovery: routerSetting("resumeStreams", oneOf({ continue: true, off: false }), {
    description:
      "`continue`: a chat stream that is cut after its first content is continued by another deployment of the group that can (`model_info.supports_assistant_prefill`), from the text that the caller has; the last chunk says so in `huntgroup`. `off`: the caller hears of the cut. Huntgroup's own setting.",
    default: "off",
  }),
  enable_weighted_failover: later("Fails over within a group by weight. Huntgroup always retries on another deployment."),
  optional_pre_call_checks: later("Affinity and further checks. Limits are always checked."),
  tag_routing_prefix: later("Routing by tags."),
  enable_health_check_routing: later("Health checks."),
  health_check_staleness_threshold: later("Health checks."),
  health_check_ignore_transient_errors: later("Health checks."),
  background_health_check_model_groups: later("Health checks."),
  deployment_affinity_ttl_seconds: later("Affinity."),
  model_group_affinity_config: later("Affinity."),
  provider_budget_config: later("Budgets."),
  caching_groups: later("The response cache."),
  cache_responses: later("The response cache."),
  cache_kwargs: later("The response cache."),
  redis_url: later("State shared between nodes. Write general_settings.shared_state."),
  redis_host: later("State shared between nodes. Write general_settings.shared_state."),
  redis_port: later("State shared between nodes. Write general_settings.shared_state."),
  redis_password: later("State shared between nodes. Write general_settings.shared_state."),
  redis_db: later("State shared between nodes. Write general_settings.shared_state."),
  client_ttl: later("LiteLLM's cached clients. Connections are pooled here."),
  polling_interval: later("The priority queue."),
  default_priority: later("The priority queue."),
  max_retries: later("The retries of LiteLLM's HTTP client. Write num_retries."),
  set_verbose: later("Logging."),
  debug_level: later("Logging."),
  alerting_config: later("Alerting."),
  router_general_settings: later("LiteLLM's own internals."),
  plugins: later("Routing plugins."),
  assistants_config: later("Assistants."),
  guardrail_list: later("Guardrails."),
  search_tools: later("Search tools."),
} as const satisfies SettingsTable;

function inSeconds(milliseconds: number | undefined): string {
  return milliseconds === undefined ? "none" : `${milliseconds / 1_000} s`;
}
