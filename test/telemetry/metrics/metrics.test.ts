import assert from "node:assert/strict";
import perfHooks from "node:perf_hooks";
import { describe, test } from "node:test";
import { RouterError } from "../../../src/core/errors.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { createMetrics, ownMetrics } from "../../../src/telemetry/metrics/metrics.ts";
import { deployment, tableSource } from "../../support/core-fixture.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";
import { metricsFixture, seriesOf, type MetricsFixture } from "../support/metrics-fixture.ts";

const priced = { inputCostPerToken: 0.001, outputCostPerToken: 0.002 };
const answer = '{"usage":{"prompt_tokens":10,"completion_tokens":20}}';
const chunks = ["preamble\n", "content a\n", "finish\n", "done\n"];
const settings = { ...defaultRouterSettings, numRetries: 2 };
const noCooldown = { ...settings, cooldown: { ...settings.cooldown, disabled: true } };

/** What happens, and what is there to be scraped afterwards. Labels that all have: group and deployment. */
const cases: readonly {
  readonly name: string;
  readonly arrange: () => MetricsFixture;
  readonly act: (fixture: MetricsFixture) => Promise<void> | void;
  readonly expected: Readonly<Record<string, number | undefined>>;
}[] = [
  {
    name: "a call that goes well",
    arrange: () => metricsFixture([deployment("a", priced)]),
    async act({ core }) {
      core.upstream.script("a", { kind: "reply", body: answer, afterMs: 300 });
      await core.run({ inboundProtocol: "grpc", caller: callerKeyOf("team") });
    },
    expected: {
      'huntgroup_calls_total{group="m",deployment="a",door="grpc",outcome="success"}': 1,
      'huntgroup_calls_total{group="m",deployment="a",door="rest",outcome="success"}': undefined,
      'huntgroup_attempts_total{group="m",deployment="a",outcome="success"}': 1,
      'huntgroup_attempts_total{group="m",deployment="a",outcome="server_error"}': 0,
      'huntgroup_tokens_total{group="m",deployment="a",type="prompt"}': 10,
      'huntgroup_tokens_total{group="m",deployment="a",type="output"}': 20,
      'huntgroup_cost_usd_total{group="m",deployment="a"}': 0.05,
      'huntgroup_key_calls_total{key="team",outcome="success"}': 1,
      'huntgroup_key_tokens_total{key="team",type="prompt"}': 10,
      'huntgroup_key_tokens_total{key="team",type="output"}': 20,
      'huntgroup_key_cost_usd_total{key="team"}': 0.05,
      'huntgroup_call_duration_seconds_bucket{group="m",le="0.25"}': 0,
      'huntgroup_call_duration_seconds_bucket{group="m",le="0.5"}': 1,
      'huntgroup_call_duration_seconds_bucket{group="m",le="+Inf"}': 1,
      'huntgroup_call_duration_seconds_sum{group="m"}': 0.3,
      'huntgroup_call_duration_seconds_count{group="m"}': 1,
      'huntgroup_attempt_duration_seconds_sum{group="m",deployment="a"}': 0.3,
      'huntgroup_overhead_seconds_count{group="m"}': 1,
      'huntgroup_queue_wait_seconds_count{group="m"}': undefined,
      'huntgroup_time_to_first_token_seconds_count{group="m",deployment="a"}': undefined,
      huntgroup_calls_in_flight: 0,
    },
  },
  {
    name: "a call that is counted by the piece",
    arrange: () => metricsFixture([deployment("a", { units: { queries: 0.5 } })]),
    async act({ core }) {
      core.upstream.script("a", { kind: "reply", body: "{}" });
      await core.run({ endpoint: "rerank", answers: 0, units: { queries: 3 } });
    },
    expected: {
      'huntgroup_units_total{group="m",deployment="a",unit="queries"}': 3,
      'huntgroup_units_total{group="m",deployment="a",unit="images"}': undefined,
      'huntgroup_cost_usd_total{group="m",deployment="a"}': 1.5,
    },
  },
  {
    name: "a stream",
    arrange: () => metricsFixture([deployment("a")]),
    async act({ core }) {
      core.upstream.script("a", { kind: "stream", firstMs: 200, gapMs: 100, chunks });
      await core.run({ stream: true });
    },
    expected: {
      // The preamble comes after 200 ms, the first content 100 ms later.
      'huntgroup_time_to_first_token_seconds_sum{group="m",deployment="a"}': 0.3,
      'huntgroup_call_time_to_first_token_seconds_sum{group="m"}': 0.3,
      'huntgroup_attempt_duration_seconds_sum{group="m",deployment="a"}': 0.5,
      'huntgroup_key_calls_total{key="",outcome="success"}': 1,
    },
  },
  {
    name: "two retries",
    arrange: () => metricsFixture([deployment("a"), deployment("b"), deployment("c")], { settings: noCooldown }),
    async act({ core }) {
      core.upstream.script("a", { kind: "reply", status: 500 }).script("b", { kind: "reply", status: 429 });
      await core.run();
    },
    expected: {
      'huntgroup_attempts_total{group="m",deployment="a",outcome="server_error"}': 1,
      'huntgroup_attempts_total{group="m",deployment="b",outcome="rate_limited"}': 1,
      'huntgroup_attempt_errors_total{group="m",deployment="a",code="upstream_error"}': 1,
      'huntgroup_attempt_errors_total{group="m",deployment="b",code="upstream_rate_limited"}': 1,
      'huntgroup_retries_total{group="m",deployment="b",code="upstream_error"}': 1,
      'huntgroup_retries_total{group="m",deployment="c",code="upstream_rate_limited"}': 1,
      'huntgroup_calls_total{group="m",deployment="c",door="rest",outcome="success"}': 1,
      'huntgroup_cooldowns_total{group="m",deployment="a",code="upstream_error"}': undefined,
    },
  },
  {
    name: "a fallback",
    arrange: () =>
      metricsFixture([deployment("a"), deployment("z", { group: "other" })], {
        settings: {
          ...noCooldown,
          numRetries: 0,
          fallbacks: { ...settings.fallbacks, generic: new Map([["m", [{ model: "other", amend: undefined }]]]) },
        },
      }),
    async act({ core }) {
      core.upstream.script("a", { kind: "reply", status: 500 });
      await core.run();
    },
    expected: {
      'huntgroup_fallbacks_total{group="other",deployment="z",code="upstream_error"}': 1,
      'huntgroup_retries_total{group="other",deployment="z",code="upstream_error"}': undefined,
      'huntgroup_calls_total{group="other",deployment="z",door="rest",outcome="success"}': 1,
    },
  },
  {
    name: "a hedge that wins",
    arrange: () =>
      metricsFixture([deployment("a"), deployment("b")], {
        settings: { ...settings, hedges: new Map([["m", { afterMs: 200, maxRatio: 1 }]]) },
      }),
    async act({ core }) {
      core.upstream.script("a", { kind: "reply", afterMs: 5_000 });
      await core.run();
    },
    expected: {
      'huntgroup_hedges_total{group="m",deployment="b"}': 1,
      'huntgroup_hedges_total{group="m",deployment="a"}': 0,
      'huntgroup_attempts_total{group="m",deployment="a",outcome="cancelled"}': 1,
      'huntgroup_calls_total{group="m",deployment="b",door="rest",outcome="success"}': 1,
    },
  },
  {
    name: "a stream that is cut and resumed",
    arrange: () => metricsFixture([deployment("a"), deployment("b")], { settings: { ...noCooldown, resumeStreams: true } }),
    async act({ core }) {
      core.upstream.script("a", { kind: "stream", chunks: ["content a\n"], end: "break" }).script("b", { kind: "stream", chunks });
      await core.run({ stream: true });
    },
    expected: {
      'huntgroup_resumes_total{group="m",deployment="b",code="stream_interrupted"}': 1,
      'huntgroup_attempt_errors_total{group="m",deployment="a",code="stream_interrupted"}': 1,
    },
  },
  {
    name: "a deployment that cools down",
    arrange: () => metricsFixture([deployment("a"), deployment("b")], { settings }),
    async act({ core }) {
      core.upstream.script("a", { kind: "reply", status: 401 });
      core.start();
      core.clock.advance(1);
      await Promise.resolve();
    },
    expected: {
      'huntgroup_cooldowns_total{group="m",deployment="a",code="upstream_auth"}': 1,
      'huntgroup_deployment_eligible{group="m",deployment="a"}': 0,
      'huntgroup_deployment_eligible{group="m",deployment="b"}': 1,
      'huntgroup_deployment_eligibility{group="m",deployment="a",reason="cooling_down"}': 1,
      'huntgroup_deployment_eligibility{group="m",deployment="a",reason="eligible"}': undefined,
      'huntgroup_deployment_failure_ratio{group="m",deployment="b"}': 0,
    },
  },
  {
    name: "a call that fails for good",
    arrange: () => metricsFixture([deployment("a")], { settings: { ...noCooldown, numRetries: 0 } }),
    async act({ core }) {
      core.upstream.script("a", { kind: "reply", status: 500, afterMs: 50 });
      await core.run();
    },
    expected: {
      'huntgroup_calls_total{group="m",deployment="a",door="rest",outcome="server_error"}': 1,
      'huntgroup_call_errors_total{group="m",code="upstream_error"}': 1,
      'huntgroup_call_duration_seconds_count{group="m"}': undefined,
      'huntgroup_attempt_duration_seconds_count{group="m",deployment="a"}': undefined,
    },
  },
  {
    name: "a caller that hangs up",
    arrange: () => metricsFixture([deployment("a")]),
    act({ core }) {
      core.upstream.script("a", { kind: "hang" });
      core.start({ inboundProtocol: "connect" }).handle.cancel();
    },
    expected: {
      'huntgroup_calls_total{group="m",deployment="a",door="connect",outcome="cancelled"}': 1,
      'huntgroup_attempts_total{group="m",deployment="a",outcome="cancelled"}': 1,
      'huntgroup_call_errors_total{group="m",code="cancelled"}': 1,
      'huntgroup_overhead_seconds_count{group="m"}': undefined,
    },
  },
  {
    name: "a call under way",
    arrange: () => metricsFixture([deployment("a", { rpm: 100, tpm: 9_000, maxParallelRequests: 7, weight: 3 })]),
    act({ core }) {
      core.upstream.script("a", { kind: "hang" });
      core.start({ maxOutputTokens: 50, body: { bytes: Buffer.alloc(400), members: [] } });
    },
    expected: {
      huntgroup_calls_in_flight: 1,
      'huntgroup_deployment_in_flight{group="m",deployment="a"}': 1,
      'huntgroup_deployment_outstanding_tokens{group="m",deployment="a"}': 150,
      'huntgroup_deployment_weight{group="m",deployment="a"}': 3,
      'huntgroup_deployment_rpm_used{group="m",deployment="a"}': 1,
      'huntgroup_deployment_rpm_limit{group="m",deployment="a"}': 100,
      'huntgroup_deployment_tpm_used{group="m",deployment="a"}': 150,
      'huntgroup_deployment_tpm_limit{group="m",deployment="a"}': 9_000,
      'huntgroup_deployment_parallel_limit{group="m",deployment="a"}': 7,
      'huntgroup_deployment_info{group="m",deployment="a",provider="fake",address="fake/a",strategy="first"}': 1,
      huntgroup_queue_depth: 0,
    },
  },
  {
    name: "a deployment without limits",
    arrange: () => metricsFixture([deployment("a")]),
    act: () => undefined,
    expected: {
      'huntgroup_deployment_rpm_limit{group="m",deployment="a"}': undefined,
      'huntgroup_deployment_tpm_limit{group="m",deployment="a"}': undefined,
      'huntgroup_deployment_parallel_limit{group="m",deployment="a"}': undefined,
      'huntgroup_attempts_total{group="m",deployment="a",outcome="success"}': 0,
    },
  },
  {
    name: "calls that wait, one of which had its turn",
    arrange: () =>
      metricsFixture([deployment("a", { maxParallelRequests: 1 })], { settings: { ...settings, queue: { timeoutMs: 60_000, size: 10 } } }),
    async act({ core }) {
      core.upstream.script("a", { kind: "reply", afterMs: 2_000 });
      for (let count = 0; count < 3; count++) core.start();
      core.clock.advance(2_000);
      await Promise.resolve();
      await Promise.resolve();
    },
    expected: {
      huntgroup_queue_depth: 1,
      huntgroup_calls_in_flight: 2,
      'huntgroup_queue_wait_seconds_count{group="m"}': undefined,
    },
  },
  {
    name: "a call that has waited",
    arrange: () =>
      metricsFixture([deployment("a", { maxParallelRequests: 1 })], { settings: { ...settings, queue: { timeoutMs: 60_000, size: 10 } } }),
    async act({ core }) {
      core.upstream.script("a", { kind: "reply", afterMs: 2_000 });
      for (let count = 0; count < 2; count++) core.start();
      core.clock.advance(2_000);
      // The queue goes on in a step of its own.
      await Promise.resolve();
      await core.settle();
    },
    expected: {
      'huntgroup_queue_wait_seconds_bucket{group="m",le="1"}': 0,
      'huntgroup_queue_wait_seconds_bucket{group="m",le="2.5"}': 1,
      'huntgroup_queue_wait_seconds_sum{group="m"}': 2,
    },
  },
  {
    name: "no capacity, asked for by an alias",
    arrange: () =>
      metricsFixture([deployment("a", { blocked: true }), deployment("b", { group: "n", blocked: true })], {
        aliases: [{ alias: "both", targets: ["m", "n"], hidden: false }],
      }),
    act: async ({ core }) => void (await core.run({ model: "both" })),
    expected: {
      'huntgroup_calls_total{group="m",deployment="",door="rest",outcome="rate_limited"}': 1,
      'huntgroup_call_errors_total{group="m",code="no_capacity"}': 1,
      'huntgroup_deployment_state{group="m",deployment="a",state="blocked"}': 1,
      'huntgroup_deployment_state{group="m",deployment="a",state="active"}': 0,
      'huntgroup_deployment_state{group="m",deployment="a",state="draining"}': 0,
    },
  },
  {
    name: "refusals at the door and reloads",
    arrange: () => metricsFixture([]),
    act({ metrics }) {
      for (const code of ["unauthenticated", "unauthenticated", "too_many_attempts"] as const)
        metrics.counts.refused({ inboundProtocol: "grpc", code });
      metrics.reloaded(true);
      metrics.reloaded(false);
      metrics.reloaded(false);
    },
    expected: {
      'huntgroup_refused_total{door="grpc",code="unauthenticated"}': 2,
      'huntgroup_refused_total{door="grpc",code="too_many_attempts"}': 1,
      'huntgroup_config_reloads_total{result="ok"}': 1,
      'huntgroup_config_reloads_total{result="failed"}': 2,
      huntgroup_config_last_reload_successful: 0,
      huntgroup_config_last_reload_success_timestamp_seconds: 1_700_001_000,
      'huntgroup_event_loop_delay_seconds{quantile="0.99"}': 0.0099,
      [`huntgroup_build_info{version="1.2.3",node_version="${process.version}"}`]: 1,
    },
  },
];

describe("each metric moves as its name says", () => {
  for (const { name, arrange, act, expected } of cases) {
    test(name, async () => {
      const fixture = arrange();
      await act(fixture);
      const series = await fixture.series();
      const found = Object.fromEntries(Object.keys(expected).map((key) => [key, rounded(series.get(key))]));
      assert.deepEqual(found, expected);
      assert.deepEqual(fixture.core.internalErrors, []);
    });
  }

  test("every metric is on the page, with its help and its type", async () => {
    const { body, contentType } = await metricsFixture([deployment("a")]).metrics.page();
    assert.match(contentType, /^text\/plain; version=0\.0\.4/);
    for (const { name, type, help } of ownMetrics) assert.ok(body.includes(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`), name);
  });
});

/** The time per token needs a stream that reports its usage, which the fake wire format does not. */
test("the time per output token is that of the tokens after the first", async () => {
  const { metrics, series, core } = metricsFixture([deployment("a")]);
  const usage = { promptTokens: 1, outputTokens: 11 };
  const common = { number: 1, kind: "first", deployment: deployment("a"), upstreamModel: "a", startedAt: 0, endedAt: 0 } as const;
  const success = { kind: "success", firstTokenMs: 400, totalMs: 900, stream: true, usage } as const;
  metrics.counts.attemptEnded({ ...common, after: undefined, costUsd: undefined, outcome: success });
  metrics.counts.attemptEnded({ ...common, after: undefined, costUsd: undefined, outcome: { ...success, stream: false } });
  const found = await series();
  assert.equal(rounded(found.get('huntgroup_time_per_output_token_seconds_sum{group="m",deployment="a"}')), 0.05);
  assert.equal(found.get('huntgroup_time_per_output_token_seconds_count{group="m",deployment="a"}'), 1);
  assert.deepEqual(core.internalErrors, []);
});

describe("the number of series has a bound", () => {
  test("unknown models, whatever they are called, make one series", async () => {
    const { core, series } = metricsFixture([deployment("a")]);
    await core.run();
    const before = (await series()).size;
    for (let count = 0; count < 500; count++) await core.run({ model: `nope-${count}"\n{}` });
    const found = await series();
    assert.equal(found.get('huntgroup_calls_total{group="",deployment="",door="rest",outcome="client_error"}'), 500);
    assert.ok(found.size <= before + 20, `${before} series, then ${found.size}`);
  });

  test("what a wildcard matches makes no series of its own", async () => {
    const { core, series } = metricsFixture([deployment("a", { group: "openai/*", upstreamModel: "*" })]);
    await core.run({ model: "openai/x" });
    const before = (await series()).size;
    for (let count = 0; count < 500; count++) await core.run({ model: `openai/made-up-${count}` });
    assert.equal((await series()).size, before);
  });

  test("ids, request bodies and tags of callers make none either", async () => {
    const { core, series } = metricsFixture([deployment("a")]);
    await core.run();
    const before = (await series()).size;
    for (let count = 0; count < 100; count++) await core.run({ id: `id-${count}`, tags: [`tag-${count}`], priority: count });
    assert.equal((await series()).size, before);
  });

  test("from some number of keys on, they share a series", async () => {
    const { core, series } = metricsFixture([deployment("a")]);
    for (let count = 0; count < 1_100; count++) await core.run({ caller: callerKeyOf(`key-${count}`) });
    const found = await series();
    assert.equal(found.get('huntgroup_key_calls_total{key="(others)",outcome="success"}'), 100);
    assert.equal([...found.keys()].filter((name) => name.startsWith("huntgroup_key_calls_total")).length, 1_001);
  });

  test("deployments and groups that left the configuration drop out; one that moved to another group begins anew", async () => {
    const { core, series } = metricsFixture([deployment("a"), deployment("b"), deployment("g", { group: "gone" })]);
    await core.run({ model: "a" });
    await core.run({ model: "b" });
    await core.run({ model: "gone" });
    assert.ok([...(await series()).keys()].some((name) => name.includes('group="gone"')));
    const source = tableSource([deployment("a"), deployment("b", { group: "n" })]);
    core.router.apply({ source, weights: new Map(), states: new Map() });
    const found = await series();
    assert.deepEqual(
      [...found.keys()].filter((name) => name.includes("gone") || (name.includes('group="m"') && name.includes('deployment="b"'))),
      [],
    );
    assert.equal(found.get('huntgroup_attempts_total{group="m",deployment="a",outcome="success"}'), 1);
    assert.equal(found.get('huntgroup_attempts_total{group="n",deployment="b",outcome="success"}'), 0);
  });

  test("names with quotes, backslashes, line ends and letters of any script stay one label", async () => {
    const id = 'a"b\\c\nd{e="f"} 名前';
    const { core, metrics } = metricsFixture([deployment("x", { id, group: "g\n2" })]);
    await core.run({ model: "g\n2" });
    const { body } = await metrics.page();
    const series = seriesOf(body);
    assert.equal(series.get('huntgroup_deployment_in_flight{group="g\\n2",deployment="a\\"b\\\\c\\nd{e=\\"f\\"} 名前"}'), 0);
  });
});

test("an error that comes with a code is counted by it, whatever its text", () => {
  const { metrics } = metricsFixture([deployment("a")]);
  metrics.counts.cooldownStarted(deployment("a"), new RouterError("upstream_auth", "sk-secret"));
  assert.deepEqual(
    [...(metrics.counts.deployments.get("a")?.cooldowns.entries() ?? [])].filter(([, count]) => count > 0),
    [["upstream_auth", 1]],
  );
});

/** Sums of binary fractions are off by the last bits. */
function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 1e9) / 1e9;
}

test("of several threads the worst event loop is told", async () => {
  const { metrics } = metricsFixture([]);
  const delays = async (...elsewhere: readonly (readonly number[])[]) => {
    const series = seriesOf((await metrics.page(elsewhere)).body);
    return [0.5, 0.9, 0.99, 1].map((quantile) => series.get(`huntgroup_event_loop_delay_seconds{quantile="${quantile}"}`));
  };
  assert.deepEqual(await delays(), [0.005, 0.009, 0.0099, 0.01]);
  assert.deepEqual(await delays([1, 20, 1, 30], [], [2, 2, 40, 2]), [0.005, 0.02, 0.04, 0.03]);
});

test("the process's own metrics are scraped without a monitor that wakes an idle process a hundred times a second", async () => {
  const resolutions: (number | undefined)[] = [];
  const { monitorEventLoopDelay } = perfHooks;
  perfHooks.monitorEventLoopDelay = (options) => {
    resolutions.push(options?.resolution);
    return monitorEventLoopDelay(options);
  };
  const metrics = createMetrics({
    router: () => metricsFixture([deployment("a")]).core.router,
    clock: { wallTime: () => 0 },
    eventLoopDelay: { take: () => [0.25, 1, 2, 3], stop: () => {} },
    version: "1",
    processMetrics: true,
  });
  const { body } = await metrics.page();
  perfHooks.monitorEventLoopDelay = monitorEventLoopDelay;
  assert.ok(
    resolutions.every((ms) => ms !== undefined && ms > 86_400_000),
    String(resolutions),
  );
  assert.match(body, /^process_cpu_user_seconds_total /m);
  assert.match(body, /^nodejs_eventloop_lag_seconds /m);
  assert.doesNotMatch(body, /^nodejs_eventloop_lag_(?:min|max|mean|stddev|p\d+)/m);
  assert.match(body, /^huntgroup_event_loop_delay_seconds\{quantile="0.5"\} 0\.00025$/m);
});
