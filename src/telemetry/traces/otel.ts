import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, ParentBasedSampler, TracerProvider, TraceIdRatioBasedSampler } from "@opentelemetry/sdk-trace";
import type { OtelSettings } from "../../config/settings/telemetry-settings.ts";
import type { Clock, Timer } from "../../lib/clock.ts";
import { CallMeter } from "./call-meter.ts";
import { CallTracer } from "./call-tracer.ts";
import type { Log } from "../log/log.ts";
import { WatchedMetricExporter, WatchedTraceExporter } from "./otlp-exporters.ts";
import type { Tracing } from "./tracing.ts";

export interface OpenTelemetryOptions {
  readonly settings: OtelSettings;
  /** Takes the exporters' complaints. What it hides is hidden in traces too. */
  readonly log: Log;
  readonly clock: Clock;
  readonly version: string;
  /** How long a stopping server waits for a collector. Default 5 s: longer than a batch takes, shorter than people wait. */
  readonly longestStopMs?: number;
}

/**
 * Starts OpenTelemetry. To be imported where it is configured, and only there: whoever does not use it pays nothing for it.
 * Nothing global is set, so that what else runs in this process keeps its own.
 */
export function startOpenTelemetry(options: OpenTelemetryOptions): Tracing {
  const { settings, log, clock, version, longestStopMs = 5_000 } = options;
  const { traces, metrics, sampler } = settings;
  const resource = defaultResource().merge(resourceFromAttributes({ "service.version": version, ...settings.resource }));
  const ratio = new TraceIdRatioBasedSampler(sampler.ratio);
  const tracers =
    traces === undefined
      ? undefined
      : new TracerProvider({
          resource,
          sampler: sampler.parentBased ? new ParentBasedSampler({ root: ratio }) : ratio,
          spanProcessors: [new BatchSpanProcessor({ exporter: new WatchedTraceExporter(traces, log) })],
        });
  const meters =
    metrics === undefined
      ? undefined
      : new MeterProvider({
          resource,
          readers: [new PeriodicExportingMetricReader({ exporter: new WatchedMetricExporter(metrics, log) })],
        });
  const clean = (name: string): string => log.clean(name);
  const observers = [
    ...(tracers === undefined ? [] : [new CallTracer(tracers.getTracer("huntgroup", version), clock, clean)]),
    ...(meters === undefined ? [] : [new CallMeter(meters.getMeter("huntgroup", version))]),
  ];
  return {
    observers,
    async stop() {
      let timer: Timer | undefined;
      const enough = new Promise<void>((resolve) => {
        timer = clock.schedule(longestStopMs, resolve);
      });
      await Promise.race([enough, Promise.allSettled([tracers?.shutdown(), meters?.shutdown()])]);
      clock.cancel(timer);
    },
  };
}
