import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "../../src/lib/clock.ts";
import { createLog, type Log } from "../../src/telemetry/log/log.ts";
import { startOpenTelemetry } from "../../src/telemetry/traces/otel.ts";
import { me, value } from "../control/support/control-fixture.ts";
import { eventually } from "../support/eventually.ts";
import { ask } from "../support/http-client.ts";
import { OtlpReceiver } from "../support/otlp-receiver.ts";
import { Parties } from "../support/parties.ts";

/** Secrets that come into force while the server runs are hidden from that moment on, in the log and in traces, on every thread. */
const secrets = {
  ADDED: "planted-with-an-added-deployment-4Kd",
  UPDATED: "planted-with-an-updated-deployment-8Vn",
  IN_A_HEADER: "planted-behind-a-scheme-2Tz",
  RELOADED: "planted-with-a-reload-6Bq",
} as const;
const literal = "planted-literally-9Hw";
const masterKey = "sk-hidden-secrets-master";
const admin = { authorization: `Bearer ${masterKey}` };

const parties = new Parties();
after(() => parties.end());

/** Each call is served by the deployment that is named after its thread. */
function configFor(threads: number): string {
  const byThread = join(import.meta.dirname, "../threads/support/by-thread.ts");
  return `
model_list:
${Array.from({ length: threads }, (_, thread) => `  - {model_name: g, litellm_params: {model: mock/a}, model_info: {id: thread-${thread}}}`).join("\n")}
router_settings: {routing_groups: [{models: [g], routing_strategy: ${byThread}}]}
general_settings: {master_key: ${masterKey}, admin_env_allow: [ADDED, UPDATED, IN_A_*]}
`;
}

/** @param params Of `litellm_params`. */
function entry(params: object): object {
  return { model_name: "new", litellm_params: { model: "openai/gpt-4o-mini", api_base: "http://127.0.0.1:9/v1", ...params } };
}

const specOf = (name: string) => ({
  name,
  models: [],
  rpm: undefined,
  tpm: undefined,
  maxParallelRequests: undefined,
  maxBudget: undefined,
  budgetDuration: undefined,
  tags: [],
  priority: undefined,
  expiresAt: undefined,
  metadata: {},
});

for (const threads of [1, 3]) {
  test(`a secret that comes into force at run time is hidden from its change on, in log and traces, on ${threads} threads`, async () => {
    const collector = parties.add(await OtlpReceiver.listen(), (one) => one.close());
    let lines = "";
    let log: Log | undefined;
    const yaml = configFor(threads);
    const service = await parties.service(yaml, {
      threads,
      env: { ...secrets, OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin, OTEL_BSP_SCHEDULE_DELAY: "100" },
      openLog: (config) =>
        (log = createLog({
          level: "info",
          secrets: config.secrets,
          clock: systemClock,
          output: { write: (line) => void (lines += line) },
        })),
      startTracing: ({ telemetry }) => {
        assert.ok(telemetry.otel !== undefined && log !== undefined);
        return startOpenTelemetry({ settings: telemetry.otel, log, clock: systemClock, version: "1.2.3" });
      },
    });
    const { port, operator } = service;
    /** Sends a text as the ids of calls until each thread has served some. The first of them come right after what was done before. */
    const showEverywhere = async (text: string): Promise<void> => {
      const seen = new Set<string>();
      while (seen.size < threads) {
        const answers = await Promise.all(
          Array.from({ length: 10 }, () =>
            ask(port, "http1", {
              method: "POST",
              path: "/v1/chat/completions",
              headers: { "content-type": "application/json", ...admin, "x-request-id": text },
              body: JSON.stringify({ model: "g", messages: [] }),
            }),
          ),
        );
        for (const { status, headers } of answers) {
          assert.equal(status, 200);
          seen.add(String(headers["x-huntgroup-model-id"]));
        }
      }
    };

    const added = await value(operator.addDeployment(entry({ api_key: "os.environ/ADDED" }), me));
    await showEverywhere(secrets.ADDED);
    const { id } = added.deployment;
    await value(operator.updateDeployment(id, entry({ api_key: "os.environ/UPDATED" }), me));
    await showEverywhere(secrets.UPDATED);
    const header = { api_key: "os.environ/UPDATED", extra_headers: { authorization: "Bearer os.environ/IN_A_HEADER" } };
    await value(operator.updateDeployment(id, entry(header), me));
    await showEverywhere(secrets.IN_A_HEADER);
    // A call that began under it may still be under way.
    await showEverywhere(secrets.ADDED);

    // Nothing is kept on the disk here, so a key may be given as it is.
    await value(operator.updateDeployment(id, entry({ api_key: literal }), me));
    await showEverywhere(literal);

    const created = await value(operator.createKey(specOf("team"), me));
    await showEverywhere(created.secret);
    await showEverywhere(`x${created.secret}`);
    const rotated = await value(operator.rotateKey("team", 60_000, me));
    await showEverywhere(rotated.secret);
    await showEverywhere(created.secret);

    await service.rewrite(yaml.replace("router_settings", 'environment_variables: {MORE: "os.environ/RELOADED"}\nrouter_settings'));
    assert.ok((await value(operator.reload({ dryRun: false, discardChanges: false }, me))).ok);
    await showEverywhere(secrets.RELOADED);

    await showEverywhere("a-call-of-its-own");
    await eventually(async () => assert.ok(collector.raw.includes("a-call-of-its-own") && lines.includes("a-call-of-its-own")));
    await parties.end();
    const planted = Object.entries({ ...secrets, literal, created: created.secret, rotated: rotated.secret });
    const leaksIn = (said: string) => planted.filter(([, secret]) => said.includes(secret)).map(([name]) => name);
    assert.deepEqual({ log: leaksIn(lines), traces: leaksIn(collector.raw) }, { log: [], traces: [] });
    for (const text of [lines, collector.raw]) assert.ok(text.includes('"***"') && text.includes('"x***"'));
  });
}
