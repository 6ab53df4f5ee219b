import type { DeploymentStatus } from "../../core/deployment-status.ts";
import type { GroupCounts, KeyCounts } from "./call-counts.ts";
import type { DeploymentCounts } from "./deployment-counts.ts";
import type { HistogramCounts } from "./histogram-counts.ts";
import type { Metric, MetricSample } from "./metric.ts";
import type { Tallies } from "./tallies.ts";

/** A gauge of one number of each deployment's status. Deployments for which it is undefined have no series. */
export function ofStatus(name: string, help: string, read: (status: DeploymentStatus) => number | undefined): Metric {
  return {
    name,
    type: "gauge",
    help,
    labels: ["group", "deployment"],
    *collect({ statuses }) {
      for (const one of statuses) {
        const value = read(one);
        if (value !== undefined) yield [[one.group, one.id], value];
      }
    },
  };
}

/** Reads each deployment's counts; its group and id become the first two labels. */
export function byDeployment(read: (counts: DeploymentCounts) => Iterable<MetricSample>): Metric["collect"] {
  return function* ({ counts }) {
    for (const [id, one] of counts.deployments) for (const [labels, value] of read(one)) yield [[one.group, id, ...labels], value];
  };
}

/** Reads each group's counts; its name becomes the first label. */
export function byGroup(read: (counts: GroupCounts) => Iterable<MetricSample>): Metric["collect"] {
  return function* ({ counts }) {
    for (const [group, one] of counts.groups) for (const [labels, value] of read(one)) yield [[group, ...labels], value];
  };
}

/** Reads the counts of each caller's key; its name becomes the first label. */
export function byKey(read: (counts: KeyCounts) => Iterable<MetricSample>): Metric["collect"] {
  return function* ({ counts }) {
    for (const [key, one] of counts.keys) for (const [labels, value] of read(one)) yield [[key, ...labels], value];
  };
}

/** All values of a closed list, zeros included: an increase can be seen only of what was there before. */
export function* all(tallies: Tallies<string>): Iterable<MetricSample> {
  for (const [value, count] of tallies.entries()) yield [[value], count];
}

/** The values that were counted at all: most of a long list never are. */
export function* nonZero(tallies: Tallies<string>): Iterable<MetricSample> {
  for (const [value, count] of tallies.entries()) if (count > 0) yield [[value], count];
}

/** A histogram that has counted something, or no series. */
export function filled(counts: HistogramCounts): readonly MetricSample[] {
  return counts.isEmpty ? [] : [[[], counts]];
}

/** One series for the prompts' tokens and one for the outputs'. */
export function tokens(counts: { readonly promptTokens: number; readonly outputTokens: number }): readonly MetricSample[] {
  return [
    [["prompt"], counts.promptTokens],
    [["output"], counts.outputTokens],
  ];
}
