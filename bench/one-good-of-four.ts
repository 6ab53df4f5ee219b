/**
 * Of four deployments one hangs, one is ten times slower than the good one, one answers 429 with Retry-After: do callers notice, how long
 * until each bad one is left alone, and until it is used again when it heals, at 60 % of the run?
 * `node bench/one-good-of-four.ts [--quick] [--strategies=simple-shuffle,p2c]`. Fails when any caller got an error.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { request } from "undici";
import { leftAloneAt } from "./support/left-alone.ts";
import { openLoad, type Sample } from "./support/open-load.ts";
import { quantile } from "./support/statistics.ts";
import { startTarget } from "./support/target.ts";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, strategies: { type: "string", default: "simple-shuffle,latency-based-routing" } },
});
const perSecond = 50;
/** The quick run is over within six seconds, so that everything has to be shorter than it would be in earnest. */
const scale = options.quick
  ? { requests: 300, answerMs: 30, cooldownSeconds: 1, retryAfterSeconds: 1, timeoutSeconds: 0.5 }
  : { requests: 2_000, answerMs: 100, cooldownSeconds: 5, retryAfterSeconds: 2, timeoutSeconds: 3 };
const healAt = Math.floor(scale.requests * 0.6);

/** The bad ones, and how long each stays benched at a time. */
const badHosts = [
  { name: "hangs", pauseMs: scale.cooldownSeconds * 1_000 },
  { name: "slow", pauseMs: scale.cooldownSeconds * 1_000 },
  { name: "limited", pauseMs: scale.retryAfterSeconds * 1_000 },
];
/** Half of a fair quarter of the load. */
const usedAgainPerSecond = perSecond / 8;

const root = join(import.meta.dirname, "..");
const chat = {
  path: "/v1/chat/completions",
  body: JSON.stringify({ model: "bench-group", messages: [{ role: "user", content: "Hello?" }] }),
};

function config(strategy: string, hosts: string): string {
  const names = ["fine", ...badHosts.map(({ name }) => name)];
  const deployments = names.map((name) => ({
    model_name: "bench-group",
    litellm_params: { model: "openai/bench", api_base: `${hosts}/${name}/v1`, api_key: "x" },
    model_info: { id: name },
  }));
  const settings = {
    routing_strategy: strategy,
    num_retries: 3,
    timeout: scale.timeoutSeconds,
    cooldown_time: scale.cooldownSeconds,
  };
  return JSON.stringify({ model_list: deployments, router_settings: settings });
}

/** What one strategy made of it. Times in milliseconds, on the hosts' scale. */
interface Run {
  readonly samples: readonly Sample[];
  readonly begunAt: number;
  readonly healedAt: number;
  readonly hits: Readonly<Record<string, readonly number[]>>;
}

async function run(strategy: string): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "huntgroup-bench-"));
  const file = join(folder, "config.yaml");
  const hosts = await startTarget("four hosts", [join(root, "bench/servers/four-hosts.ts")], {
    ANSWER_MS: String(scale.answerMs),
    RETRY_AFTER_S: String(scale.retryAfterSeconds),
  });
  try {
    writeFileSync(file, config(strategy, hosts.origin));
    const huntgroup = await startTarget("huntgroup", [join(root, "src/main.ts"), "serve", "--config", file, "--port", "0"]);
    try {
      let heal: Promise<{ readonly healedAt: number }> | undefined;
      const samples = await openLoad(huntgroup.origin, chat, scale.requests, perSecond, (sent) => {
        if (sent === healAt) heal = fetchJson(`${hosts.origin}/heal`, "POST");
      });
      const hits = await fetchJson<Run["hits"]>(`${hosts.origin}/hits`, "GET");
      const begunAt = Math.min(...Object.values(hits).map(([first = Infinity]) => first));
      return { samples, begunAt, healedAt: (await heal)?.healedAt ?? Number.NaN, hits };
    } finally {
      await huntgroup.stop();
    }
  } finally {
    await hosts.stop();
    rmSync(folder, { recursive: true });
  }
}

async function fetchJson<Value>(url: string, method: "GET" | "POST"): Promise<Value> {
  const reply = await request(url, { method });
  return (await reply.body.json()) as Value;
}

/** From when a healed host got at least half of its share again, in milliseconds since it healed. */
function usedAgainAfter(hits: readonly number[], healedAt: number): number | undefined {
  const after = hits.filter((at) => at >= healedAt);
  const busy = after.find((at) => after.filter((other) => other >= at && other < at + 1_000).length >= usedAgainPerSecond);
  return busy === undefined ? undefined : busy - healedAt;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? "not" : (ms / 1_000).toFixed(1);
}

function p99Between(samples: readonly Sample[], from: number, to: number): string {
  return quantile(
    samples.slice(from, to).map(({ tookMs }) => tookMs),
    0.99,
  ).toFixed(0);
}

const callers = [
  "| strategy | requests | errors | p50, ms | p99, ms | p99 while the bad ones are new | p99 once they are known | p99 after healing |",
  "|---|---|---|---|---|---|---|---|",
];
const hosts = [
  "| strategy | deployment | requests until healed | left alone after, s | asked again after healing, s | half its share after healing, s |",
  "|---|---|---|---|---|---|",
];
let errors = 0;
for (const strategy of options.strategies.split(",")) {
  const { samples, begunAt, healedAt, hits } = await run(strategy);
  const failed = samples.filter(({ error }) => error !== undefined);
  errors += failed.length;
  for (const { dueMs, error } of failed.slice(0, 5)) console.error(`${strategy}, at ${seconds(dueMs)} s: ${error}`);
  const times = samples.map(({ tookMs }) => tookMs);
  const known = Math.floor(healAt / 2);
  const parts = [p99Between(samples, 0, known), p99Between(samples, known, healAt), p99Between(samples, healAt, samples.length)];
  const overall = [quantile(times, 0.5).toFixed(0), quantile(times, 0.99).toFixed(0)];
  callers.push(`| ${[strategy, samples.length, failed.length, ...overall, ...parts].join(" | ")} |`);
  for (const { name, pauseMs } of badHosts) {
    const times = hits[name] ?? [];
    const before = times.filter((at) => at < healedAt);
    const alone = leftAloneAt(before, pauseMs, healedAt);
    const again = times.find((at) => at >= healedAt);
    const row = [
      strategy,
      name,
      before.length,
      seconds(alone === undefined ? undefined : alone - begunAt),
      seconds(again === undefined ? undefined : again - healedAt),
      seconds(usedAgainAfter(times, healedAt)),
    ];
    hosts.push(`| ${row.join(" | ")} |`);
  }
}
const { requests, answerMs, cooldownSeconds, retryAfterSeconds, timeoutSeconds } = scale;
console.log(
  `node ${process.version}; ${requests} requests at ${perSecond}/s, healed after ${healAt}; good answers take ${answerMs} ms, slow ones ${10 * answerMs} ms; ` +
    `num_retries 3, timeout ${timeoutSeconds} s, cooldown_time ${cooldownSeconds} s, Retry-After ${retryAfterSeconds} s\n`,
);
console.log([...callers, "", ...hosts, "", "not: not within the run."].join("\n"));
if (errors > 0) process.exitCode = 1;
