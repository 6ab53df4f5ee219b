import { collectDefaultMetrics, Registry } from "prom-client";
import { Eligibility } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { deploymentStates } from "../../../src/core/deployment-state.ts";
import { errorCodes, outcomeClasses } from "../../../src/core/errors.ts";
import type { Metric } from "../../../src/telemetry/metrics/metric.ts";
import { ownMetrics } from "../../../src/telemetry/metrics/metrics.ts";

export interface KnownMetric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "bucket";
  readonly labels: readonly string[];
}

/** The labels whose values are a closed list, and these. */
export const closedLabels: Readonly<Record<string, readonly string[]>> = {
  outcome: outcomeClasses,
  code: errorCodes,
  state: deploymentStates,
  reason: Object.keys(Eligibility)
    .filter((name) => !/^\d/.test(name))
    .map((name) => name.replace(/^ELIGIBILITY_/, "").toLowerCase()),
  door: ["rest", "grpc", "grpc_web", "connect"],
  result: ["ok", "failed"],
  agrees: ["true", "false"],
  type: ["prompt", "output"],
  quantile: ["0.5", "0.9", "0.99", "1"],
};

/** What Prometheus adds to whatever it scrapes. */
export const scrapeLabels = ["job", "instance"];

const own = ownMetrics.flatMap(seriesOf);

function seriesOf({ name, type, labels }: Metric): readonly KnownMetric[] {
  // What is drawn and alerted on of a summary are its quantiles, which are samples like a gauge's.
  if (type === "summary") return [{ name, type: "gauge", labels }];
  if (type !== "histogram") return [{ name, type, labels }];
  return [
    { name: `${name}_bucket`, type: "bucket", labels: [...labels, "le"] },
    { name: `${name}_sum`, type: "counter", labels },
    { name: `${name}_count`, type: "counter", labels },
  ];
}

async function runtimeMetrics(): Promise<readonly KnownMetric[]> {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const metrics = await register.getMetricsAsJSON();
  register.clear();
  return metrics.map(({ name }) => ({ name, type: name.endsWith("_total") ? "counter" : "gauge", labels: [] }));
}

/** What a server tells (its own metrics, and prom-client's of the process), and what Prometheus says itself. */
export const knownMetrics: ReadonlyMap<string, KnownMetric> = new Map(
  [
    ...own,
    ...(await runtimeMetrics()),
    { name: "up", type: "gauge", labels: [] } as const,
    { name: "ALERTS", type: "gauge", labels: ["alertname", "alertstate", "severity", "group", "deployment"] } as const,
  ].map((metric) => [metric.name, metric]),
);
