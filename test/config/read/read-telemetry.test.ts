import assert from "node:assert/strict";
import { test } from "node:test";
import type { OtelSettings, TelemetrySettings } from "../../../src/config/settings/telemetry-settings.ts";
import { load, loadValid, oneDeployment, told } from "../support/load.ts";

const base = oneDeployment();

async function read(sections: string, env: Readonly<Record<string, string>> = {}): Promise<TelemetrySettings> {
  return (await loadValid(`${base}${sections}\n`, { env })).telemetry;
}

test("without settings: no level or format of its own, no content, metrics behind the key, no OpenTelemetry", async () => {
  assert.deepEqual(await read(""), {
    logLevel: undefined,
    logFormat: undefined,
    logContent: false,
    logCalibration: true,
    logPrefixes: false,
    recentCalls: 1_000,
    metricsOpen: false,
    otel: undefined,
  });
});

test("the log's settings are read", async () => {
  const { logLevel, logFormat, logContent } = await read("general_settings: { log_level: WARN, log_format: json, log_content: true }");
  assert.deepEqual([logLevel, logFormat, logContent], ["warn", "json", true]);
});

test("what the log tells for calibration can be switched off, and hashes of prompts on where there is a master key", async () => {
  const off = await read("general_settings: { log_calibration: false }");
  assert.deepEqual([off.logCalibration, off.logPrefixes], [false, false]);
  const on = await read("general_settings: { master_key: sk-the-master-key, log_prefixes: true }");
  assert.deepEqual([on.logCalibration, on.logPrefixes], [true, true]);
  const keyless = await load(`${base}general_settings: { log_prefixes: true }\n`);
  assert.match(told(keyless.problems).join(), /general_settings\.log_prefixes: needs a master_key/);
});

test("the metrics are open where either section says so; general_settings win", async () => {
  const cases: readonly (readonly [sections: string, isOpen: boolean])[] = [
    ["general_settings: { require_auth_for_metrics_endpoint: false }", true],
    ["litellm_settings: { require_auth_for_metrics_endpoint: false }", true],
    ["litellm_settings: { require_auth_for_metrics_endpoint: true }", false],
    [
      "general_settings: { require_auth_for_metrics_endpoint: true }\nlitellm_settings: { require_auth_for_metrics_endpoint: false }",
      false,
    ],
  ];
  for (const [sections, isOpen] of cases) assert.equal((await read(sections)).metricsOpen, isOpen, sections);
});

const plain: OtelSettings = {
  traces: { url: "http://c:4318/v1/traces", headers: {} },
  metrics: { url: "http://c:4318/v1/metrics", headers: {} },
  resource: { "service.name": "huntgroup" },
  sampler: { ratio: 1, parentBased: true },
};
const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318/" };
const disabled = { ratio: 0, parentBased: true };

/** By the standard's variables, by the file's own section, and by LiteLLM's callback. */
const cases: readonly {
  readonly name: string;
  readonly sections?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly otel: OtelSettings | undefined;
}[] = [
  { name: "one endpoint for both", env: endpoint, otel: plain },
  { name: "blank variables are not set", env: { OTEL_EXPORTER_OTLP_ENDPOINT: " " }, otel: undefined },
  { name: "switched off", env: { ...endpoint, OTEL_SDK_DISABLED: "TRUE" }, otel: undefined },
  {
    name: "traces alone, as the variable has the path",
    env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://t/in" },
    otel: { ...plain, traces: { url: "https://t/in", headers: {} }, metrics: undefined },
  },
  { name: "no metrics", env: { ...endpoint, OTEL_METRICS_EXPORTER: "none" }, otel: { ...plain, metrics: undefined } },
  {
    name: "headers of one signal beside those of both",
    env: { ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: "a=1,b=%20x", OTEL_EXPORTER_OTLP_TRACES_HEADERS: "b=2, nonsense" },
    otel: {
      ...plain,
      traces: { url: "http://c:4318/v1/traces", headers: { a: "1", b: "2" } },
      metrics: { url: "http://c:4318/v1/metrics", headers: { a: "1", b: " x" } },
    },
  },
  {
    name: "names and attributes",
    env: { ...endpoint, OTEL_SERVICE_NAME: "s", OTEL_RESOURCE_ATTRIBUTES: "service.name=r,x=y" },
    otel: { ...plain, resource: { "service.name": "s", x: "y" } },
  },
  {
    name: "a sampler",
    env: { ...endpoint, OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" },
    otel: { ...plain, sampler: { ratio: 0.25, parentBased: false } },
  },
  {
    name: "a sampler that is off",
    env: { ...endpoint, OTEL_TRACES_SAMPLER: "parentbased_always_off" },
    otel: { ...plain, sampler: disabled },
  },
  {
    name: "the file's own section, which wins",
    sections: "general_settings: { otel: { endpoint: http://c:4318, service_name: mine, sample_ratio: 0 } }",
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://other", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://other", OTEL_SERVICE_NAME: "other" },
    otel: { ...plain, resource: { "service.name": "mine" }, sampler: disabled },
  },
  {
    name: "a section that leaves the endpoint to the variables",
    sections: "general_settings: { otel: { service_name: mine } }",
    env: endpoint,
    otel: { ...plain, resource: { "service.name": "mine" } },
  },
  { name: "a section without an endpoint anywhere", sections: "general_settings: { otel: { service_name: mine } }", otel: undefined },
  {
    name: "LiteLLM's callback, with its variable in the file",
    sections: 'litellm_settings: { callbacks: ["otel"] }\nenvironment_variables: { OTEL_ENDPOINT: "http://c:4318" }',
    otel: plain,
  },
  {
    name: "LiteLLM's callback alone",
    sections: "litellm_settings: { callbacks: otel }",
    otel: {
      ...plain,
      traces: { url: "http://localhost:4318/v1/traces", headers: {} },
      metrics: { url: "http://localhost:4318/v1/metrics", headers: {} },
    },
  },
  {
    name: "another callback",
    sections: "litellm_settings: { callbacks: [prometheus] }",
    env: { OTEL_ENDPOINT: "http://c" },
    otel: undefined,
  },
];

for (const { name, sections = "", env, otel } of cases) {
  test(`OpenTelemetry: ${name}`, async () => assert.deepEqual((await read(sections, env)).otel, otel));
}

test("what is wrong is said with what is allowed, and where", async () => {
  const { problems } = await load(`${base}general_settings:
  log_level: loud
  log_format: [json]
  otel: { endpoint: "collector:4318", sample_ratio: 2, servicename: x }
`);
  assert.deepEqual(told(problems), [
    '6:14 general_settings.log_level: must be one of debug, info, warn, error, silent, not "loud"',
    "7:15 general_settings.log_format: must be a text, not a list",
    "8:21 general_settings.otel.endpoint: must be a URL such as http://collector:4318",
    "8:53 general_settings.otel.sample_ratio: must be a share from 0 to 1, not 2",
    "8:56 general_settings.otel.servicename: is not known here (did you mean service_name?); there are endpoint, service_name, sample_ratio",
  ]);
});

test("what cannot be done is a warning", async () => {
  const { warnings } = await load(`${base}litellm_settings: { callbacks: [otel, langfuse] }\n`, {
    env: { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc", OTEL_TRACES_SAMPLER: "xray" },
  });
  const messages = told(warnings).join("\n");
  for (const part of ["langfuse is not acted on yet", "JSON over HTTP", "none of the standard's samplers"])
    assert.ok(messages.includes(part), part);
});

test("every secret that was read is known as one: of the file, of the environment, and of a collector's headers", async () => {
  const { secrets } = await loadValid(oneDeployment("api_key: os.environ/KEY_OF_MINE"), {
    env: {
      KEY_OF_MINE: "value-of-the-key",
      HUNTGROUP_MASTER_KEY: "value-of-the-master-key",
      ...endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20value-of-the-token",
    },
  });
  assert.equal(secrets.scrub("value-of-the-key value-of-the-master-key value-of-the-token"), "*** *** ***");
});
