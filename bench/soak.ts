/**
 * A million requests of all kinds against one server, while it is reloaded and its weights change: does it hold more and more? `npm run soak`.
 * Failures are among them: one of three deployments fails in every way there is, so its share is retried elsewhere.
 * At rest, after each part: resident memory, timers, sockets. Exit code 1 when any of them grew, or an answer was wrong.
 */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { SoakMix } from "./load/soak-mix.ts";
import { askReport } from "./support/ask-report.ts";
import { benchModel } from "./support/chat-request.ts";
import { growth, whatGrew, type Sample } from "./support/flatness.ts";
import { launch } from "./support/launch.ts";
import type { ProcessReport } from "./support/report-on-signal.ts";
import { projectFile } from "./support/project-file.ts";
import { chatEndpoint } from "./targets/target.ts";

const usage = `npm run soak -- [options]
  --requests N   1,000,000 by default; memory is judged from 100,000 on
  --json FILE    all samples`;

const { values: options } = parseArgs({
  options: { requests: { type: "string", default: "1000000" }, json: { type: "string" }, help: { type: "boolean", default: false } },
});
if (options.help) {
  console.log(usage);
  process.exit();
}
const requests = Number(options.requests);
if (!Number.isInteger(requests) || requests < 1) {
  console.error(`--requests is "${options.requests}"; it must be a whole number from 1.`);
  process.exit(2);
}

/** Samples taken at rest. */
const parts = Math.min(40, Math.max(4, Math.floor(requests / 5_000)));
const callers = 48;
const sessions = 4;
/** Time for what ends after the last answer: connections that were hung up, abandoned attempts, pauses. */
const restMs = 1_000;
/** In requests. */
const reloadEach = Math.max(500, Math.ceil(requests / 100));
const weightsEach = Math.max(100, Math.ceil(requests / 400));

const folder = mkdtempSync(join(tmpdir(), "huntgroup-soak-"));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function config(upstreamPort: number, failingPort: number, timeout: number): string {
  const deployment = (id: string, port: number, weight: number, model_info: Readonly<Record<string, unknown>> = {}): unknown => ({
    model_name: benchModel,
    litellm_params: { model: "openai/bench", api_base: `http://127.0.0.1:${port}/v1`, api_key: "x", weight, timeout },
    model_info: { id, ...model_info },
  });
  // JSON is YAML.
  return JSON.stringify({
    model_list: [
      deployment("a", upstreamPort, 5),
      deployment("b", upstreamPort, 5),
      deployment("fails", failingPort, 1, { cooldown_time: 0 }),
    ],
    router_settings: { num_retries: 5 },
  });
}

const upstream = await launch({ name: "upstream", command: process.execPath, args: [projectFile("bench/servers/upstream.ts")] });
const failing = await launch({ name: "failing host", command: process.execPath, args: [projectFile("bench/servers/failing-host.ts")] });
const file = join(folder, "config.yaml");
const report = join(folder, "report.json");
writeConfig(60);
const server = await launch({
  name: "huntgroup",
  command: process.execPath,
  args: [
    "--expose-gc",
    "--import",
    projectFile("bench/support/report-on-signal.ts"),
    projectFile("src/main.ts"),
    "serve",
    "--config",
    file,
    "--port",
    "0",
    "--drain-seconds",
    "1",
  ],
  env: { REPORT_FILE: report },
});

/** Whole at once: whoever reads it in the middle of a write would find nothing in it. */
function writeConfig(timeout: number): void {
  writeFileSync(`${file}.part`, config(upstream.port, failing.port, timeout));
  renameSync(`${file}.part`, file);
}

async function admin(method: string, body: unknown): Promise<void> {
  const reply = await fetch(`http://127.0.0.1:${server.port}/huntgroup.v1.AdminService/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await reply.text();
  if (!reply.ok) wrong ??= new Error(`${method}: ${reply.status} ${text}`);
}

let wrong: Error | undefined;
const steps: Promise<void>[] = [];
let reloads = 0;
let weightChanges = 0;
/** What an operator does between requests. */
function operate(number: number): void {
  if (number % weightsEach === weightsEach - 1) {
    weightChanges++;
    steps.push(admin("SetWeights", { weights: { a: 1 + (weightChanges % 7), b: 5 } }));
  }
  if (number % reloadEach === reloadEach - 1) {
    reloads++;
    writeConfig(60 + (reloads % 2));
    steps.push(admin("ReloadConfig", {}));
  }
}

const samples: Sample[] = [];
async function sample(made: number): Promise<void> {
  await Promise.all(steps.splice(0));
  if (wrong !== undefined) throw wrong;
  await sleep(restMs);
  const now = { requests: made, ...((await askReport(server.pid, report)) as ProcessReport) };
  samples.push(now);
  const { residentBytes, heapBytes, resources } = now;
  const counts = Object.entries(resources).map(([kind, count]) => `${kind} ${count}`);
  console.log(
    `${made.toLocaleString("en")} requests: ${megabytes(residentBytes)} resident, ${megabytes(heapBytes)} heap; ${counts.join(", ")}`,
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}

const mix = await SoakMix.open(chatEndpoint(server.port), callers, sessions);
const begun = performance.now();
try {
  await sample(0);
  let made = 0;
  for (let part = 1; part <= parts; part++) {
    const until = Math.round((requests * part) / parts);
    await mix.run(until - made, operate);
    made = until;
    await sample(made);
  }
} catch (error) {
  wrong ??= error instanceof Error ? error : new Error(String(error));
}
mix.close();
await Promise.all([server.stop(), failing.stop(), upstream.stop()]);

const kinds = Object.entries(mix.counts).map(([name, count]) => `${name} ${count.toLocaleString("en")}`);
console.log(
  `${kinds.join(", ")}; ${reloads} reloads, ${weightChanges} changes of weights; ${((performance.now() - begun) / 1_000).toFixed(0)} s`,
);
const warm = samples.filter((one) => one.requests >= requests * 0.3);
console.log(`resident memory from 30 % of the requests on: ${(growth(warm) * 100).toFixed(1)} % growth`);
if (options.json !== undefined)
  writeFileSync(options.json, JSON.stringify({ requests, samples, counts: mix.counts, reloads, weightChanges }));
const faults = [...(wrong === undefined ? [] : [`a wrong answer: ${wrong.message}`]), ...whatGrew(samples)];
for (const fault of faults) console.error(`FAILED: ${fault}`);
if (faults.length > 0) process.exitCode = 1;
else console.log("flat: memory, timers and sockets");
