/** A metric as it is exposed. Times are in seconds, as Prometheus has them. */
export interface MetricSpec {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly help: string;
  readonly labels: readonly string[];
}

/**
 * Every metric of the router's own. The values of all labels come from the configuration or from a closed list, whatever callers send:
 * - `group`, `deployment`: as configured; empty where a call's name led to none, or none was tried.
 * - `key`: the name of the caller's key; empty for the master key, and where no key is asked for.
 * - `door`: `rest`, `grpc`, `grpc_web`, `connect`.
 * - `outcome`: `success`, `client_error`, `rate_limited`, `timeout`, `server_error`, `cancelled` (see outcome-class.ts).
 * - `code`: one of the core's error codes.
 */
export const metricSpecs = {
  calls: {
    name: "huntgroup_calls_total",
    type: "counter",
    help: "Calls that ended, by the group and deployment that answered or were tried last.",
    labels: ["group", "deployment", "door", "outcome"],
  },
  callErrors: {
    name: "huntgroup_call_errors_total",
    type: "counter",
    help: "Calls that did not succeed, by what their caller was told.",
    labels: ["group", "code"],
  },
  callsInFlight: {
    name: "huntgroup_calls_in_flight",
    type: "gauge",
    help: "Calls that have begun and not ended, those in the queue included.",
    labels: [],
  },
  attempts: {
    name: "huntgroup_attempts_total",
    type: "counter",
    help: "Attempts that ended: requests made to a deployment.",
    labels: ["group", "deployment", "outcome"],
  },
  attemptErrors: {
    name: "huntgroup_attempt_errors_total",
    type: "counter",
    help: "Attempts that failed, by error.",
    labels: ["group", "deployment", "code"],
  },
  retries: {
    name: "huntgroup_retries_total",
    type: "counter",
    help: "Attempts made because one before failed in the same group, by that one's error.",
    labels: ["group", "deployment", "code"],
  },
  fallbacks: {
    name: "huntgroup_fallbacks_total",
    type: "counter",
    help: "First attempts in another group, or on a higher order, by the error of the one before. Labels: where the call went.",
    labels: ["group", "deployment", "code"],
  },
  hedges: {
    name: "huntgroup_hedges_total",
    type: "counter",
    help: "Attempts made beside one that was late.",
    labels: ["group", "deployment"],
  },
  resumes: {
    name: "huntgroup_resumes_total",
    type: "counter",
    help: "Attempts that went on with a stream that was cut, by the error that cut it.",
    labels: ["group", "deployment", "code"],
  },
  cooldowns: {
    name: "huntgroup_cooldowns_total",
    type: "counter",
    help: "Cooldowns entered or renewed, by the error that led to it.",
    labels: ["group", "deployment", "code"],
  },
  tokens: {
    name: "huntgroup_tokens_total",
    type: "counter",
    help: "Tokens as providers reported them. type: prompt or output.",
    labels: ["group", "deployment", "type"],
  },
  costUsd: {
    name: "huntgroup_cost_usd_total",
    type: "counter",
    help: "US dollars, as far as prices are known.",
    labels: ["group", "deployment"],
  },
  keyCalls: {
    name: "huntgroup_key_calls_total",
    type: "counter",
    help: "Calls that ended, by the caller's key.",
    labels: ["key", "outcome"],
  },
  keyTokens: {
    name: "huntgroup_key_tokens_total",
    type: "counter",
    help: "Tokens by the caller's key. type: prompt or output.",
    labels: ["key", "type"],
  },
  keyCostUsd: {
    name: "huntgroup_key_cost_usd_total",
    type: "counter",
    help: "US dollars by the caller's key, as far as prices are known.",
    labels: ["key"],
  },
  callDuration: {
    name: "huntgroup_call_duration_seconds",
    type: "histogram",
    help: "Whole calls that succeeded, from the request's last byte to the answer's.",
    labels: ["group"],
  },
  callFirstToken: {
    name: "huntgroup_call_time_to_first_token_seconds",
    type: "histogram",
    help: "Streams that succeeded: from the request's last byte to the first content, retries and waiting included.",
    labels: ["group"],
  },
  overhead: {
    name: "huntgroup_overhead_seconds",
    type: "histogram",
    help: "Time inside the router until the caller was answered, waiting for deployments not included.",
    labels: ["group"],
  },
  queueWait: {
    name: "huntgroup_queue_wait_seconds",
    type: "histogram",
    help: "Time in the queue for capacity, of the calls that had to wait.",
    labels: ["group"],
  },
  attemptDuration: {
    name: "huntgroup_attempt_duration_seconds",
    type: "histogram",
    help: "Attempts that succeeded, from the request to the end of the reply.",
    labels: ["group", "deployment"],
  },
  firstToken: {
    name: "huntgroup_time_to_first_token_seconds",
    type: "histogram",
    help: "Streams that succeeded: from the request to the deployment to its first content.",
    labels: ["group", "deployment"],
  },
  perToken: {
    name: "huntgroup_time_per_output_token_seconds",
    type: "histogram",
    help: "Mean time for an output token after the first, of streams that succeeded and reported their usage.",
    labels: ["group", "deployment"],
  },
  inFlight: {
    name: "huntgroup_deployment_in_flight",
    type: "gauge",
    help: "Attempts under way.",
    labels: ["group", "deployment"],
  },
  outstandingTokens: {
    name: "huntgroup_deployment_outstanding_tokens",
    type: "gauge",
    help: "Tokens that the attempts under way are expected to use.",
    labels: ["group", "deployment"],
  },
  weight: {
    name: "huntgroup_deployment_weight",
    type: "gauge",
    help: "Its weight among its group; 0 is a backup.",
    labels: ["group", "deployment"],
  },
  eligible: {
    name: "huntgroup_deployment_eligible",
    type: "gauge",
    help: "1: it may be given a call now; 0: it may not.",
    labels: ["group", "deployment"],
  },
  eligibility: {
    name: "huntgroup_deployment_eligibility",
    type: "gauge",
    help: "Always 1; the label says why it may or may not be given a call now. Only the present reason has a series.",
    labels: ["group", "deployment", "reason"],
  },
  state: {
    name: "huntgroup_deployment_state",
    type: "gauge",
    help: "What an operator has made of it: 1 for its present state (active, draining, blocked), 0 for the others.",
    labels: ["group", "deployment", "state"],
  },
  failureRatio: {
    name: "huntgroup_deployment_failure_ratio",
    type: "gauge",
    help: "Share of failures in recent attempts, a moving average from 0 to 1.",
    labels: ["group", "deployment"],
  },
  usedRpm: {
    name: "huntgroup_deployment_rpm_used",
    type: "gauge",
    help: "Requests within the last minute.",
    labels: ["group", "deployment"],
  },
  rpmLimit: {
    name: "huntgroup_deployment_rpm_limit",
    type: "gauge",
    help: "Requests per minute that are allowed. No series: no limit.",
    labels: ["group", "deployment"],
  },
  usedTpm: {
    name: "huntgroup_deployment_tpm_used",
    type: "gauge",
    help: "Tokens reserved or used within the last minute.",
    labels: ["group", "deployment"],
  },
  tpmLimit: {
    name: "huntgroup_deployment_tpm_limit",
    type: "gauge",
    help: "Tokens per minute that are allowed. No series: no limit.",
    labels: ["group", "deployment"],
  },
  parallelLimit: {
    name: "huntgroup_deployment_parallel_limit",
    type: "gauge",
    help: "Attempts under way at once that are allowed (used: huntgroup_deployment_in_flight). No series: no limit.",
    labels: ["group", "deployment"],
  },
  deploymentInfo: {
    name: "huntgroup_deployment_info",
    type: "gauge",
    help: "Always 1; what is configured.",
    labels: ["group", "deployment", "provider", "address", "strategy"],
  },
  queueDepth: {
    name: "huntgroup_queue_depth",
    type: "gauge",
    help: "Calls that wait for capacity now.",
    labels: [],
  },
  refused: {
    name: "huntgroup_refused_total",
    type: "counter",
    help: "Requests that a door refused before they became calls.",
    labels: ["door", "code"],
  },
  reloads: {
    name: "huntgroup_config_reloads_total",
    type: "counter",
    help: "Reloads of the configuration. result: ok or failed.",
    labels: ["result"],
  },
  reloadOk: {
    name: "huntgroup_config_last_reload_successful",
    type: "gauge",
    help: "Whether the last load or reload of the configuration went well.",
    labels: [],
  },
  reloadedAt: {
    name: "huntgroup_config_last_reload_success_timestamp_seconds",
    type: "gauge",
    help: "When the configuration in force was loaded, in seconds since the Unix epoch.",
    labels: [],
  },
  eventLoopDelay: {
    name: "huntgroup_event_loop_delay_seconds",
    type: "summary",
    help: "How late the event loop ran since the last scrape, by quantile (0.5, 0.9, 0.99, 1); of several threads the worst.",
    labels: ["quantile"],
  },
  buildInfo: {
    name: "huntgroup_build_info",
    type: "gauge",
    help: "Always 1.",
    labels: ["version", "node_version"],
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;
