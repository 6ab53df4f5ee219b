import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { ownMetrics } from "../../src/telemetry/metrics/metrics.ts";
import { startService, type RunningTestService } from "../support/start-service.ts";
import { describeClient } from "./support/describe-client.ts";
import { runProgram } from "./support/run-program.ts";

const masterKey = "key-of-the-interop-tests";
/** A name that a careless writer of the format would break the page with. */
const oddId = 'odd "id" \\ with {labels="x"} 名前';
const config = `
model_list:
  - { model_name: m, litellm_params: { model: mock/a, mock: { first_token_ms: 1, tokens_per_second: 1000 } }, model_info: { id: a } }
  - { model_name: odd, litellm_params: { model: mock/b, rpm: 100, mock: { first_token_ms: 1 } }, model_info: { id: '${oddId}' } }
  - { model_name: bad, litellm_params: { model: mock/c, mock_response: litellm.InternalServerError }, model_info: { id: c } }
router_settings: { num_retries: 0 }
general_settings: { master_key: ${masterKey} }
`;

/** A service with some of everything on its page. */
async function busyService(): Promise<RunningTestService> {
  const service = await startService(config);
  const ask = async (body: object, key = masterKey): Promise<void> => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
    const messages = [{ role: "user", content: "hi" }];
    const reply = await fetch(`${service.origin}/v1/chat/completions`, {
      method: "POST",
      headers,
      body: JSON.stringify({ messages, ...body }),
    });
    await reply.text();
  };
  await ask({ model: "m" });
  await ask({ model: "m", stream: true, stream_options: { include_usage: true } });
  await ask({ model: "odd" });
  await ask({ model: "bad" });
  await ask({ model: 'nope"\n{}' });
  await ask({ model: "m" }, "sk-wrong-0123456789");
  return service;
}

interface Family {
  readonly type: string;
  readonly samples: readonly (readonly [name: string, labels: Readonly<Record<string, string>>, value: number | null])[];
}

await describeClient("python", "Prometheus's parser in Python", () => {
  let service: RunningTestService;
  let families: Readonly<Record<string, Family>>;

  before(async () => {
    service = await busyService();
    const program = join(import.meta.dirname, "python/prometheus_page.py");
    const { stdout, stderr } = await runProgram("python/bin/python", ["-B", program, `${service.origin}/metrics`, masterKey]);
    assert.notEqual(stdout, "", stderr);
    families = JSON.parse(stdout) as Readonly<Record<string, Family>>;
  });

  after(() => service.stop());

  function value(name: string, labels: Readonly<Record<string, string>> = {}): number | null | undefined {
    const family = families[name.replace(/_total$/, "")] ?? families[name.replace(/_(?:bucket|sum|count)$/, "")];
    const fits = (of: Readonly<Record<string, string>>): boolean => Object.entries(labels).every(([label, wanted]) => of[label] === wanted);
    return family?.samples.find(([sample, of]) => sample === name && fits(of))?.[2];
  }

  it("finds every metric, with its type", () => {
    for (const { name, type } of ownMetrics) assert.equal(families[name.replace(/_total$/, "")]?.type, type, name);
  });

  it("finds what has happened", () => {
    assert.equal(value("huntgroup_calls_total", { deployment: "a", door: "rest", outcome: "success" }), 2);
    assert.equal(value("huntgroup_calls_total", { deployment: "c", outcome: "server_error" }), 1);
    assert.equal(value("huntgroup_calls_total", { group: "", outcome: "client_error" }), 1);
    assert.equal(value("huntgroup_refused_total", { door: "rest", code: "unauthenticated" }), 1);
    assert.equal(value("huntgroup_call_duration_seconds_count", { group: "m" }), 2);
    assert.equal(value("huntgroup_call_duration_seconds_bucket", { group: "m", le: "+Inf" }), 2);
    assert.equal(value("huntgroup_time_to_first_token_seconds_count", { deployment: "a" }), 1);
    assert.ok((value("huntgroup_tokens_total", { deployment: "a", type: "output" }) ?? 0) > 0);
  });

  it("reads a name as it is configured, whatever stands in it", () => {
    assert.equal(value("huntgroup_attempts_total", { deployment: oddId, outcome: "success" }), 1);
    assert.equal(value("huntgroup_deployment_rpm_limit", { deployment: oddId }), 100);
  });

  it("finds the process's and the runtime's own metrics", () => {
    assert.ok((value("process_cpu_seconds_total") ?? 0) > 0);
    assert.ok((value("nodejs_heap_size_used_bytes") ?? 0) > 0);
  });

  it("finds no key", () => {
    assert.ok(!JSON.stringify(families).includes("sk-wrong") && !JSON.stringify(families).includes(masterKey));
  });
});

const promtool = "promtool";
const hasPromtool = spawnSync(promtool, ["--version"]).error === undefined;

describe("promtool", { skip: hasPromtool ? false : "promtool is missing (on Debian, scripts/ci-install.sh installs it)" }, () => {
  it("has nothing against the page", async () => {
    const service = await busyService();
    const page = await (await fetch(`${service.origin}/metrics`, { headers: { authorization: `Bearer ${masterKey}` } })).text();
    await service.stop();
    const child = spawn(promtool, ["check", "metrics"], { stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.end(page);
    const exit = new Promise<number | null>((resolve) => child.on("close", resolve));
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
    // What prom-client calls things is prom-client's business.
    const ours = `${out}${err}`.split("\n").filter((line) => line.startsWith("huntgroup_"));
    assert.deepEqual(ours, []);
    // 3: it read all of it and would have liked some names otherwise; 1: it could not.
    assert.ok(code === 0 || code === 3, `${code}: ${out}${err}`);
  });
});
