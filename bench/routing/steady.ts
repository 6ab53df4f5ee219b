import { usualReplica } from "../../src/replica/replica-spec.ts";
import { usualGoodAnswer } from "../../src/simulation/call-result.ts";
import { summarize } from "../../src/simulation/summary.ts";
import { poissonTraffic, traceTraffic } from "../../src/simulation/traffic/steady-traffic.ts";
import { group, rateFor, runReplicas } from "./replica-world.ts";
import type { RoutingScenario } from "./scenario.ts";

/** Eight replicas, two of them at half speed: 7 times what one can do. */
const speeds = [1, 1, 1, 1, 1, 1, 0.5, 0.5];
const capacity = 7;
const durationMs = 600_000;
/** What comes before this time is not counted: the first 13 %. */
const settledMs = 0.13 * durationMs;

interface Steady {
  readonly name: string;
  /** Work that comes in the time in which the replicas can do 1. */
  readonly load: number;
  readonly gaps: "poisson" | "trace";
  /** Whether one replica works at a tenth of its speed for a quarter of the time. */
  readonly hasSlowSpell?: boolean;
  /** How many routers share the traffic, and see each other 100 ms late. Omit it for one. */
  readonly nodes?: number;
}

/** The columns of the table in docs/routing.md. */
export const steadyScenarios: readonly RoutingScenario[] = [
  steady({ name: "load 0.8", load: 0.8, gaps: "poisson" }),
  steady({ name: "load 0.9", load: 0.9, gaps: "poisson" }),
  steady({ name: "trace, 0.6", load: 0.6, gaps: "trace" }),
  steady({ name: "slow spell, 0.7", load: 0.7, gaps: "poisson", hasSlowSpell: true }),
];

/** Several routers that see each other late, at a load of 0.8: to be compared with the first column. */
export const nodeScenarios: readonly RoutingScenario[] = [4, 16].map((nodes) =>
  steady({ name: `${nodes} routers, 0.8`, load: 0.8, gaps: "poisson", nodes }),
);

function steady({ name, load, gaps, hasSlowSpell = false, nodes }: Steady): RoutingScenario {
  return {
    name,
    async run(contestant, seed, sizes) {
      const perSecond = rateFor({ load, capacity, spec: usualReplica, sizes, durationMs });
      const traffic = { sizes, from: 0, model: group, durationMs };
      const world = {
        spec: usualReplica,
        speeds,
        nodes: nodes === undefined ? undefined : { count: nodes, lateMs: 100 },
        traffic: (random) => (gaps === "trace" ? traceTraffic(traffic, perSecond) : poissonTraffic(traffic, perSecond, random)),
        disturb([first], clock) {
          if (!hasSlowSpell || first === undefined) return;
          clock.schedule(durationMs / 3, () => (first.replica.speed = 0.1));
          clock.schedule(durationMs / 3 + durationMs / 4, () => (first.replica.speed = 1));
        },
      } satisfies Parameters<typeof runReplicas>[0];
      const results = await runReplicas(world, contestant, seed);
      return summarize(
        results.filter(({ arrival }) => arrival.at >= settledMs),
        usualGoodAnswer,
      );
    },
  };
}
