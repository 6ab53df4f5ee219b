import { closedLabels, knownMetrics, scrapeLabels, type KnownMetric } from "./known-metrics.ts";

interface Series {
  readonly series: string;
  /** In promtool's notation. */
  readonly values: string;
}

/** Values of labels that the configuration names. */
const openLabels: Readonly<Record<string, readonly string[]>> = {
  le: ["0.1", "1", "+Inf"],
  alertname: ["HuntgroupDown"],
  alertstate: ["firing"],
  instance: ["127.0.0.1:8000"],
};

/** Everything that a server may tell, with every value of each closed list, for so many minutes. */
export function sampleSeries(minutes: number): readonly Series[] {
  return [...knownMetrics.values()].flatMap((metric) =>
    labelSets([...scrapeLabels, ...metric.labels]).map((labels) => ({
      series: `${metric.name}{${labels.join(",")}}`,
      values: valuesOf(metric, minutes),
    })),
  );
}

function valuesOf({ name, type }: KnownMetric, minutes: number): string {
  // Started and loaded once more in the last minute, so that the annotations find something.
  if (name.endsWith("_time_seconds") || name.endsWith("_timestamp_seconds")) return `1x${minutes - 1} 2`;
  return type === "gauge" ? `1x${minutes}` : `0+1x${minutes}`;
}

function labelSets(labels: readonly string[]): readonly (readonly string[])[] {
  let sets: string[][] = [[]];
  for (const label of labels) {
    const values = closedLabels[label] ?? openLabels[label] ?? [`some-${label}`];
    sets = sets.flatMap((set) => values.map((value) => [...set, `${label}="${value}"`]));
  }
  return sets;
}
