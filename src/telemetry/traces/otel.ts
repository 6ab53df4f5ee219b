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

/** What OpenTelemetry is started with. */
export interface OpenTelemetryOptions {
  readonly settings: OtelSettings;
  /** Where exporters' faults are logged. What the log hides is hidden in traces too. */
  readonly log: Log;
  readonly clock: Clock;
  readonly version: string;
  /** How long a stopping server waits for a collector. Default 5,000: longer than a batch takes, shorter than people wait. */
  readonly longestStopMs?: number;
}

/**
 * Starts OpenTelemetry. Import this module only where it is configured, so that a server without it does not load its libraries.
 * Sets nothing global, so that other users of OpenTelemetry in this process keep their own.
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
