import type { Deployment } from "../../src/core/deployment.ts";
import type { RouterSettings } from "../../src/core/router-settings.ts";
import type { Random } from "../../src/lib/random.ts";
import type { VirtualClock } from "../../src/lib/virtual-clock.ts";
import type { ReplicaSpec } from "../../src/replica/replica-spec.ts";
import type { CallResult } from "../../src/simulation/call-result.ts";
import { type Nodes, simulate } from "../../src/simulation/simulate.ts";
import type { TracedRequest } from "../../src/simulation/traffic/traffic.ts";
import type { Traffic } from "../../src/simulation/traffic/traffic.ts";
import { ReplicaBackend } from "../../src/simulation/world/replica-backend.ts";
import { deployment } from "../../test/support/core-fixture.ts";
import type { Contestant } from "./scenario.ts";
import { sourceOf } from "./source-of.ts";

/** The group of all scenarios. */
export const group = "m";

/** Replicas behind one name. */
export interface ReplicaWorld {
  readonly spec: ReplicaSpec;
  /** The speed of each, as a factor of the specification. */
  readonly speeds: readonly number[];
  /** What is configured of each deployment. Omit it for nothing. */
  readonly over?: Partial<Deployment>;
  readonly settings?: Partial<RouterSettings>;
  readonly nodes?: Nodes | undefined;
  traffic(random: Random): Traffic;
  /** What happens to replicas on the way. */
  disturb?(replicas: readonly ReplicaBackend[], clock: VirtualClock, random: Random): void;
}

/** Runs traffic to replicas through one contestant. */
export async function runReplicas(world: ReplicaWorld, contestant: Contestant, seed: number): Promise<CallResult[]> {
  const ids = world.speeds.map((_speed, index) => `r${index}`);
  const backends = new Map<string, ReplicaBackend>();
  return simulate({
    source: sourceOf(
      ids.map((id) => deployment(id, world.over)),
      contestant.create(backends),
      world.settings,
    ),
    seed,
    nodes: world.nodes,
    createWorld(clock, random) {
      for (const [index, id] of ids.entries()) {
        const backend = new ReplicaBackend(world.spec, clock);
        backend.replica.speed = world.speeds[index] ?? 1;
        backends.set(id, backend);
      }
      world.disturb?.([...backends.values()], clock, random);
      return { backends, traffic: world.traffic(random) };
    },
  });
}

/** A load, and what it is of. */
export interface Load {
  /** Work that comes in the time in which the replicas can do 1. */
  readonly load: number;
  /** In replicas at full speed. */
  readonly capacity: number;
  readonly spec: ReplicaSpec;
  readonly sizes: readonly TracedRequest[];
  /** Which of the sizes comes first. Omit it for the first one. */
  readonly from?: number;
  readonly durationMs: number;
}

/** How many calls a second make up a load, by the sizes of those that come. */
export function rateFor({ load, capacity, spec, sizes, from = 0, durationMs }: Load): number {
  const wanted = (load * capacity * durationMs) / 1_000;
  let sum = 0;
  let count = 0;
  while (sum < wanted) {
    const size = sizes[(from + count) % sizes.length];
    if (size === undefined) break;
    sum += size.promptTokens / spec.prefillPerSecond + size.outputTokens / spec.decodePerSecond;
    count++;
  }
  return (1_000 * count) / durationMs;
}
