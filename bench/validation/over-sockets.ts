import { writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { usualReplica, blockTokens } from "../../src/replica/replica-spec.ts";
import type { ReplicaNumbers } from "../../src/replica/replica-settings.ts";
import type { CallResult } from "../../src/simulation/call-result.ts";
import type { Arrival } from "../../src/simulation/traffic/traffic.ts";
import { treeCpuMicros } from "../support/cpu-time.ts";
import { launch, type Launched } from "../support/launch.ts";
import { projectFile } from "../support/project-file.ts";
import { quantile } from "../support/statistics.ts";
import { replicaId, type ValidatedWorld } from "./worlds.ts";

/** What came of calls over sockets, in the time of the simulation. */
export interface SocketsRun {
  readonly results: ReadonlyMap<ValidatedWorld, readonly CallResult[]>;
  /** Of one core, by process. */
  readonly cpuShares: ReadonlyMap<string, number>;
  /** How late calls were made, of 100 the latest one, in milliseconds of the system's clock: what else this machine has to do. */
  readonly lateMs: number;
}

/** One call that is to be made. */
interface Due {
  readonly world: ValidatedWorld;
  readonly arrival: Arrival;
  readonly number: number;
}

/**
 * Makes calls over sockets: to a router in a process of its own, whose deployments are mock replicas in another one.
 * @param times How many times as fast as in the simulation everything goes.
 * @param folder For configurations.
 */
export async function runOverSockets(
  traffic: ReadonlyMap<ValidatedWorld, readonly Arrival[]>,
  times: number,
  folder: string,
): Promise<SocketsRun> {
  const worlds = [...traffic.keys()];
  const served = await serve("replicas", replicasConfig(worlds, times), folder);
  const router = await serve("router", routerConfig(worlds, served.port), folder).catch(async (error: unknown) => {
    await served.stop();
    throw error;
  });
  const client = new Pool(`http://127.0.0.1:${router.port}`, { connections: 1_024, pipelining: 1 });
  try {
    await warmUp(client, worlds);
    const all: Due[] = [...traffic].flatMap(([world, arrivals]) => arrivals.map((arrival, number) => ({ world, arrival, number })));
    all.sort((one, other) => one.arrival.at - other.arrival.at);
    const processes = new Map([
      ["replicas", () => treeCpuMicros(served.pid)],
      ["router", () => treeCpuMicros(router.pid)],
      ["callers", ownCpuMicros],
    ]);
    const before = new Map([...processes].map(([name, read]) => [name, read()]));
    const beginAt = performance.now();
    const made: { readonly world: ValidatedWorld; readonly result: Promise<CallResult> }[] = [];
    const late: number[] = [];
    for (const due of all) {
      const waitMs = beginAt + due.arrival.at / times - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      late.push(performance.now() - beginAt - due.arrival.at / times);
      made.push({ world: due.world, result: call(client, due, beginAt, times) });
    }
    const results = await Promise.all(made.map(async ({ world, result }) => ({ world, result: await result })));
    const tookMicros = (performance.now() - beginAt) * 1_000;
    return {
      lateMs: quantile(late, 0.99),
      results: new Map([...Map.groupBy(results, ({ world }) => world)].map(([world, own]) => [world, own.map(({ result }) => result)])),
      cpuShares: new Map([...processes].map(([name, read]) => [name, (read() - (before.get(name) ?? 0)) / tookMicros])),
    };
  } finally {
    await client.destroy();
    await Promise.all([router.stop(), served.stop()]);
  }
}

function ownCpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Code that has just been loaded is slow. What the replicas still have of it counts for nothing soon: the beginning is not counted. */
async function warmUp(client: Pool, worlds: readonly ValidatedWorld[]): Promise<void> {
  const work = { promptTokens: 20, outputTokens: 10, blocks: [] };
  for (let round = 0; round < 3; round++) {
    const calls = worlds.flatMap((world) => {
      const due: Due = { world, arrival: { ...sampleArrival, model: world.name, work }, number: -1 };
      return Array.from({ length: 15 }, () => call(client, due, performance.now(), 1));
    });
    const failed = (await Promise.all(calls)).find(({ error }) => error !== undefined);
    if (failed !== undefined) throw new Error(`a call to ${failed.arrival.model} failed before anything was measured`);
  }
}

const sampleArrival = {
  at: 0,
  stream: true,
  session: undefined,
  tenant: undefined,
  priority: 0,
  deadlineMs: undefined,
  patienceMs: undefined,
};

async function call(client: Pool, due: Due, beginAt: number, times: number): Promise<CallResult> {
  const now = (): number => (performance.now() - beginAt) * times;
  const { arrival } = due;
  const result: CallResult = {
    arrival,
    firstAt: undefined,
    endAt: undefined,
    error: undefined,
    deploymentId: "",
    attempts: 1,
    refusals: 0,
    isFirstRefused: false,
    cachedTokens: 0,
  };
  try {
    const headers = { "content-type": "application/json" };
    const { statusCode, body } = await client.request({ method: "POST", path: "/v1/chat/completions", headers, body: bodyOf(due) });
    body.on("data", () => (result.firstAt ??= now()));
    await once(body, "end");
    if (statusCode !== 200) result.error = "upstream_error";
  } catch {
    result.error = "upstream_unreachable";
  }
  result.endAt = now();
  return result;
}

const blockCharacters = blockTokens * 4;

/** The prompt has four characters for each of its tokens, and the same text where blocks are the same. */
function bodyOf({ world, arrival: { work, stream }, number }: Due): string {
  const blocks = work.blocks.map((block) => `b${block};`.padEnd(blockCharacters)).join("");
  const content = `${blocks}c${number};`.padEnd(work.promptTokens * 4).slice(0, work.promptTokens * 4);
  const cap = typeof world.callers.outputTokens === "number" ? {} : { max_tokens: work.outputTokens };
  return JSON.stringify({ model: world.name, messages: [{ role: "user", content }], stream, ...cap });
}

function replicasConfig(worlds: readonly ValidatedWorld[], times: number): object {
  return {
    model_list: worlds.flatMap((world) =>
      world.replicas.map((replica, index) => {
        const { outputTokens } = world.callers;
        const output_tokens = typeof outputTokens === "number" ? outputTokens : 10_000;
        const id = replicaId(world, index);
        return { model_name: id, litellm_params: { model: `mock/${id}`, mock: { output_tokens, replica: faster(replica, times) } } };
      }),
    ),
  };
}

function faster(replica: ReplicaNumbers, times: number): ReplicaNumbers {
  return { ...replica, speed: (replica.speed ?? 1) * times, step_ms: (replica.step_ms ?? usualReplica.stepMs) / times };
}

function routerConfig(worlds: readonly ValidatedWorld[], port: number): object {
  return {
    model_list: worlds.flatMap((world) =>
      world.replicas.map((_replica, index) => {
        const id = replicaId(world, index);
        const litellm_params = { model: `openai/${id}`, api_base: `http://127.0.0.1:${port}/v1`, api_key: "x" };
        return { model_name: world.name, litellm_params, model_info: { id } };
      }),
    ),
    router_settings: { routing_groups: worlds.map(({ name, strategy }) => ({ models: [name], routing_strategy: strategy })) },
  };
}

function serve(name: string, config: object, folder: string): Promise<Launched> {
  const file = join(folder, `${name}.yaml`);
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  const args = [projectFile("src/main.ts"), "serve", "--config", file, "--port", "0", "--threads", "1", "--drain-seconds", "1"];
  return launch({ name, command: process.execPath, args });
}
