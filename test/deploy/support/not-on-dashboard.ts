import type { Metric } from "../../../src/telemetry/metrics/metric.ts";

/** Metrics that need no panel, each with its reason. */
const unshown: Readonly<Record<string, string>> = {
  huntgroup_deployment_state: "huntgroup_deployment_eligibility shows draining and blocked, and why other deployments are left out",
};

/** The names of the metrics that no expression of the dashboard asks for. Each wants a row in `scripts/grafana/rows.ts`. */
export function notOnDashboard(metrics: readonly Metric[], expressions: readonly string[]): readonly string[] {
  const asked = new Set(expressions.flatMap((expr) => [...expr.matchAll(/\bhuntgroup_[a-z_]+/g)].map(([name]) => name)));
  const shown = ({ name, type }: Metric): boolean => asked.has(type === "histogram" ? `${name}_bucket` : name);
  return metrics.filter((metric) => !(metric.name in unshown) && !shown(metric)).map(({ name }) => name);
}
