import { Router } from "../core/router/router.ts";
import { accessRouterShare, createRouterShare } from "../core/router/router-share.ts";
import type { RouterObserver } from "../core/observer.ts";
import type { TableSource } from "../core/table-source.ts";
import { type Random, seededRandom } from "../lib/random.ts";
import { VirtualClock } from "../lib/virtual-clock.ts";
import type { CallResult } from "./call-result.ts";
import { LateLoads } from "./late-loads.ts";
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
  /** Routers that share the traffic. Omit it for one. */
  readonly nodes?: Nodes | undefined;
  readonly watch?: RunWatch | undefined;
  /** Makes what hears of the routers' calls, such as the access log. Omit it where nobody listens. */
  readonly observe?: ((clock: VirtualClock) => readonly RouterObserver[]) | undefined;
}

/** Several routers before the same deployments. */
export interface Nodes {
  readonly count: number;
  /** How late each hears of what the others have in flight, in milliseconds. Undefined where they never do. */
  readonly lateMs: number | undefined;
}

/**
 * Runs the production router on virtual time against a simulated world: its strategies, limits, cooldowns, queue, retries and streams are those
 * of the server.
 * @returns How each call went, in the order of their arrival.
 */
export async function simulate({ source, seed, createWorld, nodes, watch, observe }: Simulation): Promise<CallResult[]> {
  const clock = new VirtualClock();
  // The router's chance is apart from the world's, so that all strategies meet the same world.
  const world = seededRandom(seed);
  const backends = new Map<string, Backend>();
  const shares = Array.from({ length: nodes?.count ?? 0 }, () => createRouterShare(1));
  const routers = (nodes === undefined ? [undefined] : shares).map(
    (share, node) =>
      new Router({
        source: simulated(source),
        upstream: new SimulatedUpstream(backends),
        clock,
        random: seededRandom((seed + node * 7_919) ^ 0x5bd1e995),
        access: share === undefined ? undefined : accessRouterShare(share, 0),
        observers: observe?.(clock) ?? [],
        onInternalError: (error) => {
          throw error;
        },
      }),
  );
  if (nodes?.lateMs !== undefined) new LateLoads(shares).begin(clock, nodes.lateMs);
  const apply = (change: TableChange): void => {
    for (const router of routers) router.apply(onlySimulated(change));
  };
  const { backends: made, traffic } = createWorld(clock, world, { apply });
  for (const [id, backend] of made) backends.set(id, backend);
  return runTraffic(routers, clock, traffic, watch);
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
