import { stat, stateTimeline, table, timeSeries, type Panel } from "./panel.ts";

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** What the dashboard's variables choose, as label matchers of PromQL. */
const ofServer = 'job=~"$job",instance=~"$instance"';
const ofGroup = `${ofServer},group=~"$group"`;
const ofDeployment = `${ofGroup},deployment=~"$deployment"`;
/** As in deploy/prometheus/alerts.yaml: callers' own mistakes and calls that they gave up are neither good nor bad. */
const counting = 'outcome!~"client_error|cancelled"';
const failing = 'outcome=~"server_error|timeout"';

const outcomeColours = {
  success: "green",
  client_error: "blue",
  rate_limited: "yellow",
  timeout: "orange",
  server_error: "red",
  cancelled: "text",
};

function rate(by: string, metric: string, labels: string): string {
  return `sum by (${by}) (rate(${metric}{${labels}}[$__rate_interval]))`;
}

function quantile(q: number, by: string, metric: string, labels: string): string {
  return `histogram_quantile(${q}, sum by (${by === "" ? "" : `${by}, `}le) (rate(${metric}_bucket{${labels}}[$__rate_interval])))`;
}

/** The median, and the two quantiles of late calls. */
function quantiles(metric: string, labels: string): { expr: string; legend: string }[] {
  return [0.5, 0.95, 0.99].map((q) => ({ expr: quantile(q, "", metric, labels), legend: `p${100 * q}` }));
}

const overview: Row = {
  title: "Overview",
  panels: [
    stat("Calls", 4, `sum(rate(huntgroup_calls_total{${ofGroup}}[$__rate_interval]))`, {
      unit: "reqps",
      about: "Calls that ended, each second.",
    }),
    stat(
      "Success",
      4,
      `1 - (sum(rate(huntgroup_calls_total{${ofGroup},${failing}}[$__range])) or vector(0)) / (sum(rate(huntgroup_calls_total{${ofGroup},${counting}}[$__range])) > 0)`,
      {
        unit: "percentunit",
        about:
          "Share of calls in the shown time that did not fail by the providers' or the router's fault. The objective of the alerts is 99 %.",
        steps: [
          { color: "red", value: null },
          { color: "yellow", value: 0.99 },
          { color: "green", value: 0.995 },
        ],
      },
    ),
    stat("Calls under way", 4, `sum(huntgroup_calls_in_flight{${ofServer}})`, {
      unit: "short",
      about: "Begun and not ended, those that wait included.",
    }),
    stat("Waiting", 4, `sum(huntgroup_queue_depth{${ofServer}})`, {
      unit: "short",
      about: "Calls that wait for capacity.",
      steps: [
        { color: "text", value: null },
        { color: "yellow", value: 1 },
      ],
    }),
    stat(
      "Deployments out of use",
      4,
      `sum(huntgroup_deployment_eligibility{${ofDeployment},reason=~"cooling_down|draining|blocked|invalid"}) or vector(0)`,
      {
        unit: "short",
        about: "Cooling down after failures, taken out by an operator, or left out as invalid.",
        steps: [
          { color: "green", value: null },
          { color: "yellow", value: 1 },
        ],
      },
    ),
    stat("Left out", 4, `max(huntgroup_deployments_left_out{${ofServer}})`, {
      unit: "short",
      about: "Deployments with something wrong in their configuration.",
      steps: [
        { color: "text", value: null },
        { color: "red", value: 1 },
      ],
    }),
    stat("Cost", 4, `sum(increase(huntgroup_cost_usd_total{${ofDeployment}}[$__range]))`, {
      unit: "currencyUSD",
      about: "In the shown time, as far as prices are known.",
    }),
    timeSeries("Calls by group", 12, [{ expr: rate("group", "huntgroup_calls_total", ofGroup), legend: "{{group}}" }], {
      unit: "reqps",
      about: "The group that answered, or was tried last. Empty: a name that leads to none.",
      stacked: true,
    }),
    timeSeries("Calls by outcome", 12, [{ expr: rate("outcome", "huntgroup_calls_total", ofGroup), legend: "{{outcome}}" }], {
      unit: "reqps",
      about: "What callers got.",
      stacked: true,
      colours: outcomeColours,
    }),
    timeSeries(
      "Errors that callers saw",
      12,
      [{ expr: rate("group, code", "huntgroup_call_errors_total", ofGroup), legend: "{{group}} {{code}}" }],
      {
        unit: "reqps",
        about: "After retries and fallbacks.",
      },
    ),
    timeSeries("Calls by protocol", 6, [{ expr: rate("door", "huntgroup_calls_total", ofGroup), legend: "{{door}}" }], {
      unit: "reqps",
      about: "The protocol that callers speak.",
      stacked: true,
    }),
    stateTimeline(
      "Alerts that fire",
      6,
      { expr: 'ALERTS{alertname=~"Huntgroup.+",alertstate="firing"}', legend: "{{alertname}} {{group}} {{deployment}} {{instance}}" },
      {
        about: "docs/runbook.md says what each means and what to do.",
        states: { "1": { text: "fires", color: "red" } },
      },
    ),
  ],
};

const deployments: Row = {
  title: "Deployments",
  panels: [
    table(
      "Deployments now",
      ["group", "deployment", "reason", "instance", "provider", "address", "strategy"],
      [
        { expr: `sum by (group, deployment, instance, reason) (huntgroup_deployment_eligibility{${ofDeployment}})` },
        { expr: `sum by (group, deployment, instance, provider, address, strategy) (huntgroup_deployment_info{${ofDeployment}})` },
        { title: "Weight", expr: `sum by (group, deployment, instance) (huntgroup_deployment_weight{${ofDeployment}})`, unit: "short" },
        {
          title: "In flight",
          expr: `sum by (group, deployment, instance) (huntgroup_deployment_in_flight{${ofDeployment}})`,
          unit: "short",
        },
        {
          title: "Failures",
          expr: `sum by (group, deployment, instance) (huntgroup_deployment_failure_ratio{${ofDeployment}})`,
          unit: "percentunit",
        },
        {
          title: "Requests/min",
          expr: `sum by (group, deployment, instance) (huntgroup_deployment_rpm_used{${ofDeployment}})`,
          unit: "short",
        },
        {
          title: "Tokens/min",
          expr: `sum by (group, deployment, instance) (huntgroup_deployment_tpm_used{${ofDeployment}})`,
          unit: "short",
        },
      ],
      "reason: why it may or may not be given a call. Each instance has its own limits, cooldowns and weights.",
    ),
    stateTimeline(
      "May be given a call",
      12,
      { expr: `min by (group, deployment) (huntgroup_deployment_eligible{${ofDeployment}})`, legend: "{{group}} {{deployment}}" },
      {
        about: "On all instances. Backups, and higher orders, are only when nothing before them is.",
        states: { "0": { text: "not now", color: "orange" }, "1": { text: "eligible", color: "green" } },
      },
    ),
    timeSeries(
      "Deployments by what keeps them",
      12,
      [{ expr: `sum by (reason) (huntgroup_deployment_eligibility{${ofDeployment},reason!="eligible"})`, legend: "{{reason}}" }],
      { unit: "short", about: "Deployments that may not be given a call, by the first reason.", stacked: true },
    ),
    timeSeries(
      "Attempts",
      12,
      [{ expr: rate("group, deployment", "huntgroup_attempts_total", ofDeployment), legend: "{{group}} {{deployment}}" }],
      {
        unit: "reqps",
        about: "Requests made to each deployment, retries included.",
        stacked: true,
      },
    ),
    timeSeries(
      "Share of the group's attempts",
      12,
      [
        {
          expr: `${rate("group, deployment", "huntgroup_attempts_total", ofDeployment)} / on (group) group_left () (${rate("group", "huntgroup_attempts_total", ofGroup)} > 0)`,
          legend: "{{group}} {{deployment}}",
        },
      ],
      { unit: "percentunit", about: "What weights and strategy make of the traffic.", max: 1 },
    ),
    timeSeries(
      "Failure share",
      12,
      [
        {
          expr: `sum by (group, deployment) (rate(huntgroup_attempts_total{${ofDeployment},${failing}}[$__rate_interval])) / (sum by (group, deployment) (rate(huntgroup_attempts_total{${ofDeployment},${counting}}[$__rate_interval])) > 0)`,
          legend: "{{group}} {{deployment}}",
        },
      ],
      { unit: "percentunit", about: "Of the attempts at each deployment. Callers see those only that no retry made good.", max: 1 },
    ),
    timeSeries(
      "Attempt errors",
      12,
      [{ expr: rate("deployment, code", "huntgroup_attempt_errors_total", ofDeployment), legend: "{{deployment}} {{code}}" }],
      { unit: "reqps", about: "What each deployment fails with." },
    ),
    timeSeries(
      "Retries, fallbacks and hedges",
      12,
      [
        { expr: rate("deployment, code", "huntgroup_retries_total", ofDeployment), legend: "retry on {{deployment}} after {{code}}" },
        {
          expr: rate("group, deployment, code", "huntgroup_fallbacks_total", ofDeployment),
          legend: "fallback to {{group}} {{deployment}} after {{code}}",
        },
        { expr: rate("deployment", "huntgroup_hedges_total", ofDeployment), legend: "hedge on {{deployment}}" },
        {
          expr: rate("deployment, code", "huntgroup_resumes_total", ofDeployment),
          legend: "stream continued on {{deployment}} after {{code}}",
        },
      ],
      { unit: "reqps", about: "Attempts beyond the first, where they went and what made them necessary." },
    ),
    timeSeries(
      "Cooldowns",
      12,
      [
        {
          expr: `sum by (deployment, code) (increase(huntgroup_cooldowns_total{${ofDeployment}}[$__rate_interval]))`,
          legend: "{{deployment}} {{code}}",
        },
      ],
      { unit: "short", about: "Cooldowns entered or renewed, by the error that led to them." },
    ),
    timeSeries(
      "Weights",
      12,
      [{ expr: `max by (group, deployment) (huntgroup_deployment_weight{${ofDeployment}})`, legend: "{{group}} {{deployment}}" }],
      { unit: "short", about: "As configured, or as set by an operator; 0 is a backup." },
    ),
    timeSeries(
      "Attempts under way",
      12,
      [{ expr: `sum by (group, deployment) (huntgroup_deployment_in_flight{${ofDeployment}})`, legend: "{{group}} {{deployment}}" }],
      { unit: "short", about: "A stream is under way until its last byte." },
    ),
  ],
};

const latency: Row = {
  title: "Latency",
  panels: [
    timeSeries("Time to first token", 8, quantiles("huntgroup_call_time_to_first_token_seconds", ofGroup), {
      unit: "s",
      about: "Of streams, as callers see it: retries and waiting included.",
    }),
    timeSeries("Whole calls", 8, quantiles("huntgroup_call_duration_seconds", ofGroup), {
      unit: "s",
      about: "Of calls that succeeded. Long answers take long.",
    }),
    timeSeries("Overhead", 8, quantiles("huntgroup_overhead_seconds", ofGroup), {
      unit: "s",
      about: "Time inside the router, waiting for deployments not included.",
    }),
    timeSeries(
      "Time to first token by deployment (p95)",
      8,
      [
        {
          expr: quantile(0.95, "group, deployment", "huntgroup_time_to_first_token_seconds", ofDeployment),
          legend: "{{group}} {{deployment}}",
        },
      ],
      { unit: "s", about: "Of single attempts that succeeded." },
    ),
    timeSeries(
      "Time per output token (p95)",
      8,
      [
        {
          expr: quantile(0.95, "group, deployment", "huntgroup_time_per_output_token_seconds", ofDeployment),
          legend: "{{group}} {{deployment}}",
        },
      ],
      { unit: "s", about: "After the first one, of streams that reported their usage." },
    ),
    timeSeries(
      "Attempts (p95)",
      8,
      [
        {
          expr: quantile(0.95, "group, deployment", "huntgroup_attempt_duration_seconds", ofDeployment),
          legend: "{{group}} {{deployment}}",
        },
      ],
      { unit: "s", about: "From the request to a deployment to the end of its reply." },
    ),
  ],
};

function used(what: string, limit: string): string {
  return `huntgroup_deployment_${what}{${ofDeployment}} / (huntgroup_deployment_${limit}{${ofDeployment}} > 0)`;
}

const limits: Row = {
  title: "Limits",
  panels: [
    timeSeries("Requests per minute used", 8, [{ expr: used("rpm_used", "rpm_limit"), legend: "{{deployment}} on {{instance}}" }], {
      unit: "percentunit",
      about: "Of what is allowed, over the last minute. Deployments without a limit are not shown.",
      max: 1,
    }),
    timeSeries("Tokens per minute used", 8, [{ expr: used("tpm_used", "tpm_limit"), legend: "{{deployment}} on {{instance}}" }], {
      unit: "percentunit",
      about: "Reserved or used, of what is allowed.",
      max: 1,
    }),
    timeSeries("Parallel requests used", 8, [{ expr: used("in_flight", "parallel_limit"), legend: "{{deployment}} on {{instance}}" }], {
      unit: "percentunit",
      about: "Attempts under way, of those allowed at once.",
      max: 1,
    }),
    timeSeries("Requests per day used", 8, [{ expr: used("rpd_used", "rpd_limit"), legend: "{{deployment}} on {{instance}}" }], {
      unit: "percentunit",
      about: "Of what is allowed on the present day.",
      max: 1,
    }),
    timeSeries("Tokens per day used", 8, [{ expr: used("tpd_used", "tpd_limit"), legend: "{{deployment}} on {{instance}}" }], {
      unit: "percentunit",
      about: "Reserved or used, of what is allowed on the present day.",
      max: 1,
    }),
    timeSeries("Queue", 8, [{ expr: `huntgroup_queue_depth{${ofServer}}`, legend: "{{instance}}" }], {
      unit: "short",
      about: "Calls that wait for capacity (queue_timeout).",
    }),
    timeSeries("Wait in the queue", 8, quantiles("huntgroup_queue_wait_seconds", ofGroup), {
      unit: "s",
      about: "Of the calls that had to wait.",
    }),
    timeSeries(
      "Tokens under way",
      8,
      [
        {
          expr: `sum by (group, deployment) (huntgroup_deployment_outstanding_tokens{${ofDeployment}})`,
          legend: "{{group}} {{deployment}}",
        },
      ],
      { unit: "short", about: "That the attempts under way are expected to use." },
    ),
  ],
};

const tokensAndCost: Row = {
  title: "Tokens and cost",
  panels: [
    timeSeries(
      "Tokens",
      8,
      [
        { expr: rate("group, type", "huntgroup_tokens_total", ofDeployment), legend: "{{group}} {{type}}" },
        { expr: rate("type", "huntgroup_estimated_tokens_total", ofDeployment), legend: "{{type}}, estimated" },
        { expr: rate("group, unit", "huntgroup_units_total", ofDeployment), legend: "{{group}} {{unit}}" },
      ],
      {
        unit: "cps",
        about: "As providers reported them, each second; and what is counted by the piece.",
        stacked: true,
      },
    ),
    timeSeries(
      "Cost per hour",
      8,
      [{ expr: `3600 * ${rate("group, deployment", "huntgroup_cost_usd_total", ofDeployment)}`, legend: "{{group}} {{deployment}}" }],
      {
        unit: "currencyUSD",
        about: "At the pace of the moment.",
        stacked: true,
      },
    ),
    timeSeries("Calls by key", 8, [{ expr: rate("key", "huntgroup_key_calls_total", ofServer), legend: "{{key}}" }], {
      unit: "reqps",
      about: "Empty: the master key, or no key asked for.",
      stacked: true,
    }),
    timeSeries(
      "Calls by key that were limited",
      8,
      [{ expr: rate("key", "huntgroup_key_calls_total", `${ofServer},outcome="rate_limited"`), legend: "{{key}}" }],
      {
        unit: "reqps",
        about: "By the key's own limits or by the deployments'.",
      },
    ),
    timeSeries("Tokens by key", 8, [{ expr: rate("key, type", "huntgroup_key_tokens_total", ofServer), legend: "{{key}} {{type}}" }], {
      unit: "cps",
      about: "As providers reported them, each second.",
      stacked: true,
    }),
    timeSeries(
      "Cost per hour by key",
      8,
      [{ expr: `3600 * ${rate("key", "huntgroup_key_cost_usd_total", ofServer)}`, legend: "{{key}}" }],
      {
        unit: "currencyUSD",
        about: "At the pace of the moment.",
        stacked: true,
      },
    ),
  ],
};

const process: Row = {
  title: "Process",
  panels: [
    timeSeries("Event loop delay", 8, [{ expr: `huntgroup_event_loop_delay_seconds{${ofServer}}`, legend: "{{instance}} p{{quantile}}" }], {
      unit: "s",
      about: "How late its turns were since the last scrape. Every stream stutters by as much.",
    }),
    timeSeries("CPU", 8, [{ expr: rate("instance", "process_cpu_seconds_total", ofServer), legend: "{{instance}}" }], {
      unit: "cores",
      about: "Near 1, the event loop has no time left.",
    }),
    timeSeries(
      "Memory",
      8,
      [
        { expr: `process_resident_memory_bytes{${ofServer}}`, legend: "{{instance}} resident" },
        { expr: `nodejs_heap_size_used_bytes{${ofServer}}`, legend: "{{instance}} heap" },
        { expr: `huntgroup_buffered_bytes{${ofServer}}`, legend: "{{instance}} requests and replies held" },
      ],
      { unit: "bytes", about: "Growing without an end is a leak." },
    ),
    timeSeries(
      "Requests refused before they became calls",
      8,
      [{ expr: rate("door, code", "huntgroup_refused_total", ofServer), legend: "{{door}} {{code}}" }],
      {
        unit: "reqps",
        about: "Before they became calls: keys that are not valid, bodies that are too large or no JSON.",
      },
    ),
    timeSeries(
      "Configuration",
      8,
      [
        { expr: `huntgroup_config_last_reload_successful{${ofServer}}`, legend: "{{instance}} last one taken" },
        {
          expr: `sum by (instance, result) (increase(huntgroup_config_reloads_total{${ofServer}}[$__rate_interval]))`,
          legend: "{{instance}} {{result}}",
        },
      ],
      { unit: "short", about: "Whether the last load went well, and reloads by how they ended." },
    ),
    timeSeries("Open files", 8, [{ expr: `process_open_fds{${ofServer}} / process_max_fds{${ofServer}}`, legend: "{{instance}}" }], {
      unit: "percentunit",
      about: "Connections are files. At 100 %, no new connection is accepted.",
      max: 1,
    }),
    table(
      "Instances",
      ["instance", "version", "node_version"],
      [
        { title: "Up", expr: `sum by (instance) (up{${ofServer}})`, unit: "none" },
        { expr: `sum by (instance, version, node_version) (huntgroup_build_info{${ofServer}})` },
        { title: "Running for", expr: `time() - max by (instance) (process_start_time_seconds{${ofServer}})`, unit: "s" },
        {
          title: "Configuration since",
          expr: `time() - max by (instance) (huntgroup_config_last_reload_success_timestamp_seconds{${ofServer}})`,
          unit: "s",
        },
      ],
      "Every instance that Prometheus knows.",
    ),
  ],
};

const strategies: Row = {
  title: "Shadow strategies",
  panels: [
    timeSeries(
      "Agreement",
      8,
      [
        {
          expr: `${rate("group, strategy", "huntgroup_shadow_picks_total", `${ofGroup},agrees="true"`)} / ${rate("group, strategy", "huntgroup_shadow_picks_total", ofGroup)}`,
          legend: "{{group}} {{strategy}}",
        },
      ],
      { unit: "percentunit", about: "Share of picks at which a shadow chose the deployment that was chosen.", max: 1 },
    ),
    timeSeries(
      "Estimated change of the first answer",
      8,
      [
        { expr: `huntgroup_shadow_answer_change_seconds{${ofGroup}}`, legend: "{{group}} {{strategy}}" },
        {
          expr: `huntgroup_shadow_answer_change_seconds{${ofGroup}} + 2 * huntgroup_shadow_answer_change_error_seconds{${ofGroup}}`,
          legend: "{{group}} {{strategy}}, at most",
        },
        {
          expr: `huntgroup_shadow_answer_change_seconds{${ofGroup}} - 2 * huntgroup_shadow_answer_change_error_seconds{${ofGroup}}`,
          legend: "{{group}} {{strategy}}, at least",
        },
      ],
      { unit: "s", about: "By the shadow's choice, of each call by itself; below 0: sooner. With twice the standard error to both sides." },
    ),
    timeSeries(
      "Estimated change of a call's price",
      8,
      [{ expr: `huntgroup_shadow_cost_change_usd{${ofGroup}}`, legend: "{{group}} {{strategy}}" }],
      {
        unit: "currencyUSD",
        about: "By the shadow's choice, of each call by itself; below 0: cheaper.",
      },
    ),
  ],
};

export const rows: readonly Row[] = [overview, deployments, latency, limits, tokensAndCost, strategies, process];
