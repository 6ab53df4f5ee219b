import type { Deployment } from "../../gen/huntgroup/v1/admin_pb.ts";
import { deploymentWord, isSick } from "./eligibility.ts";
import { matchesFilter, type Group } from "./fleet.ts";

/** What of the fleet is shown, and in which order. */
export interface Arrangement {
  /** Each of its words must be somewhere in a deployment. */
  readonly filter: string;
  readonly onlySick: boolean;
  /** Whether what needs a look comes first, among groups and within each. Otherwise the order is the configuration's. */
  readonly sickFirst: boolean;
}

/** Keeps of each group the deployments that are wanted, and puts them in order. What does not change stays the same object. */
export function arranged(groups: readonly Group[], { filter, onlySick, sickFirst }: Arrangement): readonly Group[] {
  const wanted = (one: Deployment): boolean =>
    (!onlySick || isSick(one)) && (filter.trim() === "" || matchesFilter(one, stateText(one), filter));
  const kept = filter.trim() === "" && !onlySick ? groups : groups.flatMap((group) => keptOf(group, wanted));
  if (!sickFirst) return kept;
  const sorted = kept.map((group) => ({ group: sickFirstIn(group), sick: countSick(group) }));
  return sorted.sort((one, other) => other.sick - one.sick).map(({ group }) => group);
}

/** Counts the deployments that need a look. */
export function countSick({ deployments }: Pick<Group, "deployments">): number {
  return deployments.reduce((sum, one) => sum + (isSick(one) ? 1 : 0), 0);
}

/** What the filter finds of a state: its words, and whether it needs a look. */
function stateText(deployment: Deployment): string {
  return `${deploymentWord(deployment).word}${isSick(deployment) ? " sick" : ""}`;
}

function keptOf(group: Group, wanted: (one: Deployment) => boolean): readonly Group[] {
  const deployments = group.deployments.filter(wanted);
  if (deployments.length === 0) return [];
  return [deployments.length === group.deployments.length ? group : { ...group, deployments }];
}

function sickFirstIn(group: Group): Group {
  const sick = group.deployments.filter(isSick);
  if (sick.length === 0 || sick.length === group.deployments.length) return group;
  return { ...group, deployments: [...sick, ...group.deployments.filter((one) => !isSick(one))] };
}
