import { Gauge, type Registry } from "prom-client";
import type { HistogramCounts } from "./histogram-counts.ts";
import type { MetricSpec } from "./metric-names.ts";

/** Values of the labels, in the order of the metric's own list. */
type Labels = readonly string[];
export type Sample = readonly [labels: Labels, value: number | HistogramCounts];

type GaugeData = Awaited<ReturnType<Gauge["get"]>>;
type Value = GaugeData["values"][number] & { readonly metricName?: string };

/** A metric whose values are kept elsewhere and read when it is scraped, of whatever type. */
export class CollectedMetric extends Gauge {
  readonly #spec: MetricSpec;
  readonly #read: () => Iterable<Sample>;

  constructor(spec: MetricSpec, registry: Registry, read: () => Iterable<Sample>) {
    super({ name: spec.name, help: spec.help, labelNames: spec.labels, registers: [registry] });
    this.#spec = spec;
    this.#read = read;
  }

  override async get(): Promise<GaugeData> {
    const data = await super.get();
    // prom-client's types have numbers for what are these texts when it runs.
    const type = this.#spec.type as unknown as GaugeData["type"];
    return { ...data, type, values: [...this.#values()] };
  }

  *#values(): Iterable<Value> {
    for (const [values, value] of this.#read()) {
      const labels = Object.fromEntries(this.#spec.labels.map((label, index) => [label, values[index] ?? ""]));
      if (typeof value === "number") yield { labels, value };
      else yield* this.#histogram(labels, value);
    }
  }

  *#histogram(labels: Readonly<Record<string, string>>, counts: HistogramCounts): Iterable<Value> {
    const { name } = this.#spec;
    const cumulative = counts.cumulative();
    for (const [index, value] of cumulative.entries())
      yield { metricName: `${name}_bucket`, labels: { ...labels, le: String(counts.bounds[index] ?? "+Inf") }, value };
    yield { metricName: `${name}_sum`, labels, value: counts.sum };
    yield { metricName: `${name}_count`, labels, value: cumulative.at(-1) ?? 0 };
  }
}
