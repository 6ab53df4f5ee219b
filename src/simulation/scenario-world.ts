import type { Deployment } from "../core/deployment.ts";
import type { DeploymentState } from "../core/deployment-state.ts";
import type { TableSource } from "../core/table-source.ts";
import { type Random, randomInt, seededRandom } from "../lib/random.ts";
import type { VirtualClock } from "../lib/virtual-clock.ts";
import type { Scenario, ScenarioEvent } from "./scenario/scenario.ts";
import type { Simulation, World } from "./simulate.ts";
import { arrivalsOf } from "./traffic/callers.ts";
import type { SteeredBackend } from "./world/backend.ts";
import { FaultyBackend } from "./world/faulty-backend.ts";
import { ProviderBackend } from "./world/provider-backend.ts";
import { type ProviderSpec, usualProvider } from "./world/provider-spec.ts";
import { ReplicaBackend } from "./world/replica-backend.ts";

/** What a deployment's provider is where the scenario does not say: one with the limits that are configured. */
export function providerBehind({ rpm, tpm }: Deployment, spec: Partial<ProviderSpec> = {}): ProviderSpec {
  return { ...usualProvider, rpm: rpm ?? Number.POSITIVE_INFINITY, tpm: tpm ?? Number.POSITIVE_INFINITY, ...spec };
}

/** The deployments that are there from the beginning. */
export function sourceAtStart(source: TableSource, { timeline }: Scenario): TableSource {
  const later = new Set(timeline.filter(({ happens }) => happens === "added").map(({ deployment }) => deployment));
  return later.size === 0 ? source : { ...source, deployments: source.deployments.filter(({ id }) => !later.has(id)) };
}

/** Makes the world that a scenario tells of. */
export function createScenarioWorld(
  source: TableSource,
  scenario: Scenario,
  ...[clock, random, steer]: Parameters<Simulation["createWorld"]>
): World {
  const traffic = arrivalsOf(scenario.callers, scenario.durationMs, ownChance(random));
  const faulted = new Set(scenario.timeline.filter(({ happens }) => typeof happens !== "string").map(({ deployment }) => deployment));
  const backends = new Map<string, SteeredBackend | FaultyBackend>();
  for (const deployment of source.deployments) {
    const backend = backendOf(deployment, scenario, clock, ownChance(random));
    const chance = ownChance(random);
    backends.set(deployment.id, faulted.has(deployment.id) ? new FaultyBackend(backend, clock, chance) : backend);
  }
  const table = new SteeredTable(source, scenario, steer);
  for (const event of scenario.timeline) {
    const backend = backends.get(event.deployment);
    clock.schedule(event.atMs, () => begin(event, backend, table, clock));
  }
  return { backends, traffic };
}

/** Chance of its own, so that how often one part draws changes nothing for another. */
function ownChance(random: Random): Random {
  return seededRandom(randomInt(random, 2 ** 32));
}

function backendOf(deployment: Deployment, { byId, byGroup }: Scenario, clock: VirtualClock, random: Random): SteeredBackend {
  const is = byId.get(deployment.id) ?? byGroup.get(deployment.group);
  if (is?.kind === "replica") return new ReplicaBackend(is.spec, clock);
  return new ProviderBackend(providerBehind(deployment, is?.spec), clock, random);
}

function begin(
  { happens, forMs, deployment }: ScenarioEvent,
  backend: SteeredBackend | FaultyBackend | undefined,
  table: SteeredTable,
  clock: VirtualClock,
): void {
  if (typeof happens === "string") {
    const isThere = happens === "added";
    const set = (on: boolean): void => (happens === "drained" ? table.drain(deployment, on) : table.place(deployment, on === isThere));
    set(true);
    if (forMs !== undefined) clock.schedule(forMs, () => set(false));
    return;
  }
  if (!(backend instanceof FaultyBackend)) return;
  const end = backend.begin(happens);
  if (forMs !== undefined) clock.schedule(forMs, end);
}

/** What operators do to the routing table on the way. */
class SteeredTable {
  readonly #source: TableSource;
  readonly #steer: Parameters<Simulation["createWorld"]>[2];
  readonly #there: Set<string>;
  readonly #states = new Map<string, DeploymentState>();

  constructor(source: TableSource, scenario: Scenario, steer: Parameters<Simulation["createWorld"]>[2]) {
    this.#source = source;
    this.#steer = steer;
    this.#there = new Set(sourceAtStart(source, scenario).deployments.map(({ id }) => id));
  }

  place(id: string, isThere: boolean): void {
    if (isThere) this.#there.add(id);
    else this.#there.delete(id);
    this.#apply();
  }

  drain(id: string, isDrained: boolean): void {
    if (isDrained) this.#states.set(id, "draining");
    else this.#states.delete(id);
    this.#apply();
  }

  #apply(): void {
    const deployments = this.#source.deployments.filter(({ id }) => this.#there.has(id));
    this.#steer.apply({ source: { ...this.#source, deployments }, weights: new Map(), states: this.#states });
  }
}
