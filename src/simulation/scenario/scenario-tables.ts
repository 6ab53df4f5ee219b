import { actedOn } from "../../config/settings/setting-spec.ts";
import { type ReplicaSetting, replicaSettings } from "../../replica/replica-settings.ts";

/** The settings of a scenario file, section by section: the readers and the reference in docs/simulate.md come from these rows. */

export const scenarioTable = {
  duration: actedOn("seconds", "How long calls come. Those under way then end.", { above: 0, max: 1_000_000, default: 600 }),
  warm_up: actedOn("seconds", "Calls that come before are not counted. By default a tenth of the duration.", { min: 0 }),
  seeds: actedOn("any", "How many runs, or a list of whole numbers: the same seed gives the same run.", { default: 3 }),
  good: actedOn("map", "What a good answer is: see below."),
  nodes: actedOn("map", "Several routers before the same deployments: see below. Without it, one."),
  deployments: actedOn(
    "list",
    "What each deployment is. One that is not named is a `provider` with the limits that the configuration has for it.",
  ),
  callers: actedOn("list", "Who calls. Without any, traffic at 0.8 of the configured limits."),
  timeline: actedOn("list", "What happens on the way."),
} as const;

export const goodTable = {
  first_token: actedOn("seconds", "The first content comes within this time.", { above: 0, default: 2 }),
  per_token: actedOn("number", "And the rest at this pace or faster, in seconds a token.", { above: 0, default: 0.1 }),
} as const;

export const nodesTable = {
  count: actedOn("integer", "How many routers. Calls go to each in turn.", { min: 1, max: 64, default: 2 }),
  sync_ms: actedOn("number", "How late each hears what the others have in flight. Without it, each sees only its own calls.", { above: 0 }),
} as const;

export const deploymentTable = {
  id: actedOn("text", "The deployment's `model_info.id`."),
  model: actedOn("text", "Or all deployments of this `model_name`."),
  replica: actedOn("map", "It is an engine with continuous batching: what it does depends on what it has to do."),
  provider: actedOn("map", "It is a hosted provider: it has room for everything within its quota."),
} as const;

/** The same rows as the built-in provider's. */
export const replicaTable = Object.fromEntries(Object.entries(replicaSettings).map(([name, setting]) => [name, replicaRow(setting)])) as {
  readonly [Name in keyof typeof replicaSettings]: ReturnType<typeof replicaRow>;
};

function replicaRow({ what, isWhole, ...options }: ReplicaSetting) {
  return actedOn(isWhole === true ? "integer" : "number", what, options);
}

export const providerTable = {
  rpm: actedOn("number", "Requests a minute. By default the configuration's.", { above: 0 }),
  tpm: actedOn("number", "Tokens a minute. By default the configuration's.", { above: 0 }),
  burst: actedOn("seconds", "How much of a quota may be used at once, as the time in which that fills again.", { above: 0, default: 10 }),
  counts_answers: actedOn("text", "When tokens of an answer count: `at once`, or `at end`.", { default: "at once" }),
  first_token: actedOn("any", "Seconds until the first token: a number, or `{mean, p99}` of a log-normal distribution."),
  tokens_per_second: actedOn("any", "Of one answer: a number, or `{mean, p99}`."),
  tells: actedOn("text", "What replies say of the quota: `nothing`, `retry-after` or `limits`.", { default: "limits" }),
  error_rate: actedOn("number", "The share of requests that fail.", { min: 0, max: 1, default: 0 }),
  error_status: actedOn("integer", "With which status they fail.", { min: 400, max: 599, default: 503 }),
} as const;

export const callerTable = {
  model: actedOn("text", "The `model_name` (or an alias) that they ask for. By default the first of the configuration."),
  per_second: actedOn("number", "Calls a second (of `sessions`: conversations), by chance (Poisson).", { above: 0, max: 1_000_000 }),
  bursts: actedOn("map", "And more of them for a while, again and again."),
  trace: actedOn(
    "text",
    "A file with calls: their sizes and, without `per_second`, their moments. Its path counts from the scenario's folder.",
  ),
  trace_group: actedOn("text", "Only the trace's calls of this group: of this program's log, and of LiteLLM's."),
  speed: actedOn("number", "How fast the trace is played: 2 for twice the traffic.", { above: 0, max: 1_000_000, default: 1 }),
  prompt_tokens: actedOn("any", "Of a call: a number, or `{mean, p99}`. With `sessions`, what each turn adds.", { default: 1_000 }),
  output_tokens: actedOn("any", "Of an answer: a number, or `{mean, p99}`.", { default: 200 }),
  streamed: actedOn("number", "The share of calls that stream.", { min: 0, max: 1, default: 1 }),
  sessions: actedOn("map", "Conversations, whose prompts grow."),
  tenants: actedOn("any", "How many tenants the calls are of, or a list of names."),
  priority: actedOn("integer", "Lower ones wait less.", { default: 0 }),
  deadline: actedOn("seconds", "How long the caller waits for the whole.", { above: 0 }),
  patience: actedOn("seconds", "How long the caller waits for the first content before it hangs up.", { above: 0 }),
} as const;

export const burstsTable = {
  every: actedOn("seconds", "From the beginning of one burst to that of the next.", { above: 0, default: 60 }),
  for: actedOn("seconds", "How long one lasts.", { above: 0, default: 10 }),
  times: actedOn("number", "How many times as many calls come.", { above: 0, max: 10_000, default: 5 }),
} as const;

export const sessionsTable = {
  turns: actedOn("any", "Calls of a conversation: a number, or `{mean, p99}`.", { default: 6 }),
  think: actedOn("any", "Seconds from an answer to the next turn: a number, or `{mean, p99}`.", { default: 15 }),
} as const;

export const eventTable = {
  at: actedOn("seconds", "When it begins.", { min: 0 }),
  for: actedOn("seconds", "How long it lasts. Without it, to the end.", { above: 0 }),
  deployment: actedOn("text", "Whom it befalls, by id."),
  slow: actedOn("number", "It works at this part of its speed.", { above: 0, max: 100 }),
  errors: actedOn("any", "It fails: `true`, or a share of requests, or `{rate, status}`."),
  refusals: actedOn("any", "It refuses with 429: `true`, or a share of requests, or `{rate, retry_after}`."),
  hang: actedOn("boolean", "Nothing goes on."),
  cut: actedOn("any", "Answers break off: `true`, or a share of them, or `{rate, after_tokens}`."),
  down: actedOn("boolean", "It is gone: what is under way breaks off, and no connection is made."),
  cold: actedOn("number", "It has just joined: no cache, and this part of its speed.", { above: 0, max: 1 }),
  quota: actedOn("number", "It takes this part of its quota.", { above: 0, max: 100 }),
  drained: actedOn("boolean", "An operator drains it."),
  added: actedOn("boolean", "It is in the configuration only from then on."),
  removed: actedOn("boolean", "It is not in the configuration any more."),
} as const;

export const rateTable = {
  rate: actedOn("number", "The share that it befalls.", { above: 0, max: 1, default: 1 }),
  status: actedOn("integer", "The status.", { min: 400, max: 599, default: 503 }),
  retry_after: actedOn("seconds", "When to come back.", { above: 0 }),
  after_tokens: actedOn("integer", "After so many tokens.", { min: 0, default: 20 }),
} as const;

export const distributionTable = {
  mean: actedOn("number", "The mean.", { above: 0 }),
  p99: actedOn("number", "What 99 % are below: at most 14.9 times the mean.", { above: 0 }),
} as const;
