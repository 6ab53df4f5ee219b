import type { Deployment } from "../../../src/core/deployment.ts";
import type { TableSource } from "../../../src/core/table-source.ts";
import { createMetrics, type Metrics } from "../../../src/telemetry/metrics/metrics.ts";
import { CoreFixture, tableSource } from "../../support/core-fixture.ts";

export interface MetricsFixture {
  readonly core: CoreFixture;
  readonly metrics: Metrics;
  /** The page's series by name and labels: `name{label="value"}`. */
  readonly series: () => Promise<ReadonlyMap<string, number>>;
}

/** A router on virtual time with the metrics that Prometheus would scrape of it. */
export function metricsFixture(deployments: readonly Deployment[], over: Partial<TableSource> = {}): MetricsFixture {
  const metrics = createMetrics({
    router: () => core.router,
    clock: { wallTime: () => 1_700_001_000_000 },
    eventLoopDelay: { take: (quantiles) => quantiles.map((quantile) => quantile * 10), stop: () => {} },
    version: "1.2.3",
    processMetrics: false,
  });
  const core: CoreFixture = new CoreFixture(tableSource(deployments, over), 1, [metrics.counts]);
  return { core, metrics, series: async () => seriesOf((await metrics.page()).body) };
}

/** Read strictly: a line that is neither a comment nor a sample fails, and so does a series that comes twice. */
export function seriesOf(page: string): ReadonlyMap<string, number> {
  const series = new Map<string, number>();
  for (const line of page.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const match = /^([a-z_]+(?:\{.*\})?) (\S+)$/.exec(line);
    if (match?.[1] === undefined || series.has(match[1])) throw new Error(`not a sample, or one that was there before: ${line}`);
    series.set(match[1], Number(match[2]));
  }
  return series;
}
