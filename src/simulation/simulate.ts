import { Router } from "../core/router/router.ts";
import type { TableSource } from "../core/table-source.ts";
import { type Random, seededRandom } from "../lib/random.ts";
import { VirtualClock } from "../lib/virtual-clock.ts";
import type { CallResult } from "./call-result.ts";
import { runTraffic, type RunWatch } from "./run-traffic.ts";
import type { Traffic } from "./traffic/traffic.ts";
import type { Backend } from "./world/backend.ts";
import { simulatedAdapter } from "./world/simulated-adapter.ts";
import { SimulatedUpstream } from "./world/simulated-upstream.ts";

/** The world of one run, as it is made for it. */
export interface World {
  /** By deployment id: one for each deployment of the source. */
  readonly backends: ReadonlyMap<string, Backend>;
  readonly traffic: Traffic;
}

/** What is to be run. */
export interface Simulation {
  /** How calls are routed: the same that a server is run on. Adapters and credentials play no part. */
  readonly source: TableSource;
  /** The same seed gives the same run. */
  readonly seed: number;
  /**
   * Makes the world. What it draws is the same for each strategy.
   * @param steer What happens to the router itself on the way: weights, states, another configuration.
   */
  readonly createWorld: (clock: VirtualClock, random: Random, steer: Pick<Router, "apply">) => World;
  readonly watch?: RunWatch | undefined;
}

/**
 * Runs the production router on virtual time against a simulated world: its strategies, limits, cooldowns, queue, retries and streams are those
 * of the server.
 * @returns How each call went, in the order of their arrival.
 */
export async function simulate({ source, seed, createWorld, watch }: Simulation): Promise<CallResult[]> {
  const clock = new VirtualClock();
  // The router's chance is apart from the world's, so that all strategies meet the same world.
  const world = seededRandom(seed);
  const backends = new Map<string, Backend>();
  const router = new Router({
    source: simulated(source),
    upstream: new SimulatedUpstream(backends),
    clock,
    random: seededRandom(seed ^ 0x5bd1e995),
    onInternalError: (error) => {
      throw error;
    },
  });
  const { backends: made, traffic } = createWorld(clock, world, { apply: (change) => router.apply(onlySimulated(change)) });
  for (const [id, backend] of made) backends.set(id, backend);
  return runTraffic(router, clock, traffic, watch);
}

type TableChange = Parameters<Router["apply"]>[0];

function onlySimulated(change: TableChange): TableChange {
  return change.source === undefined ? change : { ...change, source: simulated(change.source) };
}

function simulated(source: TableSource): TableSource {
  const deployments = source.deployments.map((deployment) => ({
    ...deployment,
    link: undefined,
    adapter: simulatedAdapter(deployment.id),
  }));
  return { ...source, deployments };
}
