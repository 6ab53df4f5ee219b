import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { LoadedConfig } from "../../src/config/load/load-config.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { startOpenTelemetry } from "../../src/telemetry/traces/otel.ts";
import type { Tracing } from "../../src/telemetry/traces/tracing.ts";
import { OpenAiHost } from "../support/openai-host.ts";
import { OtlpReceiver, type ReceivedSpan } from "../support/otlp-receiver.ts";
import { startService, type RunningTestService } from "../support/start-service.ts";
import { logLines, type LogLines } from "../telemetry/support/log-lines.ts";

const planted = "the-planted-prompt";
const callerTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const callerSpan = "00f067aa0ba902b7";
const traceparent = `00-${callerTrace}-${callerSpan}-01`;

let host: OpenAiHost;
let collector: OtlpReceiver;
let lines: LogLines;

before(async () => {
  host = await OpenAiHost.listen();
  collector = await OtlpReceiver.listen();
});
after(async () => {
  await host.close();
  await collector.close();
});
beforeEach(() => {
  host.reset();
  collector.spans.length = 0;
  collector.points.length = 0;
  collector.headers.length = 0;
  collector.raw = "";
  collector.status = 200;
  lines = logLines();
});

function deployment(group: string, id: string): string {
  return `  - { model_name: ${group}, litellm_params: { model: openai/up-${id}, api_base: "${host.apiBase}", api_key: key-of-the-host, weight: 1, cooldown_time: 0, input_cost_per_token: 0.5, output_cost_per_token: 1 }, model_info: { id: ${id} } }`;
}

function configOf(more: string): string {
  return [
    "model_list:",
    ...["a", "b", "c"].map((id) => deployment("m", id)),
    deployment("spare", "z"),
    "router_settings: { num_retries: 2, fallbacks: [{ m: [spare] }] }",
    more,
  ].join("\n");
}

function startTracing(config: LoadedConfig): Tracing {
  assert.ok(config.telemetry.otel, "OpenTelemetry is not configured");
  return startOpenTelemetry({
    settings: config.telemetry.otel,
    log: lines.log,
    clock: systemClock,
    version: "1.2.3",
    longestStopMs: 2_000,
  });
}

async function start(env: Readonly<Record<string, string>> = {}, more = ""): Promise<RunningTestService> {
  return startService(configOf(more), { env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin, ...env }, startTracing });
}

function ask(origin: string, headers: Readonly<Record<string, string>> = {}, over: object = {}): Promise<Response> {
  const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: planted }], ...over });
  return fetch(`${origin}/v1/chat/completions`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
}

const isServer = (span: ReceivedSpan): boolean => span.kind === 2;
const isClient = (span: ReceivedSpan): boolean => span.kind === 3;

function numberOf(span: ReceivedSpan): number {
  return Number(span.attributes["huntgroup.attempt.number"]);
}

function attempts(): readonly ReceivedSpan[] {
  return collector.spans.filter(isClient).toSorted((one, other) => numberOf(one) - numberOf(other));
}

const failure = { kind: "reply", status: 500, body: { error: { message: `no: ${planted}`, type: "server_error" } } } as const;

describe("traces", () => {
  test("a call with two retries and a fallback is a span below the caller's, with one below it for each attempt", async () => {
    const service = await start();
    host.once(failure, failure, failure);
    const reply = await ask(service.origin, { traceparent, tracestate: "vendor=1", "x-request-id": "call-9" });
    assert.equal(reply.status, 200);
    await reply.text();
    await service.stop();

    const [call, ...others] = collector.spans.filter(isServer);
    assert.ok(call);
    assert.deepEqual(others, []);
    assert.equal(call.name, "chat m");
    assert.deepEqual([call.traceId, call.parentSpanId], [callerTrace, callerSpan]);
    const tried = attempts();
    assert.deepEqual(
      tried.map((span) => [
        span.traceId,
        span.parentSpanId,
        span.attributes["huntgroup.attempt.kind"],
        span.attributes["huntgroup.attempt.after"],
      ]),
      [
        [callerTrace, call.spanId, "first", undefined],
        [callerTrace, call.spanId, "retry", "upstream_error"],
        [callerTrace, call.spanId, "retry", "upstream_error"],
        [callerTrace, call.spanId, "fallback", "upstream_error"],
      ],
    );
    assert.equal(new Set([call, ...tried].map((span) => span.spanId)).size, 5);
    // The trace goes on at each host below the very attempt.
    assert.deepEqual(
      host.hits.map((hit) => [hit.headers["traceparent"], hit.headers["tracestate"]]),
      tried.map((span) => [`00-${callerTrace}-${span.spanId}-01`, "vendor=1"]),
    );
    // Each where its deployment is, with what it asked for; the names as the conventions have them.
    assert.deepEqual(new Set(tried.slice(0, 3).map((span) => span.attributes["huntgroup.deployment"])), new Set(["a", "b", "c"]));
    for (const span of tried.slice(0, 3)) {
      assert.equal(span.status, 2);
      assert.equal(span.attributes["error.type"], "upstream_error");
      assert.equal(span.attributes["http.response.status_code"], 500);
      assert.equal(span.name, `chat up-${span.attributes["huntgroup.deployment"]}`);
    }
    const last = tried[3];
    assert.ok(last);
    assert.deepEqual([last.status ?? 0, last.attributes["error.type"]], [0, undefined]);
    const { port } = new URL(host.origin);
    assert.deepEqual(
      ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "server.address", "server.port"].map(
        (name) => last.attributes[name],
      ),
      ["chat", "openai", "up-z", "127.0.0.1", Number(port)],
    );
    const tokens = { input: call.attributes["gen_ai.usage.input_tokens"], output: call.attributes["gen_ai.usage.output_tokens"] };
    assert.ok(Number(tokens.input) > 0 && Number(tokens.output) > 0);
    assert.deepEqual(
      { input: last.attributes["gen_ai.usage.input_tokens"], output: last.attributes["gen_ai.usage.output_tokens"] },
      tokens,
    );
    assert.deepEqual(
      ["call_id", "door", "group", "deployment", "attempts", "retries", "fallbacks", "cost_usd"].map(
        (name) => call.attributes[`huntgroup.${name}`],
      ),
      ["call-9", "rest", "spare", "z", 4, 2, 1, Number(tokens.input) * 0.5 + Number(tokens.output)],
    );
    for (const span of tried) assert.ok(span.startMs >= call.startMs && span.endMs <= call.endMs + 1, "an attempt lies within its call");
    assert.ok(Math.abs(call.startMs - Date.now()) < 60_000, "spans are on wall time");
    assert.deepEqual([call.resource["service.name"], call.resource["service.version"]], ["huntgroup", "1.2.3"]);
    // Neither the prompt nor the host's own words, which quote it, nor a key.
    assert.ok(!collector.raw.includes(planted) && !collector.raw.includes("key-of-the-host"));
  });

  test("without a trace of the caller's, or with one that is not well formed, a call begins its own", async () => {
    const service = await start();
    const bad = [
      "nonsense",
      `00-${"0".repeat(32)}-${callerSpan}-01`,
      `ff-${callerTrace}-${callerSpan}-01`,
      `00-${callerTrace}-${callerSpan}-01-more`,
    ];
    for (const value of [undefined, ...bad]) await (await ask(service.origin, value === undefined ? {} : { traceparent: value })).text();
    await service.stop();
    const calls = collector.spans.filter(isServer);
    assert.equal(calls.length, 5);
    assert.deepEqual(
      calls.filter((span) => span.parentSpanId !== undefined || span.traceId === callerTrace),
      [],
    );
    assert.equal(new Set(calls.map((span) => span.traceId)).size, 5);
  });

  test("a trace that its caller does not record is not recorded here, and goes on at the host as such", async () => {
    const service = await start();
    await (await ask(service.origin, { traceparent: `00-${callerTrace}-${callerSpan}-00` })).text();
    await service.stop();
    assert.deepEqual(collector.spans, []);
    assert.match(String(host.lastHit.headers["traceparent"]), new RegExp(`^00-${callerTrace}-[0-9a-f]{16}-00$`));
  });

  test("a stream's spans end with it; a caller that hangs up ends both without an error", async () => {
    const service = await start();
    await (await ask(service.origin, {}, { stream: true })).text();
    host.once({ kind: "hang" });
    const controller = new AbortController();
    const body = JSON.stringify({ model: "m", messages: [] });
    const headers = { "content-type": "application/json" };
    const hit = host.nextHit();
    const hanging = fetch(`${service.origin}/v1/chat/completions`, { method: "POST", headers, body, signal: controller.signal });
    const { hungUp } = await hit;
    controller.abort();
    await assert.rejects(hanging);
    await hungUp;
    await service.stop();
    const [stream, given] = collector.spans.filter(isServer).toSorted((one, other) => one.startMs - other.startMs);
    assert.ok(Number(stream?.attributes["gen_ai.response.time_to_first_chunk"]) > 0);
    assert.equal(stream?.attributes["huntgroup.stream"], true);
    assert.deepEqual([given?.attributes["error.type"], given?.status ?? 0], ["cancelled", 0]);
    assert.deepEqual(
      attempts().map((span) => span.attributes["error.type"]),
      [undefined, "cancelled"],
    );
  });

  test("a model's name is shortened, and a key in its place masked", async () => {
    const service = await start();
    await (await ask(service.origin, {}, { model: `sk-abcdefgh12345678${"y".repeat(900)}` })).text();
    await service.stop();
    const [span] = collector.spans;
    assert.ok(span && span.name.length < 250);
    assert.ok(!collector.raw.includes("sk-abcdefgh"));
    assert.equal(span.attributes["error.type"], "model_not_found");
  });
});

describe("metrics", () => {
  test("the conventions' histograms have a point for each attempt, by names of the configuration", async () => {
    const service = await start();
    host.once(failure);
    await (await ask(service.origin, {}, { stream: true, stream_options: { include_usage: true } })).text();
    await (await ask(service.origin, {}, { model: `nope-${planted}` })).text();
    await service.stop();
    const { points } = collector;
    const sum = (metric: string, filter: Readonly<Record<string, string>> = {}): number =>
      points
        .filter((point) => point.metric === metric && Object.entries(filter).every(([name, value]) => point.attributes[name] === value))
        .reduce((total, point) => total + point.count, 0);
    assert.equal(sum("gen_ai.client.operation.duration"), 2);
    assert.equal(sum("gen_ai.client.operation.duration", { "error.type": "upstream_error" }), 1);
    assert.equal(sum("gen_ai.client.operation.time_to_first_chunk"), 1);
    assert.equal(sum("gen_ai.client.token.usage", { "gen_ai.token.type": "input" }), 1);
    assert.equal(sum("gen_ai.client.token.usage", { "gen_ai.token.type": "output" }), 1);
    for (const { attributes } of points) {
      assert.equal(attributes["gen_ai.provider.name"], "openai");
      assert.match(String(attributes["gen_ai.request.model"]), /^up-[abcz]$/);
    }
    assert.ok(!JSON.stringify(points).includes(planted));
  });
});

describe("the collector", () => {
  test("is shown the headers that the variables give it; their values are secrets", async () => {
    const service = await start({
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20token-of-the-collector,x-a=1",
      OTEL_SERVICE_NAME: "router-eu",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=test,service.name=ignored",
    });
    await (await ask(service.origin)).text();
    await service.stop();
    assert.ok(collector.headers.length > 0);
    for (const headers of collector.headers)
      assert.deepEqual([headers.authorization, headers["x-a"]], ["Bearer token-of-the-collector", "1"]);
    const { resource } = collector.spans[0]!;
    assert.deepEqual([resource["service.name"], resource["deployment.environment"]], ["router-eu", "test"]);
  });

  test("that cannot be reached is no harm to calls, and holds up no stop", async () => {
    const gone = await OtlpReceiver.listen();
    const { origin } = gone;
    await gone.close();
    const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: origin });
    for (let count = 0; count < 3; count++) assert.equal((await ask(service.origin)).status, 200);
    await service.stop();
  });
});
