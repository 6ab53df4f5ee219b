import { Gauge, type Registry } from "prom-client";
import type { HistogramCounts } from "./histogram-counts.ts";
import type { Metric, MetricSource } from "./metric.ts";

type GaugeData = Awaited<ReturnType<Gauge["get"]>>;
type Value = GaugeData["values"][number] & { readonly metricName?: string };

/** Puts a metric of ours, of whatever type, on prom-client's page. Its values are kept elsewhere and read at each scrape. */
export class CollectedMetric extends Gauge {
  readonly #metric: Metric;
  readonly #source: () => MetricSource;

  /** @param source What the metric is read from, asked at each scrape. */
  constructor(metric: Metric, registry: Registry, source: () => MetricSource) {
    super({ name: metric.name, help: metric.help, labelNames: metric.labels, registers: [registry] });
    this.#metric = metric;
    this.#source = source;
  }

  override async get(): Promise<GaugeData> {
    const data = await super.get();
    // prom-client's types have numbers for what are these texts when it runs.
    const type = this.#metric.type as unknown as GaugeData["type"];
    return { ...data, type, values: [...this.#values()] };
  }

  *#values(): Iterable<Value> {
    for (const [values, value] of this.#metric.collect(this.#source())) {
      const labels = Object.fromEntries(this.#metric.labels.map((label, index) => [label, values[index] ?? ""]));
      if (typeof value === "number") yield { labels, value };
      else yield* this.#histogram(labels, value);
    }
  }

  *#histogram(labels: Readonly<Record<string, string>>, counts: HistogramCounts): Iterable<Value> {
    const { name } = this.#metric;
    const cumulative = counts.cumulative();
    for (const [index, value] of cumulative.entries())
      yield { metricName: `${name}_bucket`, labels: { ...labels, le: String(counts.bounds[index] ?? "+Inf") }, value };
    yield { metricName: `${name}_sum`, labels, value: counts.sum };
    yield { metricName: `${name}_count`, labels, value: cumulative.at(-1) ?? 0 };
  }
}
