/**
 * What the router costs beside a bare proxy, in one run: CPU time per request of each process, and latency added to a direct call.
 * `node bench/proxy.ts [--quick]`
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuMicros } from "./support/cpu-time.ts";
import { chatBody, createClient, many, once, type Lane } from "./support/load.ts";
import { median, quantile, spread } from "./support/statistics.ts";
import { startTarget, type Target } from "./support/target.ts";

const quick = process.argv.includes("--quick");
const rounds = quick ? 3 : 7;
const concurrency = 32;
const lanes: readonly (Lane & { readonly requests: number })[] = [
  { name: "unary 0.25 KB", body: chatBody(180, false), chunks: 0, requests: quick ? 2_000 : 6_000 },
  { name: "unary 4 KB", body: chatBody(4_000, false), chunks: 0, requests: quick ? 2_000 : 6_000 },
  { name: "unary 64 KB", body: chatBody(64_000, false), chunks: 0, requests: quick ? 500 : 2_000 },
  { name: "stream of 64", body: chatBody(180, true), chunks: 64, requests: quick ? 500 : 2_000 },
];

const folder = mkdtempSync(join(tmpdir(), "huntgroup-bench-"));
const root = join(import.meta.dirname, "..");
const upstream = await startTarget("upstream", [join(root, "bench/targets/upstream.ts")]);
const config = join(folder, "config.yaml");
const deployment = `{ model_name: bench-group, litellm_params: { model: openai/bench, api_base: "${upstream.origin}/v1", api_key: x } }`;
writeFileSync(
  config,
  `model_list:\n${[1, 2, 3].map((id) => `  - ${deployment.replace("} }", `}, model_info: { id: d${id} } }`)}\n`).join("")}`,
);
const bare = await startTarget("bare proxy", [join(root, "bench/targets/bare-proxy.ts")], { UPSTREAM: upstream.origin });
const huntgroup = await startTarget("huntgroup", [join(root, "src/main.ts"), "serve", "--config", config, "--port", "0"]);

async function cpuPerRequest(target: Target, lane: Lane, requests: number): Promise<number> {
  const client = createClient(target.origin, concurrency);
  const before = cpuMicros(target.pid);
  await many(client, lane, requests, concurrency);
  const used = cpuMicros(target.pid) - before;
  await client.close();
  return used / requests;
}

async function cpuLane(lane: Lane & { readonly requests: number }): Promise<void> {
  for (const target of [bare, huntgroup]) await cpuPerRequest(target, lane, Math.ceil(lane.requests / 2));
  const costs = { bare: [] as number[], huntgroup: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    costs.bare.push(await cpuPerRequest(bare, lane, lane.requests));
    costs.huntgroup.push(await cpuPerRequest(huntgroup, lane, lane.requests));
  }
  const ratios = costs.huntgroup.map((cost, round) => cost / (costs.bare[round] ?? Number.NaN));
  console.log(`| ${lane.name} | ${spread(costs.bare, 0)} | ${spread(costs.huntgroup, 0)} | ${spread(ratios, 2)} |`);
}

async function latency(): Promise<void> {
  const lane = lanes[0]!;
  const clients = {
    direct: createClient(upstream.origin, 1),
    bare: createClient(bare.origin, 1),
    huntgroup: createClient(huntgroup.origin, 1),
  };
  const times = { direct: [] as number[], bare: [] as number[], huntgroup: [] as number[] };
  const calls = quick ? 500 : 3_000;
  for (let call = 0; call < calls; call++)
    for (const name of ["direct", "bare", "huntgroup"] as const) times[name].push(await once(clients[name], lane));
  const warm = (values: readonly number[]): readonly number[] => values.slice(calls / 5);
  const direct = median(warm(times.direct));
  const added = { bare: median(warm(times.bare)) - direct, huntgroup: median(warm(times.huntgroup)) - direct };
  const p99 = { bare: quantile(warm(times.bare), 0.99) - direct, huntgroup: quantile(warm(times.huntgroup), 0.99) - direct };
  console.log("\n| added latency at concurrency 1, ms | bare proxy | huntgroup | ratio |\n|---|---|---|---|");
  console.log(`| median | ${added.bare.toFixed(3)} | ${added.huntgroup.toFixed(3)} | ${(added.huntgroup / added.bare).toFixed(2)} |`);
  console.log(`| p99 | ${p99.bare.toFixed(3)} | ${p99.huntgroup.toFixed(3)} | ${(p99.huntgroup / p99.bare).toFixed(2)} |`);
  await Promise.all(Object.values(clients).map((client) => client.close()));
}

try {
  console.log(`node ${process.version}, ${rounds} rounds, concurrency ${concurrency}; median (lowest … highest)\n`);
  console.log("| CPU per request, µs | bare proxy | huntgroup | ratio (target ≤ 1.5) |\n|---|---|---|---|");
  for (const lane of lanes) await cpuLane(lane);
  await latency();
} finally {
  await Promise.all([upstream, bare, huntgroup].map((target) => target.stop()));
  rmSync(folder, { recursive: true });
}
