import { collectDefaultMetrics, Registry } from "prom-client";
import type { Router } from "../../core/router/router.ts";
import type { ShadowCounts } from "../../core/shadow/shadow-counts.ts";
import type { Clock } from "../../lib/clock.ts";
import type { EventLoopDelay } from "../../lib/event-loop-delay.ts";
import { attemptMetrics } from "./attempt-metrics.ts";
import { CallCounts } from "./call-counts.ts";
import { callMetrics } from "./call-metrics.ts";
import { CollectedMetric } from "./collected-metric.ts";
import { deploymentMetrics } from "./deployment-metrics.ts";
import { durationMetrics } from "./duration-metrics.ts";
import type { Metric, MetricSource } from "./metric.ts";
import { delayQuantiles, processMetrics } from "./process-metrics.ts";
import { shadowMetrics } from "./shadow-metrics.ts";
import { usageMetrics } from "./usage-metrics.ts";

/** Every metric of the router's own, in the order of the page. */
export const ownMetrics: readonly Metric[] = [
  ...callMetrics,
  ...attemptMetrics,
  ...usageMetrics,
  ...durationMetrics,
  ...deploymentMetrics,
  ...shadowMetrics,
  ...processMetrics,
];

/** What the metrics are made of. */
export { delayQuantiles } from "./process-metrics.ts";

export interface MetricsOptions {
  /** Asked at each scrape. */
  readonly router: () => Pick<Router, "deployments" | "groups" | "queued" | "bufferedBytes">;
  /** Asked at each scrape, too. Omit it where there are no shadow strategies. */
  readonly shadows?: () => readonly ShadowCounts[];
  readonly clock: Pick<Clock, "wallTime">;
  readonly eventLoopDelay: EventLoopDelay;
  /** The program's. */
  readonly version: string;
  /** Whether the process's and the runtime's own metrics, which are prom-client's, are on the page too. */
  readonly processMetrics: boolean;
}

/** A page for Prometheus. */
interface MetricsPage {
  readonly contentType: string;
  readonly body: string;
}

/** The counts behind the metrics, and the page that shows them. */
export interface Metrics {
  /** Observes calls, attempts, and requests that were refused. */
  readonly counts: CallCounts;
  /** Counts a reload of the configuration. */
  reloaded(ok: boolean): void;
  /** @param delaysElsewhere How late the event loops of other threads were, in milliseconds by {@link delayQuantiles}: the worst of all is shown. */
  page(delaysElsewhere?: readonly (readonly number[])[]): Promise<MetricsPage>;
}

/** Too seldom for a process to live to see it. */
const neverMs = 2_147_483_647;

/**
 * Adds the process's and the runtime's own metrics, without the quantiles of how late the event loop is: prom-client looks a hundred times a second
 * for them, which wakes an idle process, and `huntgroup_event_loop_delay_seconds` tells the same of all threads.
 */
function addProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: neverMs });
  for (const part of ["min", "max", "mean", "stddev", "p50", "p90", "p99"])
    registry.removeSingleMetric(`nodejs_eventloop_lag_${part}_seconds`);
}

/**
 * Makes what Prometheus scrapes. Nothing is computed before a scrape.
 * @param metrics Which are on the page; omit it for all of the router's own.
 */
export function createMetrics(options: MetricsOptions, metrics: readonly Metric[] = ownMetrics): Metrics {
  const { clock, eventLoopDelay, version, shadows: shadowCounts = () => [] } = options;
  const counts = new CallCounts();
  const registry = new Registry();
  const reloads = { ok: 0, failed: 0, lastOk: true, okAt: clock.wallTime() };
  let source: MetricSource = { counts, statuses: [], queued: 0, bufferedBytes: 0, reloads, shadows: [], eventLoopDelaysMs: [], version };
  let withProcess = false;
  for (const metric of metrics) void new CollectedMetric(metric, registry, () => source);

  return {
    counts,
    reloaded(ok) {
      reloads[ok ? "ok" : "failed"]++;
      reloads.lastOk = ok;
      if (ok) reloads.okAt = clock.wallTime();
    },
    async page(delaysElsewhere = []) {
      // Added at the first scrape, so that a server which is not scraped watches nothing.
      if (options.processMetrics && !withProcess) {
        withProcess = true;
        addProcessMetrics(registry);
      }
      const router = options.router();
      const statuses = router.deployments();
      const groups = new Set([...router.groups().keys(), ...statuses.map((one) => one.group)]);
      counts.keepOnly(new Set(statuses.map((one) => one.id)), groups);
      counts.prepare(statuses);
      const delays = eventLoopDelay.take(delayQuantiles);
      const eventLoopDelaysMs = delays.map((ms, index) => Math.max(ms, ...delaysElsewhere.map((other) => other[index] ?? 0)));
      source = {
        counts,
        statuses,
        queued: router.queued,
        bufferedBytes: router.bufferedBytes,
        reloads,
        shadows: shadowCounts(),
        eventLoopDelaysMs,
        version,
      };
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
