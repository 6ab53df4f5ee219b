import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import type { OtlpTarget } from "../../config/settings/telemetry-settings.ts";
import type { Log } from "../log/log.ts";

type Exporting<Exporter extends { export: (...args: never) => void }> = Parameters<Exporter["export"]>;

/** Sends spans. Logs once when the collector cannot be reached, and once when it can be again. */
export class WatchedTraceExporter extends OTLPTraceExporter {
  readonly #reach: Reach;

  constructor({ url, headers }: OtlpTarget, log: Log) {
    super({ url, headers });
    this.#reach = new Reach("traces", url, log);
  }

  override export(...[items, callback]: Exporting<OTLPTraceExporter>): void {
    super.export(items, (result) => {
      this.#reach.note(result.error);
      callback(result);
    });
  }
}

/** Sends metrics, and logs as {@link WatchedTraceExporter} does. */
export class WatchedMetricExporter extends OTLPMetricExporter {
  readonly #reach: Reach;

  constructor({ url, headers }: OtlpTarget, log: Log) {
    super({ url, headers });
    this.#reach = new Reach("metrics", url, log);
  }

  override export(...[items, callback]: Exporting<OTLPMetricExporter>): void {
    super.export(items, (result) => {
      this.#reach.note(result.error);
      callback(result);
    });
  }
}

class Reach {
  readonly #what: string;
  readonly #url: string;
  readonly #log: Log;
  #isLost = false;

  constructor(what: string, url: string, log: Log) {
    this.#what = what;
    this.#url = url;
    this.#log = log;
  }

  note(error: Error | undefined): void {
    if ((error !== undefined) === this.#isLost) return;
    this.#isLost = error !== undefined;
    const fields = { kind: "telemetry", url: this.#url, reason: error?.message } as const;
    if (error === undefined) this.#log.write("info", fields, `${this.#what} reach their collector again`);
    else this.#log.write("warn", fields, `${this.#what} do not reach their collector; calls are not affected, and this is said once`);
  }
}
