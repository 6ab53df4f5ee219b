import type { Deployment } from "../../gen/huntgroup/v1/admin_pb.ts";

/** All deployments as the server told them last, in the configuration's order. Immutable: what did not change stays the same object, so that it is not drawn again. */
export interface Fleet {
  readonly deployments: ReadonlyMap<string, Deployment>;
  readonly groups: readonly Group[];
}

/** A group with its deployments. */
export interface Group {
  readonly name: string;
  readonly strategy: string;
  readonly deployments: readonly Deployment[];
}

/** A message of WatchDeployments. */
export interface FleetUpdate {
  /** Whether it holds all deployments. */
  readonly snapshot: boolean;
  readonly deployments: readonly Deployment[];
  readonly removedIds: readonly string[];
}

/** The fleet before the first message. */
export const emptyFleet: Fleet = { deployments: new Map(), groups: [] };

/** Applies an update of the watch. */
export function withUpdate(fleet: Fleet, update: FleetUpdate): Fleet {
  const deployments = new Map(update.snapshot ? [] : fleet.deployments);
  for (const deployment of update.deployments) deployments.set(deployment.id, deployment);
  for (const id of update.removedIds) deployments.delete(id);
  return { deployments, groups: toGroups(deployments, fleet.groups) };
}

function toGroups(deployments: ReadonlyMap<string, Deployment>, before: readonly Group[]): readonly Group[] {
  const known = new Map(before.map((group) => [group.name, group]));
  const grouped = Map.groupBy(deployments.values(), (deployment) => deployment.group);
  return [...grouped].map(([name, members]) => {
    const old = known.get(name);
    return old !== undefined && sameMembers(old.deployments, members)
      ? old
      : { name, strategy: members.find((one) => one.strategy !== "")?.strategy ?? "", deployments: members };
  });
}

function sameMembers(one: readonly Deployment[], other: readonly Deployment[]): boolean {
  return one.length === other.length && one.every((deployment, index) => deployment === other[index]);
}

/** Tells whether a deployment matches the filter: each word of the filter is in its id, group, provider, address or state. */
export function matchesFilter(deployment: Deployment, stateWord: string, filter: string): boolean {
  const text = `${deployment.id} ${deployment.group} ${deployment.provider} ${deployment.address} ${stateWord}`.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Counts the attempts begun so far: the only count that moves with the pick, before an answer has ended. */
export function begun(deployment: Deployment): number {
  const { successes = 0, failures = 0, cancellations = 0, inFlight = 0 } = deployment;
  return successes + failures + cancellations + inFlight;
}
