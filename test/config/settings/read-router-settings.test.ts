import assert from "node:assert/strict";
import { test } from "node:test";
import type { FallbackTable } from "../../../src/core/call.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { load, loadValid, oneDeployment, told } from "../support/load.ts";

const base = oneDeployment();
const groups = `model_list:
  - {model_name: a, litellm_params: {model: openai/a}, model_info: {id: id-a}}
  - {model_name: b, litellm_params: {model: openai/b}}
  - {model_name: c, litellm_params: {model: openai/c}}
`;

function plain(table: FallbackTable | undefined): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries([...(table ?? [])].map(([group, targets]) => [group, targets.map(({ model }) => model)]));
}

test("without settings the defaults stand", async () => {
  assert.deepEqual((await loadValid(base)).source.settings, defaultRouterSettings);
});

test("every setting is read, seconds into milliseconds", async () => {
  const { config, problems, warnings } = await load(`${groups}
router_settings:
  num_retries: 0
  retry_policy: {TimeoutErrorRetries: 1, RateLimitErrorRetries: "3", NotFoundErrorRetries: null}
  model_group_retry_policy: {a: {BadGatewayErrorRetries: 0}}
  retry_after: 0
  timeout: "2.5"
  stream_timeout: 6000
  stream_idle_timeout: 20
  stream_total_timeout: 90
  sse_keepalive_ping_interval_seconds: 7
  always_include_stream_usage: true
  connect_timeout: 3
  connection_idle_timeout: 3
  stream_recovery: continue
  hedge: {a: {}}
  enforce_rate_limits: no
  disable_cooldowns: true
  cooldown_time: 0
  cooldown_max: 7200
  allowed_fails: 0
  allowed_fails_policy: {ContentPolicyViolationErrorAllowedFails: 1000}
  fallbacks: [a: [b, c]]
  default_fallbacks: [c]
  context_window_fallbacks: [a: [b]]
  content_policy_fallbacks: [b: [c]]
  max_fallbacks: 1
  order_fallback_status_codes: [429, 5xx]
  enable_pre_call_checks: true
  enable_tag_filtering: true
  tag_filtering_match_any: false
  request_class_priorities: {main: 0, Auxiliary: 10}
  queue_timeout: 2.5
  queue_size: 10
`);
  assert.deepEqual(problems, []);
  assert.deepEqual(warnings, []);
  const { fallbacks, orderFallbackStatuses, ...rest } = config?.source.settings ?? defaultRouterSettings;
  assert.deepEqual(rest, {
    numRetries: 0,
    retryPolicy: { TimeoutError: 1, RateLimitError: 3 },
    groupRetryPolicies: new Map([["a", { BadGatewayError: 0 }]]),
    retryAfterMs: 0,
    timeoutMs: 2_500,
    streamTimeoutMs: 6_000_000,
    streamIdleTimeoutMs: 20_000,
    streamTotalTimeoutMs: 90_000,
    keepaliveMs: 7_000,
    tellsUsage: true,
    enforceRateLimits: false,
    cooldown: { disabled: true, timeMs: 0, maxMs: 7_200_000, allowedFails: 0, allowedFailsPolicy: { ContentPolicyViolationError: 1_000 } },
    preCallChecks: true,
    tagFiltering: { enabled: true, matchAny: false },
    connectTimeoutMs: 3_000,
    connectionIdleMs: 3_000,
    resumeStreams: true,
    hedges: new Map([["a", { afterMs: "p95", maxRatio: 0.05 }]]),
    queue: { timeoutMs: 2_500, size: 10 },
    classPriorities: new Map([
      ["main", 0],
      ["auxiliary", 10],
    ]),
  });
  assert.deepEqual(plain(fallbacks.generic), { a: ["b", "c"], "*": ["c"] });
  assert.deepEqual(plain(fallbacks.contextWindow), { a: ["b"] });
  assert.deepEqual(plain(fallbacks.contentPolicy), { b: ["c"] });
  assert.equal(fallbacks.maxFallbacks, 1);
  assert.deepEqual(orderFallbackStatuses, new Set([429, ...Array.from({ length: 100 }, (_, index) => 500 + index)]));
});

test("litellm_settings give what router_settings leave open, and lose with a warning where both speak", async () => {
  const quiet = await load(`${groups}
litellm_settings: {num_retries: 5, request_timeout: 30, sse_keepalive_ping_interval_seconds: 20, allowed_fails: 3, cooldown_time: 60, fallbacks: [a: [b]], default_fallbacks: [c], context_window_fallbacks: [a: [c]], content_policy_fallbacks: [b: [c]]}
`);
  const settings = quiet.config?.source.settings;
  assert.deepEqual([settings?.numRetries, settings?.timeoutMs, settings?.keepaliveMs], [5, 30_000, 20_000]);
  assert.deepEqual([settings?.cooldown.allowedFails, settings?.cooldown.timeMs], [3, 60_000]);
  assert.deepEqual(plain(settings?.fallbacks.generic), { a: ["b"], "*": ["c"] });
  assert.deepEqual(plain(settings?.fallbacks.contextWindow), { a: ["c"] });
  assert.deepEqual(plain(settings?.fallbacks.contentPolicy), { b: ["c"] });
  assert.deepEqual(quiet.warnings, []);

  const both = "{num_retries: 1, timeout: 30, cooldown_time: 5, allowed_fails: 0, fallbacks: [a: [b]], default_fallbacks: [c]}";
  const other = "{num_retries: 5, request_timeout: 30, cooldown_time: 6, allowed_fails: 1, fallbacks: [a: [c]], default_fallbacks: [c]}";
  const loud = await load(`${groups}router_settings: ${both}\nlitellm_settings: ${other}\n`);
  const won = loud.config?.source.settings;
  assert.deepEqual([won?.numRetries, won?.cooldown.timeMs, won?.cooldown.allowedFails], [1, 5_000, 0]);
  assert.deepEqual(plain(won?.fallbacks.generic), { a: ["b"], "*": ["c"] });
  assert.deepEqual(
    loud.warnings.map(({ key, message }) => `${key}: ${message}`),
    ["num_retries", "cooldown_time", "allowed_fails", "fallbacks"].map(
      (key) => `litellm_settings.${key}: is set to another value under router_settings, which wins`,
    ),
  );
});

test("fallbacks in a wrong section are honoured with a warning", async () => {
  const { config, warnings } = await load(`${groups}general_settings: {retry_policy: {TimeoutErrorRetries: 4}}\nfallbacks: [a: [b]]\n`);
  assert.deepEqual(config?.source.settings.retryPolicy, { TimeoutError: 4 });
  assert.deepEqual(plain(config.source.settings.fallbacks.generic), { a: ["b"] });
  assert.deepEqual(
    warnings.map(({ message }) => message),
    Array.from({ length: 2 }, () => "belongs under router_settings; it is honoured here too, but better moved there"),
  );
});

test("a wrong type or range is a problem that says what is allowed", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["num_retries: two", 'num_retries: must be a whole number ≥ 0, not "two"'],
    ["num_retries: 1.5", "num_retries: must be a whole number ≥ 0, not 1.5"],
    ["num_retries: -1", "num_retries: must be a whole number ≥ 0, not -1"],
    ["timeout: 0", "timeout: must be a number of seconds > 0, not 0"],
    ["timeout: .inf", "timeout: must be a number of seconds > 0, not .inf"],
    ["timeout: [1]", "timeout: must be a number of seconds > 0, not a list"],
    ["stream_idle_timeout: 0", "stream_idle_timeout: must be a number of seconds > 0, not 0"],
    ["cooldown_time: -1", "cooldown_time: must be a number of seconds ≥ 0, not -1"],
    ["queue_size: 0.5", "queue_size: must be a whole number ≥ 0, not 0.5"],
    ["enforce_rate_limits: maybe", 'enforce_rate_limits: must be true or false, not "maybe"'],
    ["enable_tag_filtering: 7", "enable_tag_filtering: must be true or false, not 7"],
    ["retry_policy: 3", "retry_policy: must be a map such as {RateLimitErrorRetries: 3}, not 3"],
    ["retry_policy: {TimeoutErrorRetries: -1}", "retry_policy.TimeoutErrorRetries: must be a whole number ≥ 0, not -1"],
    ["model_group_retry_policy: [a]", "model_group_retry_policy: must be a map from a group to its retry policy, not a list"],
    ["model_group_retry_policy: {group: 3}", "model_group_retry_policy.group: must be a map such as {RateLimitErrorRetries: 3}, not 3"],
    [
      "order_fallback_status_codes: [429, 600]",
      'order_fallback_status_codes[1]: must be a status from 100 to 599, or a class such as "5xx", not 600',
    ],
    [
      "order_fallback_status_codes: 5x",
      'order_fallback_status_codes: must be a status from 100 to 599, or a class such as "5xx", not "5x"',
    ],
  ];
  for (const [line, problem] of cases) {
    const { problems, config } = await load(`${base}router_settings: {${line}}\n`);
    assert.deepEqual(
      problems.map(({ key, message }) => `${key}: ${message}`),
      [`router_settings.${problem}`],
    );
    assert.equal(config, undefined);
  }
});

test("an empty list of statuses is not the same as none", async () => {
  const never = await loadValid(`${base}router_settings: {order_fallback_status_codes: []}\n`);
  assert.deepEqual(never.source.settings.orderFallbackStatuses, new Set());
  const always = await loadValid(`${base}router_settings: {order_fallback_status_codes: null}\n`);
  assert.equal(always.source.settings.orderFallbackStatuses, undefined);
});

test("a retry policy for a group that does not exist is warned of", async () => {
  const { config, warnings } = await load(`${groups}router_settings: {model_group_retry_policy: {aa: {TimeoutErrorRetries: 1}}}\n`);
  assert.notEqual(config, undefined);
  assert.deepEqual(told(warnings), [
    '5:46 router_settings.model_group_retry_policy.aa: there is no group "aa", so this policy is never used',
  ]);
});

test("stream_recovery is continue or off", async () => {
  const { problems } = await load(`${base}\nrouter_settings:\n  stream_recovery: maybe\n`);
  assert.match(told(problems).join("\n"), /stream_recovery.* must be continue or off, not "maybe"/);
  assert.equal((await loadValid(`${base}\nrouter_settings:\n  stream_recovery: "off"\n`)).source.settings.resumeStreams, false);
});
